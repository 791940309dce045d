//! Whether an expression of the cluster query language holds of every instance, of none, or is not known to, from what is declared of
//! the instances: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html>.
//!
//! In: an expression, the values that a subject may have. Out: an [`Answer`]. Must not know where the values come from.

use regex_lite::Regex;

/// What is known of all instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It holds of each.
    Always,
    /// It holds of none.
    Never,
    /// It is not known, or holds of some.
    Unknown,
}

impl Answer {
    fn not(self) -> Answer {
        match self {
            Answer::Always => Answer::Never,
            Answer::Never => Answer::Always,
            Answer::Unknown => Answer::Unknown,
        }
    }

    fn and(self, other: Answer) -> Answer {
        match (self, other) {
            (Answer::Never, _) | (_, Answer::Never) => Answer::Never,
            (Answer::Always, Answer::Always) => Answer::Always,
            _ => Answer::Unknown,
        }
    }

    fn or(self, other: Answer) -> Answer {
        self.not().and(other.not()).not()
    }
}

/// Evaluates an expression. `values` are all that a subject may have on the instances, `None` where that is not known; what cannot be
/// read is not known.
pub fn answer(expression: &str, values: &dyn Fn(&str) -> Option<Vec<String>>) -> Answer {
    let Some(tokens) = tokens(expression) else {
        return Answer::Unknown;
    };
    let mut reader = Reader {
        tokens: &tokens,
        values,
        depth: 0,
    };
    match reader.joined() {
        Some(answer) if reader.tokens.is_empty() => answer,
        _ => Answer::Unknown,
    }
}

/// Signs that are tokens of their own, the longer ones first.
const SIGNS: &[&str] = &[
    "&&", "||", "==", "!=", "=~", "!~", ">=", "<=", ">", "<", "!", "[", "]", ",",
];

/// So deep may parentheses stand.
const DEPTH: usize = 32;

fn tokens(text: &str) -> Option<Vec<String>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            sign.len()
        } else if let Some(word) = ["not", "and", "or"].iter().find(|word| {
            let behind = rest.strip_prefix(**word);
            behind.is_some_and(|behind| behind.starts_with('('))
        }) {
            word.len()
        } else if first == '(' || first == ')' {
            1
        } else if first == '"' || first == '\'' {
            rest[1..].find(first)? + 2
        } else {
            // The parentheses of a pattern are part of it where they begin within a word.
            let mut open = 0;
            let ends = |(at, c): (usize, char)| {
                match c {
                    '(' if at > 0 => open += 1,
                    ')' if open > 0 => open -= 1,
                    ')' | '(' | '[' | ']' | ',' | '<' | '>' | '=' | '!' | '&' => return Some(at),
                    c if c.is_whitespace() => return Some(at),
                    _ => {}
                }
                None
            };
            rest.char_indices().find_map(ends).unwrap_or(rest.len())
        };
        if length == 0 {
            return None;
        }
        tokens.push(rest[..length].to_string());
        rest = rest[length..].trim_start();
    }
    Some(tokens)
}

struct Reader<'a> {
    tokens: &'a [String],
    values: &'a dyn Fn(&str) -> Option<Vec<String>>,
    depth: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<&str> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn take(&mut self, words: &[&str]) -> bool {
        let found = self.tokens.first().is_some_and(|token| words.contains(&&**token));
        if found {
            self.tokens = &self.tokens[1..];
        }
        found
    }

    /// Comparisons joined by one word. AWS does not say which of `and` and `or` binds closer: where both stand side by side
    /// without parentheses, nothing is known.
    fn joined(&mut self) -> Option<Answer> {
        const AND: &[&str] = &["&&", "and"];
        const OR: &[&str] = &["||", "or"];
        let mut answer = self.one()?;
        if self.take(OR) {
            answer = answer.or(self.one()?);
            while self.take(OR) {
                answer = answer.or(self.one()?);
            }
        } else {
            while self.take(AND) {
                answer = answer.and(self.one()?);
            }
        }
        Some(answer)
    }

    fn one(&mut self) -> Option<Answer> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        let answer = if self.take(&["!", "not"]) {
            self.tokens.first().filter(|token| *token == "(")?;
            self.one()?.not()
        } else if self.take(&["("]) {
            let answer = self.joined()?;
            self.take(&[")"]).then_some(answer)?
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Some(answer)
    }

    fn comparison(&mut self) -> Option<Answer> {
        let subject = self.next()?.to_string();
        let is_negated = self.take(&["!"]);
        let operator = self.next()?.to_string();
        let values = (self.values)(&subject);
        let answer = match &*operator {
            "==" | "equals" => decided(values, |value, wanted| Some(value == wanted), &self.argument()?),
            "!=" | "not_equals" => decided(values, |value, wanted| Some(value == wanted), &self.argument()?).not(),
            "=~" | "matches" => decided(values, fits, &self.argument()?),
            "!~" | "not_matches" => decided(values, fits, &self.argument()?).not(),
            "in" => among(values, &self.list()?),
            "not_in" => among(values, &self.list()?).not(),
            "exists" => values.map_or(Answer::Unknown, |_| Answer::Always),
            "not_exists" => values.map_or(Answer::Unknown, |_| Answer::Never),
            ">" | ">=" | "<" | "<=" | "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal" => {
                self.argument()?;
                Answer::Unknown
            }
            _ => return None,
        };
        Some(if is_negated { answer.not() } else { answer })
    }

    fn argument(&mut self) -> Option<String> {
        let token = self.next()?;
        let bare = ['"', '\'']
            .iter()
            .find_map(|quote| token.strip_prefix(*quote)?.strip_suffix(*quote));
        Some(bare.unwrap_or(token).to_string())
    }

    fn list(&mut self) -> Option<Vec<String>> {
        self.take(&["["]).then_some(())?;
        let mut items = vec![self.argument()?];
        while self.take(&[","]) {
            items.push(self.argument()?);
        }
        self.take(&["]"]).then_some(items)
    }
}

/// What a comparison says of all values together.
fn decided(values: Option<Vec<String>>, holds: fn(&str, &str) -> Option<bool>, wanted: &str) -> Answer {
    let Some(values) = values.filter(|values| !values.is_empty()) else {
        return Answer::Unknown;
    };
    let answers: Option<Vec<bool>> = values.iter().map(|value| holds(value, wanted)).collect();
    match answers {
        Some(answers) if answers.iter().all(|holds| *holds) => Answer::Always,
        Some(answers) if !answers.iter().any(|holds| *holds) => Answer::Never,
        _ => Answer::Unknown,
    }
}

fn among(values: Option<Vec<String>>, wanted: &[String]) -> Answer {
    let Some(values) = values.filter(|values| !values.is_empty()) else {
        return Answer::Unknown;
    };
    match values.iter().filter(|value| wanted.contains(value)).count() {
        0 => Answer::Never,
        count if count == values.len() => Answer::Always,
        _ => Answer::Unknown,
    }
}

/// Whether a value fits a pattern of Java, as far as its notation here means the same. AWS does not say whether a pattern must
/// fit the whole value; where that matters, nothing is known.
fn fits(value: &str, pattern: &str) -> Option<bool> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".*-|()^$".contains(c);
    pattern.chars().all(is_plain).then_some(())?;
    let whole = Regex::new(&format!("^(?:{pattern})$")).ok()?.is_match(value);
    let part = Regex::new(pattern).ok()?.is_match(value);
    (whole == part).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_decides() {
        let values = |subject: &str| match subject {
            "attribute:ecs.instance-type" => Some(vec!["m7g.large".to_string()]),
            "attribute:ecs.availability-zone" => Some(vec!["eu-west-1a".to_string(), "eu-west-1b".to_string()]),
            _ => None,
        };
        let cases = [
            ("attribute:ecs.instance-type == m7g.large", Answer::Always),
            ("attribute:ecs.instance-type==m7g.large", Answer::Always),
            ("attribute:ecs.instance-type != m7g.large", Answer::Never),
            ("attribute:ecs.instance-type equals \"m7g.large\"", Answer::Always),
            ("attribute:ecs.instance-type =~ m7g.*", Answer::Always),
            ("attribute:ecs.instance-type =~ t2.*", Answer::Never),
            ("attribute:ecs.instance-type matches m(7|6)g.large", Answer::Always),
            // The whole does not fit, a part does.
            ("attribute:ecs.instance-type =~ m7g", Answer::Unknown),
            ("attribute:ecs.instance-type =~ m7g.(?=l)arge", Answer::Unknown),
            ("attribute:ecs.instance-type !~ t2.*", Answer::Always),
            ("attribute:ecs.instance-type in [t3.small, m7g.large]", Answer::Always),
            ("attribute:ecs.instance-type !in [t3.small, m7g.large]", Answer::Never),
            ("attribute:ecs.instance-type not_in [t3.small]", Answer::Always),
            ("attribute:ecs.instance-type exists", Answer::Always),
            ("attribute:ecs.instance-type !exists", Answer::Never),
            ("attribute:ecs.availability-zone == eu-west-1a", Answer::Unknown),
            ("attribute:ecs.availability-zone == eu-west-1c", Answer::Never),
            ("attribute:ecs.availability-zone =~ eu-west-1.*", Answer::Always),
            ("attribute:stack == prod", Answer::Unknown),
            ("attribute:stack exists", Answer::Unknown),
            ("runningTasksCount < 1", Answer::Unknown),
            (
                "attribute:ecs.instance-type == t2.small and attribute:stack == prod",
                Answer::Never,
            ),
            (
                "attribute:ecs.instance-type == m7g.large || attribute:stack == prod",
                Answer::Always,
            ),
            (
                "attribute:ecs.instance-type == m7g.large && attribute:stack == prod",
                Answer::Unknown,
            ),
            ("not (attribute:ecs.instance-type == t2.small)", Answer::Always),
            ("not(attribute:ecs.instance-type == t2.small)", Answer::Always),
            ("not(task:group == databases)", Answer::Unknown),
            (
                "!(attribute:ecs.instance-type == t2.small or attribute:ecs.instance-type == m7g.large)",
                Answer::Never,
            ),
            // Which binds closer is not said.
            (
                "attribute:ecs.instance-type == m7g.large or attribute:ecs.instance-type == a and attribute:ecs.instance-type == b",
                Answer::Unknown,
            ),
            ("not attribute:ecs.instance-type == t2.small", Answer::Unknown),
            ("attribute:ecs.instance-type ==", Answer::Unknown),
            ("attribute:ecs.instance-type is m7g.large", Answer::Unknown),
            ("(attribute:ecs.instance-type == m7g.large", Answer::Unknown),
            ("attribute:ecs.instance-type == m7g.large m7g.large", Answer::Unknown),
            ("", Answer::Unknown),
            ("\"", Answer::Unknown),
        ];
        for (expression, expected) in cases {
            assert_eq!(answer(expression, &values), expected, "{expression}");
        }
        let deep = format!("{}a == b{}", "(".repeat(10_000), ")".repeat(10_000));
        assert_eq!(answer(&deep, &values), Answer::Unknown);
    }
}
