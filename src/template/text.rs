//! Text around values that are known after deployment: `Fn::Sub` where that says it plainly, else `Fn::Join`.

use crate::library::{Data, Reference, Value};

use super::shape::{Scope, Shape};

/// A piece of the text.
enum Piece<'a> {
    Known(String),
    Reference(&'a Reference),
    /// What `Fn::Sub` cannot hold: another function, or a list, joined by commas.
    Function(Shape<'a>),
}

/// What a text is, in the fewest words: a string, a reference, an `Fn::Sub`, or an `Fn::Join`.
pub(super) fn concat<'a>(scope: &Scope<'a>, parts: &'a [Value]) -> Shape<'a> {
    let mut pieces = Vec::new();
    collect(scope, parts, &mut pieces);
    if pieces.len() > 1 && pieces.iter().all(fits_sub) {
        return Shape::call("Fn::Sub", Shape::text(sub(scope, &pieces)));
    }
    let mut items: Vec<Shape<'a>> = pieces.into_iter().map(|piece| shape(scope, piece)).collect();
    match items.len() {
        0 => Shape::text(""),
        1 => items.remove(0),
        _ => Shape::call("Fn::Join", Shape::List(vec![Shape::text(""), Shape::List(items)])),
    }
}

/// Flattens texts in texts and puts neighbouring known pieces together.
fn collect<'a>(scope: &Scope<'a>, parts: &'a [Value], pieces: &mut Vec<Piece<'a>>) {
    for part in parts {
        match &part.data {
            Data::Concat(inner) => collect(scope, inner, pieces),
            Data::Reference(reference) if scope.is_list(&reference.target) => {
                let items = Shape::List(vec![Shape::text(","), scope.reference(reference)]);
                pieces.push(Piece::Function(Shape::call("Fn::Join", items)));
            }
            Data::Reference(reference) => pieces.push(Piece::Reference(reference)),
            Data::Intrinsic(..) => pieces.extend(scope.shape(part).map(Piece::Function)),
            _ => {
                let text = known(part);
                match pieces.last_mut() {
                    Some(Piece::Known(before)) => before.push_str(&text),
                    _ if text.is_empty() => {}
                    _ => pieces.push(Piece::Known(text)),
                }
            }
        }
    }
}

/// A value that is known now, as CloudFormation takes it in a string: items of a list are joined by commas.
pub(super) fn known(value: &Value) -> String {
    match &value.data {
        Data::Unknown => unreachable!("a hole was reported, and a graph with errors is not emitted"),
        Data::Null => String::new(),
        Data::Bool(value) => value.to_string(),
        Data::Integer(number) => number.to_string(),
        Data::Number(number) => number.to_string(),
        Data::Text(text) => text.to_string(),
        Data::List(items) => items.iter().map(known).collect::<Vec<String>>().join(","),
        Data::Map(_) => unreachable!("an expression refuses a mapping in text"),
        Data::Reference(_) | Data::Concat(_) | Data::Intrinsic(..) => {
            unreachable!("an expression refuses a value known after deployment where one must be known")
        }
    }
}

fn shape<'a>(scope: &Scope<'a>, piece: Piece<'a>) -> Shape<'a> {
    match piece {
        Piece::Known(text) => Shape::text(text),
        Piece::Reference(reference) => scope.reference(reference),
        Piece::Function(shape) => shape,
    }
}

/// Whether `Fn::Sub` reads the piece as it is meant.
///
/// It knows one escape, `${!Name}`. A `${` without its end, or a `$` right before a variable, has no documented meaning.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html>
fn fits_sub(piece: &Piece<'_>) -> bool {
    match piece {
        Piece::Known(text) => {
            let mut starts = text.split("${");
            starts.next();
            !text.ends_with('$') && starts.all(|rest| rest.find('}').is_some_and(|end| end > 0))
        }
        Piece::Reference(_) => true,
        Piece::Function(_) => false,
    }
}

fn sub(scope: &Scope<'_>, pieces: &[Piece<'_>]) -> String {
    let mut sub = String::new();
    for piece in pieces {
        match piece {
            Piece::Known(text) => sub.push_str(&text.replace("${", "${!")),
            Piece::Reference(reference) => {
                sub.push_str("${");
                sub.push_str(scope.id(&reference.target));
                if let Some(attribute) = &reference.attribute {
                    sub.push('.');
                    sub.push_str(attribute);
                }
                sub.push('}');
            }
            Piece::Function(_) => unreachable!("only pieces that fit come here"),
        }
    }
    sub
}
