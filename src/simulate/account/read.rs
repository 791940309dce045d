//! Resolved properties of CloudFormation. In: JSON, in which numbers may be text. Out: plain values. Must not know types.

use serde_json::Value;

/// A text.
pub fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value[key].as_str()
}

/// A text, or a number as text.
pub fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A whole number: CloudFormation passes parameters as text.
pub fn number(value: &Value, key: &str) -> Option<i64> {
    let found = &value[key];
    let parse = |text: &str| text.trim().parse::<f64>().ok().map(|number| number as i64);
    found.as_i64().or_else(|| parse(&written(found)?))
}

/// A truth value.
pub fn flag(value: &Value, key: &str) -> Option<bool> {
    let found = &value[key];
    found.as_bool().or_else(|| match found.as_str()? {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    })
}

/// The parts of a list.
pub fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// A list of texts; a list parameter may have been left as one text with commas.
pub fn texts(value: &Value, key: &str) -> Vec<String> {
    match &value[key] {
        Value::String(text) => text.split(',').map(|part| part.trim().to_string()).collect(),
        Value::Array(parts) => {
            let written = parts.iter().filter_map(written);
            let all: Vec<String> = written.collect();
            all.iter()
                .flat_map(|part| part.split(','))
                .map(|part| part.trim().to_string())
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Text out of base 64; `None` where it is none.
pub fn unpacked(packed: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0u32, 0);
    for symbol in packed.bytes() {
        let digit = match symbol {
            b'A'..=b'Z' => symbol - b'A',
            b'a'..=b'z' => symbol - b'a' + 26,
            b'0'..=b'9' => symbol - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' | b'\n' => continue,
            _ => return None,
        };
        held = held << 6 | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    String::from_utf8(bytes).ok()
}
