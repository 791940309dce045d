//! Values of flags that several commands take: spans of time. In: text. Out: values, or how they are written.

use std::time::Duration;

/// A span of time: a number and its unit.
pub(super) fn time(text: &str) -> Result<Duration, String> {
    let form = || "it is written 90s, 30m or 2h".to_string();
    let at = text.find(|letter: char| !letter.is_ascii_digit()).ok_or_else(form)?;
    let (number, unit) = text.split_at(at);
    let number: u64 = number.parse().map_err(|_| form())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(form()),
    };
    match number.checked_mul(seconds) {
        Some(seconds) if seconds <= 7 * 24 * 3600 => Ok(Duration::from_secs(seconds)),
        _ => Err("it is seven days at most".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        assert_eq!(time("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(time("2h"), Ok(Duration::from_secs(7200)));
        for text in ["", "5", "m", "5d", "1.5h", "-1m", "999999h"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
