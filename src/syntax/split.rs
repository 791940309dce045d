//! Splits a string in text and `${…}`. In: a string of a tree. Out: its pieces. Must not know what names mean.

use std::sync::Arc;

use super::climb::read;
use super::expression::{Expr, Piece, place};
use super::tree::Text;
use crate::diag::{Diagnostics, code};
use crate::source::{Span, Spanned};

/// The text and the expressions of a string that stands at `span`. A string without `${` is one piece, at no cost.
///
/// Every faulty expression is reported and becomes [`Expr::Hole`].
pub fn pieces(text: &Text, span: Span, diags: &mut Diagnostics) -> Vec<Piece> {
    let string = &*text.text;
    if !string.contains("${") {
        return vec![Piece::Text(Arc::clone(&text.text))];
    }
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut at = 0;
    while let Some(found) = string[at..].find("${") {
        let open = at + found;
        if string[at..open].ends_with('$') {
            literal.push_str(&string[at..open - 1]);
            literal.push_str("${");
            at = open + 2;
            continue;
        }
        literal.push_str(&string[at..open]);
        if !literal.is_empty() {
            pieces.push(Piece::Text(Arc::from(std::mem::take(&mut literal))));
        }
        let places = |start, end| place(text.verbatim.as_ref(), span, start, end);
        let Some(length) = closing(string, open + 2).map(|close| close - open) else {
            let fault = diags.report(
                code::EXPRESSION_SYNTAX,
                places(open, open + 2),
                "this `${` is not closed",
            );
            fault.hint("close it with `}`, or write `$${` for the text `${`");
            pieces.push(Piece::Expr(Spanned::new(
                Expr::Hole,
                places(open, string.trim_end().len()),
            )));
            return pieces;
        };
        let inside = open + 2..open + length;
        pieces.push(Piece::Expr(read(&string[inside.clone()], inside.start, &places, diags)));
        at = inside.end + 1;
    }
    literal.push_str(&string[at..]);
    if !literal.is_empty() {
        pieces.push(Piece::Text(Arc::from(literal)));
    }
    pieces
}

/// How many bytes are searched for the end of an expression before the next `}` is taken: it bounds the work.
pub(super) const LONGEST: usize = 4096;

/// Where the `}` stands that closes an expression whose inside starts at `from`; braces in its strings do not count.
pub(super) fn closing(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut quote = None;
    let mut at = from;
    while at < bytes.len().min(from + LONGEST) {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, byte @ (b'"' | b'\'')) => quote = Some(byte),
            (None, b'{') => depth += 1,
            (None, b'}') if depth == 0 => return Some(at),
            (None, b'}') => depth -= 1,
            (None, _) => {}
        }
        at += 1;
    }
    // Something in it is unbalanced: the next brace is the likeliest end.
    text[from..].find('}').map(|found| from + found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;
    use crate::syntax::Verbatim;

    fn split(string: &str) -> (Vec<Piece>, usize) {
        let text = Text {
            text: Arc::from(string),
            verbatim: Some(Verbatim::Run(10)),
            quoted: true,
        };
        let mut diags = Diagnostics::default();
        let span = Span::new(FileId(0), 9, 11 + string.len());
        let pieces = pieces(&text, span, &mut diags);
        (pieces, diags.len())
    }

    fn shape(string: &str) -> String {
        let (pieces, _) = split(string);
        let parts = pieces.iter().map(|piece| match piece {
            Piece::Text(text) => text.to_string(),
            Piece::Expr(expr) => format!("<{}..{}>", expr.span.start, expr.span.end),
        });
        parts.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn text_and_expressions_alternate() {
        assert_eq!(shape("plain $ {x} $"), "plain $ {x} $");
        assert_eq!(shape(""), "");
        assert_eq!(shape("${x}"), "<12..13>");
        assert_eq!(shape("a${x}b${ y.z }"), "a|<13..14>|b|<19..22>");
        assert_eq!(shape("$${x}"), "${x}");
        assert_eq!(shape("$$${x} ${y}"), "$${x} |<19..20>");
        assert_eq!(shape("${x == \"}\"}!"), "<12..20>|!");
    }

    #[test]
    fn what_is_not_closed_is_a_hole() {
        let (pieces, faults) = split("a ${b");
        assert_eq!(faults, 1);
        assert!(matches!(&pieces[1], Piece::Expr(expr) if expr.value == Expr::Hole));
    }
}
