//! Reads one expression by precedence climbing. In: what stands between `${` and `}`. Out: an [`Expr`], each part with
//! its place. Must not know what names mean.

use std::sync::Arc;

use super::expression::{Expr, Operator, Step};
use crate::diag::{Diagnostics, code};
use crate::source::{Span, Spanned};

/// How many operators and brackets one expression may have: it bounds how deep its tree can be.
const MOST_PARTS: usize = 128;

/// The expression `text`, which stands at `offset` of a string; `place` turns offsets of that string into spans.
pub(super) fn read(
    text: &str,
    offset: usize,
    place: &dyn Fn(usize, usize) -> Span,
    diags: &mut Diagnostics,
) -> Spanned<Expr> {
    let mut reader = Reader {
        text,
        at: 0,
        offset,
        parts: 0,
        place,
    };
    match reader.whole() {
        Ok(expr) => expr,
        Err(fault) => {
            let reported = diags.report(code::EXPRESSION_SYNTAX, fault.span, fault.message);
            if let Some(hint) = fault.hint {
                reported.hint(hint);
            }
            Spanned::new(Expr::Hole, place(offset, offset + text.len()))
        }
    }
}

struct Fault {
    span: Span,
    message: String,
    hint: Option<String>,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    offset: usize,
    parts: usize,
    place: &'a dyn Fn(usize, usize) -> Span,
}

type Read = Result<Spanned<Expr>, Fault>;

const ARITHMETIC: &str = "expressions know no arithmetic: write the result, or make it a parameter";
const LITERAL: &str = "write `$${` if this is text for a shell or for CloudFormation";

impl Reader<'_> {
    fn whole(&mut self) -> Read {
        if self.text.trim().is_empty() {
            let start = self.offset.saturating_sub(2);
            let span = (self.place)(start, self.offset + self.text.len() + 1);
            return Err(fault(span, "this expression is empty", Some(LITERAL)));
        }
        let expr = self.choice()?;
        self.space();
        if self.at < self.text.len() {
            return Err(self.unexpected());
        }
        Ok(expr)
    }

    /// `condition ? one : other`, which binds weakest.
    fn choice(&mut self) -> Read {
        let condition = self.binary(0)?;
        if !self.take("?") {
            return Ok(condition);
        }
        self.count()?;
        let one = self.choice()?;
        self.expect(":", "between the two branches of `?`")?;
        let other = self.choice()?;
        let span = join(condition.span, other.span);
        let choice = Expr::Choice(Box::new(condition), Box::new(one), Box::new(other));
        Ok(Spanned::new(choice, span))
    }

    /// Operands joined by operators that bind at least as strongly as `weakest`.
    fn binary(&mut self, weakest: u8) -> Read {
        let mut left = self.unary()?;
        while let Some((operator, length)) = self.operator().filter(|(operator, _)| binding(*operator) >= weakest) {
            self.at += length;
            self.count()?;
            let right = self.binary(binding(operator) + 1)?;
            let span = join(left.span, right.span);
            left = Spanned::new(Expr::Binary(operator, Box::new(left), Box::new(right)), span);
        }
        Ok(left)
    }

    fn unary(&mut self) -> Read {
        self.space();
        let start = self.at;
        if self.text[self.at..].starts_with('!') && !self.text[self.at..].starts_with("!=") {
            self.at += 1;
            self.count()?;
            let inner = self.unary()?;
            let span = join(self.span(start, start + 1), inner.span);
            return Ok(Spanned::new(Expr::Not(Box::new(inner)), span));
        }
        self.operand()
    }

    fn operand(&mut self) -> Read {
        self.space();
        let start = self.at;
        let Some(first) = self.text[start..].chars().next() else {
            let last = self.text.trim_end().len();
            let span = self.span(self.boundary(last), last);
            return Err(fault(span, "the expression ends where a value is expected", None));
        };
        match first {
            '(' => {
                self.at += 1;
                self.count()?;
                let inner = self.choice()?;
                self.expect(")", "to close `(`")?;
                Ok(Spanned::new(inner.value, self.span(start, self.at)))
            }
            '[' => {
                self.at += 1;
                self.count()?;
                let items = self.items("]", "[")?;
                Ok(Spanned::new(Expr::List(items), self.span(start, self.at)))
            }
            '"' | '\'' => self.string(first),
            '0'..='9' | '-' => self.integer(),
            'a'..='z' | 'A'..='Z' | '_' => self.path(),
            _ => Err(self.unexpected()),
        }
    }

    /// Expressions up to `close`, which is taken too; the bracket before them was taken.
    fn items(&mut self, close: &str, open: &str) -> Result<Vec<Spanned<Expr>>, Fault> {
        let mut items = Vec::new();
        while !self.take(close) {
            if !items.is_empty() {
                self.expect(",", &format!("or `{close}` after an item of `{open}`"))?;
                if self.take(close) {
                    break;
                }
            }
            items.push(self.choice()?);
        }
        Ok(items)
    }

    fn string(&mut self, quote: char) -> Read {
        let start = self.at;
        let mut value = String::new();
        let mut characters = self.text[start + 1..].char_indices();
        while let Some((at, character)) = characters.next() {
            if character == quote {
                self.at = start + 1 + at + 1;
                let text = Expr::Text(Arc::from(value));
                return Ok(Spanned::new(text, self.span(start, self.at)));
            }
            if character != '\\' {
                value.push(character);
                continue;
            }
            match characters.next().map(|(_, escaped)| escaped) {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some(escaped @ ('\\' | '"' | '\'')) => value.push(escaped),
                _ => {
                    let span = self.span(start + 1 + at, start + 2 + at);
                    let hint = "the escapes are `\\\\`, `\\\"`, `\\'`, `\\n` and `\\t`";
                    return Err(fault(span, "unknown escape in a string", Some(hint)));
                }
            }
        }
        Err(fault(self.span(start, start + 1), "this quote is not closed", None))
    }

    fn integer(&mut self) -> Read {
        let start = self.at;
        let rest = &self.text[start..];
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        let length = digits.len() - digits.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let end = start + (rest.len() - digits.len()) + length;
        if length == 0 {
            return Err(fault(self.span(start, start + 1), "unexpected `-`", Some(ARITHMETIC)));
        }
        let tail = &self.text[end..];
        let word = tail.len()
            - tail
                .trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_'))
                .len();
        if word > 0 {
            let span = self.span(start, end + word);
            let message = format!("`{}` is no whole number", &self.text[start..end + word]);
            return Err(fault(span, message, Some("put text in quotes")));
        }
        self.at = end;
        let span = self.span(start, end);
        match self.text[start..end].parse() {
            Ok(number) => Ok(Spanned::new(Expr::Integer(number), span)),
            Err(_) => Err(fault(span, "this number is too large", None)),
        }
    }

    /// A name and what follows it: fields, indices, or the arguments of a call.
    fn path(&mut self) -> Read {
        let start = self.at;
        let mut first = self.name();
        if self.text[self.at..].starts_with("::") {
            self.at += 2;
            self.name();
            first = Spanned::new(Arc::from(&self.text[start..self.at]), self.span(start, self.at));
        }
        if self.take("(") {
            self.count()?;
            let arguments = self.items(")", "(")?;
            return Ok(Spanned::new(Expr::Call(first, arguments), self.span(start, self.at)));
        }
        let mut steps = Vec::new();
        let mut end = self.at;
        loop {
            if self.take("[") {
                self.count()?;
                steps.push(Step::Index(Box::new(self.choice()?)));
                self.expect("]", "to close `[`")?;
            } else if self.take(".") {
                self.space();
                let name = self.name();
                if name.is_empty() {
                    return Err(fault(self.span(end, self.at), "a name is expected after `.`", None));
                }
                if self.text[self.at..].starts_with('(') {
                    let whole = &self.text[start..end];
                    let hint = format!("write `{}({whole})`", &*name.value);
                    let message = format!("`{}` is a function, not a field", &*name.value);
                    return Err(fault(name.span, message, Some(&hint)));
                }
                steps.push(Step::Field(name));
            } else {
                break;
            }
            end = self.at;
        }
        self.at = end;
        let span = self.span(start, end);
        let word = if steps.is_empty() { &**first } else { "" };
        let expr = match word {
            "true" => Expr::Bool(true),
            "false" => Expr::Bool(false),
            "null" => Expr::Null,
            _ => Expr::Path(first, steps),
        };
        Ok(Spanned::new(expr, span))
    }

    /// The name that starts here, hyphens inside it included; empty if none does.
    fn name(&mut self) -> Spanned<Arc<str>> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let is_name = |at: usize| {
            bytes
                .get(at)
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        };
        while is_name(self.at) || (self.at > start && bytes.get(self.at) == Some(&b'-') && is_name(self.at + 1)) {
            self.at += 1;
        }
        Spanned::new(Arc::from(&self.text[start..self.at]), self.span(start, self.at))
    }

    /// The operator that stands next, and its length; it is not taken.
    fn operator(&mut self) -> Option<(Operator, usize)> {
        self.space();
        let rest = &self.text[self.at..];
        let signs = [
            ("||", Operator::Or),
            ("&&", Operator::And),
            ("==", Operator::Equal),
            ("!=", Operator::Unequal),
            ("<=", Operator::AtMost),
            (">=", Operator::AtLeast),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        let sign = signs.iter().find(|(sign, _)| rest.starts_with(sign));
        if let Some((sign, operator)) = sign {
            return Some((*operator, sign.len()));
        }
        let word = rest.strip_prefix("in")?;
        let ends = !word.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
        ends.then_some((Operator::In, 2))
    }

    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, sign: &str) -> bool {
        self.space();
        let found = self.text[self.at..].starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn expect(&mut self, sign: &str, why: &str) -> Result<(), Fault> {
        if self.take(sign) {
            return Ok(());
        }
        let mut unexpected = self.unexpected();
        unexpected.message = format!("expected `{sign}` {why}");
        Err(unexpected)
    }

    /// Counts one more operator or bracket.
    fn count(&mut self) -> Result<(), Fault> {
        self.parts += 1;
        if self.parts <= MOST_PARTS {
            return Ok(());
        }
        let message = format!("this expression has more than {MOST_PARTS} operators and brackets");
        Err(fault(self.span(0, self.text.len()), message, Some("split it up")))
    }

    /// The fault that what stands next is not what may stand here.
    fn unexpected(&self) -> Fault {
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else {
            let last = self.text.trim_end().len();
            return fault(
                self.span(self.boundary(last), last),
                "the expression ends too early",
                None,
            );
        };
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length = match rest.len() - rest.trim_start_matches(is_word).len() {
            0 => first.len_utf8(),
            length => length,
        };
        let found = &rest[..length];
        let hint = match found {
            "and" => Some("write `&&`"),
            "or" => Some("write `||`"),
            "not" => Some("write `!`"),
            "=" => Some("compare with `==`"),
            "&" => Some("write `&&`"),
            "|" => Some("write `||`; there are no filters"),
            "+" | "-" | "*" | "/" | "%" => Some(ARITHMETIC),
            ":" | "#" | "$" | "@" | "!" | "^" => Some(LITERAL),
            _ => None,
        };
        fault(
            self.span(self.at, self.at + length),
            format!("unexpected `{found}`"),
            hint,
        )
    }

    /// The last character boundary before `end`.
    fn boundary(&self, end: usize) -> usize {
        self.text[..end].char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        (self.place)(self.offset + start, self.offset + end)
    }
}

/// How strongly an operator binds: comparisons are all alike, as in CEL.
fn binding(operator: Operator) -> u8 {
    match operator {
        Operator::Or => 0,
        Operator::And => 1,
        _ => 2,
    }
}

fn join(first: Span, last: Span) -> Span {
    Span { end: last.end, ..first }
}

fn fault(span: Span, message: impl Into<String>, hint: Option<&str>) -> Fault {
    Fault {
        span,
        message: message.into(),
        hint: hint.map(str::to_string),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    /// The expression as a formula with every bracket written, or the fault and where it stands.
    fn formula(text: &str) -> String {
        let mut diags = Diagnostics::default();
        let place = |start, end| Span::new(FileId(0), start, end);
        let expr = read(text, 0, &place, &mut diags);
        match diags.sorted().first() {
            Some(fault) => format!("{} @ {:?}", fault.message, &text[fault.span.range()]),
            None => {
                assert_eq!(text[expr.span.range()].trim(), text.trim());
                show(&expr)
            }
        }
    }

    fn show(expr: &Expr) -> String {
        let list = |items: &[Spanned<Expr>]| items.iter().map(|item| show(item)).collect::<Vec<_>>().join(" ");
        match expr {
            Expr::Hole => "?".to_string(),
            Expr::Null => "null".to_string(),
            Expr::Bool(value) => value.to_string(),
            Expr::Integer(number) => number.to_string(),
            Expr::Text(text) => format!("{text:?}"),
            Expr::List(items) => format!("[{}]", list(items)),
            Expr::Not(inner) => format!("(not {})", show(inner)),
            Expr::Binary(operator, left, right) => format!("({operator:?} {} {})", show(left), show(right)),
            Expr::Choice(condition, one, other) => format!("(if {} {} {})", show(condition), show(one), show(other)),
            Expr::Call(name, arguments) => format!("({} {})", &*name.value, list(arguments)),
            Expr::Path(first, steps) => steps.iter().fold(first.to_string(), |path, step| match step {
                Step::Field(name) => format!("{path}.{}", &*name.value),
                Step::Index(index) => format!("{path}[{}]", show(index)),
            }),
        }
    }

    #[test]
    fn operators_bind_as_in_cel() {
        assert_eq!(formula("a || b && !c == d"), "(Or a (And b (Equal (not c) d)))");
        assert_eq!(formula("a ? b : c ? d : e"), "(if a b (if c d e))");
        assert_eq!(formula("(a || b) && c"), "(And (Or a b) c)");
        assert_eq!(
            formula("a in [1, -2,] || b != null"),
            "(Or (In a [1 -2]) (Unequal b null))"
        );
        assert_eq!(formula("!!a"), "(not (not a))");
        assert_eq!(formula("a < b == true"), "(Equal (Less a b) true)");
    }

    #[test]
    fn names_hold_hyphens_and_lead_to_fields() {
        assert_eq!(
            formula("rollout.strategy == 'blue-green'"),
            "(Equal rollout.strategy \"blue-green\")"
        );
        assert_eq!(formula("read-only"), "read-only");
        assert_eq!(formula("AWS::Region"), "AWS::Region");
        assert_eq!(formula(" Subnet[it.key].in-use "), "Subnet[it.key].in-use");
        assert_eq!(formula("size(zones) > 2"), "(Greater (size zones) 2)");
        assert_eq!(formula("index"), "index");
        assert_eq!(formula("x ? AWS::Region : y"), "(if x AWS::Region y)");
        assert_eq!(formula("join([a, \"b\\n\"], ',')"), "(join [a \"b\\n\"] \",\")");
    }

    #[test]
    fn faults_point_at_what_is_wrong() {
        assert_eq!(formula("a and b"), "unexpected `and` @ \"and\"");
        assert_eq!(formula("a = b"), "unexpected `=` @ \"=\"");
        assert_eq!(formula("VAR:-x"), "unexpected `:` @ \":\"");
        assert_eq!(formula("a.size()"), "`size` is a function, not a field @ \"size\"");
        assert_eq!(formula("a ? b"), "expected `:` between the two branches of `?` @ \"b\"");
        assert_eq!(formula("a =="), "the expression ends where a value is expected @ \"=\"");
        assert_eq!(formula("'ab"), "this quote is not closed @ \"'\"");
        assert_eq!(formula("1.5"), "`1.5` is no whole number @ \"1.5\"");
        assert_eq!(
            formula("9999999999999999999"),
            "this number is too large @ \"9999999999999999999\""
        );
        assert_eq!(formula("ü"), "unexpected `ü` @ \"ü\"");
        assert_eq!(formula("a ü"), "unexpected `ü` @ \"ü\"");
        assert_eq!(formula("a[1"), "expected `]` to close `[` @ \"1\"");
        assert_eq!(formula("a."), "a name is expected after `.` @ \".\"");
    }

    #[test]
    fn depth_is_bounded() {
        for text in [
            "(".repeat(100_000),
            "!".repeat(100_000),
            "a||".repeat(100_000),
            "[".repeat(100_000),
            "a?".repeat(100_000),
        ] {
            assert!(formula(&text).starts_with("this expression has more than 128"));
        }
    }
}
