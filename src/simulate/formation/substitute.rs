//! The text of `Fn::Sub`. In: `a ${B.C} ${!d}`. Out: its parts. Must not know values.

/// A part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// As it stands.
    Text(&'a str),
    /// `${Name}` or `${Name.Attribute}`.
    Name(&'a str),
}

/// The parts of a text. `${!name}` gives `${name}`.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-sub.html>
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else {
            break;
        };
        parts.push(Part::Text(&rest[..start]));
        let inside = &rest[start + 2..start + length];
        match inside.strip_prefix('!') {
            Some(literal) => parts.extend([Part::Text("${"), Part::Text(literal), Part::Text("}")]),
            None => parts.push(Part::Name(inside.trim())),
        }
        rest = &rest[start + length + 1..];
    }
    parts.push(Part::Text(rest));
    parts.retain(|part| *part != Part::Text(""));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_literals_are_told_apart() {
        let found = parts("a${B}${!c}-${D.E}$");
        let expected = [
            Part::Text("a"),
            Part::Name("B"),
            Part::Text("${"),
            Part::Text("c"),
            Part::Text("}"),
            Part::Text("-"),
            Part::Name("D.E"),
            Part::Text("$"),
        ];
        assert_eq!(found, expected);
    }
}
