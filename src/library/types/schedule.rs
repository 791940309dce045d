//! When something runs: AWS's `cron(…)` with six fields, or `rate(…)`.

use std::sync::Arc;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::{Diagnostics, code};
use crate::library::Value;
use crate::source::Span;
use crate::syntax::Node;

use super::{Type, expected, fault, text_of};

/// A schedule, as AWS writes it:
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(pub Arc<str>);

fn rate(inside: &str) -> bool {
    let Some((number, unit)) = inside.split_once(' ') else {
        return false;
    };
    match number {
        "1" => matches!(unit, "minute" | "hour" | "day"),
        _ => {
            let digits = number.len() <= 6 && number.bytes().all(|byte| byte.is_ascii_digit());
            digits && !number.starts_with('0') && !number.is_empty() && matches!(unit, "minutes" | "hours" | "days")
        }
    }
}

fn fields(inside: &str) -> Option<Vec<&str>> {
    let fields: Vec<&str> = inside.split(' ').collect();
    let plain = |field: &&str| !field.is_empty() && !field.contains(['(', ')']);
    (fields.len() == 6 && fields.iter().all(plain)).then_some(fields)
}

/// A crontab's five fields in AWS's notation, when the days are plain enough.
fn from_crontab(text: &str) -> Option<String> {
    let inside = text
        .strip_prefix("cron(")
        .and_then(|text| text.strip_suffix(')'))
        .unwrap_or(text);
    let fields: Vec<&str> = inside.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields[..] else {
        return None;
    };
    // Crontab counts Sunday as 0, AWS as 1: numbers of weekdays cannot be taken over.
    let (day, weekday) = match (day, weekday) {
        (day, "*") => (day, "?"),
        ("*", weekday) if weekday.bytes().all(|byte| !byte.is_ascii_digit()) => ("?", weekday),
        _ => return None,
    };
    Some(format!("cron({minute} {hour} {day} {month} {weekday} *)"))
}

/// `1 minutes` and `5 minute`, put right.
fn from_rate(text: &str) -> Option<String> {
    let inside = text.strip_prefix("rate(")?.strip_suffix(')')?;
    let (number, unit) = inside.trim().split_once(' ')?;
    let unit = unit.trim().trim_end_matches('s');
    let plural = if number == "1" { "" } else { "s" };
    let repaired = format!("{number} {unit}{plural}");
    rate(&repaired).then(|| format!("rate({repaired})"))
}

impl Type for Schedule {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        let cron = r"cron\(([^ ()]+ ){5}[^ ()]+\)";
        let rate = r"rate\((1 (minute|hour|day)|([2-9]|[1-9][0-9]{1,5}) (minutes|hours|days))\)";
        json_schema!({"type": "string", "pattern": format!("^({cron}|{rate})$")})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Schedule> {
        let Some(text) = text_of(node) else {
            expected("a schedule such as `cron(0 3 * * ? *)`", node, diags);
            return None;
        };
        let inside = |name: &str| text.strip_prefix(name).and_then(|rest| rest.strip_suffix(')'));
        if inside("rate(").is_some_and(rate) {
            return Some(Schedule(text.into()));
        }
        let Some(fields) = inside("cron(").and_then(fields) else {
            let message = format!("`{text}` is not a schedule of AWS");
            let fault = fault(node, code::BAD_SCHEDULE, message, diags);
            fault.hint("write `cron(minute hour day month weekday year)`, one of the days a `?`, or `rate(5 minutes)`");
            if let Some(repaired) = from_crontab(text).or_else(|| from_rate(text)) {
                let title = format!("write `{repaired}`");
                fault.hint(title.clone());
                fault.suggest(title, node.span, format!("\"{repaired}\""));
            }
            return None;
        };
        if (fields[2] == "?") == (fields[4] == "?") {
            let message = "exactly one of day (third) and weekday (fifth) must be `?`";
            let fault = fault(node, code::UNCLEAR_DAYS, message, diags);
            let repaired = match (fields[2], fields[4]) {
                (_, "*") => Some([fields[2], "?"]),
                ("*", _) => Some(["?", fields[4]]),
                _ => None,
            };
            if let Some([day, weekday]) = repaired {
                let text = format!(
                    "cron({} {} {day} {} {weekday} {})",
                    fields[0], fields[1], fields[3], fields[5]
                );
                fault.fix(format!("write `{text}`"), node.span, format!("\"{text}\""));
            }
            return None;
        }
        Some(Schedule(text.into()))
    }

    fn value(&self, span: Span) -> Value {
        Value::text(span, self.0.clone())
    }

    fn example() -> serde_json::Value {
        json!("cron(0 3 * * ? *)")
    }
}

#[cfg(test)]
mod tests {
    use super::{from_crontab, from_rate};

    #[test]
    fn other_notations_are_put_right() {
        assert_eq!(from_crontab("0 3 * * *").as_deref(), Some("cron(0 3 * * ? *)"));
        assert_eq!(from_crontab("0 3 * * MON").as_deref(), Some("cron(0 3 ? * MON *)"));
        assert_eq!(from_crontab("0 3 * * 1"), None);
        assert_eq!(from_rate("rate(1 minutes)").as_deref(), Some("rate(1 minute)"));
        assert_eq!(from_rate("rate(5 minute)").as_deref(), Some("rate(5 minutes)"));
        assert_eq!(from_rate("rate(0 minutes)"), None);
    }
}
