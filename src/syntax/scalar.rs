//! What a scalar means after the core schema of YAML 1.2. In: its text and style. Out: its content. Must not know spans.

use std::sync::Arc;

use super::tree::{Content, Number};

/// What a plain scalar means, if it is not a string: `no`, `on` and `12:30` are strings.
pub(super) fn plain(text: &str) -> Option<Content> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Content::Null),
        "true" | "True" | "TRUE" => return Some(Content::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Content::Bool(false)),
        _ => {}
    }
    number(text).map(Content::Number)
}

fn number(text: &str) -> Option<Number> {
    let first = text.bytes().next()?;
    if !matches!(first, b'0'..=b'9' | b'+' | b'-' | b'.') {
        return None;
    }
    let (value, integer) = radix(text).or_else(|| decimal(text)).or_else(|| special(text))?;
    Some(Number {
        text: Arc::from(text),
        value,
        integer,
    })
}

fn radix(text: &str) -> Option<(f64, Option<i64>)> {
    let (digits, radix) = match text.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (text.strip_prefix("0o")?, 8),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let value = digits.chars().fold(0.0, |sum, digit| {
        sum * f64::from(radix) + f64::from(digit.to_digit(radix).unwrap_or(0))
    });
    Some((value, i64::from_str_radix(digits, radix).ok()))
}

fn decimal(text: &str) -> Option<(f64, Option<i64>)> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if exponent.is_some_and(|digits| digits.is_empty() || !all_digits(digits)) {
        return None;
    }
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let is_integer = exponent.is_none() && !mantissa.contains('.');
    let value = text.parse().ok()?;
    Some((value, is_integer.then(|| text.parse().ok()).flatten()))
}

fn special(text: &str) -> Option<(f64, Option<i64>)> {
    let value = match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => f64::INFINITY,
        "-.inf" | "-.Inf" | "-.INF" => f64::NEG_INFINITY,
        ".nan" | ".NaN" | ".NAN" => f64::NAN,
        _ => return None,
    };
    Some((value, None))
}

/// `text` as a YAML string in quotes: in double quotes unless that would need escapes which single quotes spare.
pub(super) fn quote(text: &str) -> String {
    let escapes = text.contains(['"', '\\']);
    if escapes && !text.contains('\'') {
        return format!("'{text}'");
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integer(text: &str) -> Option<i64> {
        number(text).and_then(|number| number.integer)
    }

    #[test]
    fn the_core_schema_knows_these_numbers_and_no_others() {
        assert_eq!(integer("0o17"), Some(15));
        assert_eq!(integer("0x1f"), Some(31));
        assert_eq!(integer("-12"), Some(-12));
        assert_eq!(integer("+012"), Some(12));
        assert_eq!(integer("1."), None);
        for text in ["1.", ".5", "-1.5e3", "1E-2", "99999999999999999999", ".inf", "-.INF"] {
            assert!(number(text).is_some(), "{text}");
        }
        for text in [
            "", "-", ".", "1_000", "0b1", "0o8", "0x", "-0x1", "1e", "12:30", "+.nan", "1.2.3", "infinity", "0o-7",
        ] {
            assert!(number(text).is_none(), "{text}");
        }
    }

    #[test]
    fn words_that_were_booleans_in_1_1_are_strings() {
        for text in ["no", "yes", "on", "off", "y", "n", "NO", "tRue", "2010-09-09"] {
            assert_eq!(plain(text), None, "{text}");
        }
        assert_eq!(plain("True"), Some(Content::Bool(true)));
        assert_eq!(plain("~"), Some(Content::Null));
    }

    #[test]
    fn quotes_are_those_that_need_fewer_escapes() {
        assert_eq!(quote("${x}"), r#""${x}""#);
        assert_eq!(quote(r#"${x == "y"}"#), r#"'${x == "y"}'"#);
        assert_eq!(quote(r#"it's "so""#), r#""it's \"so\"""#);
    }
}
