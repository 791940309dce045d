//! How a document is written. In: its tree as JSON. Out: text: YAML in all its styles as dice decide, YAML's flow style, or
//! JSON. Whatever the style, the text says the same.

use serde_json::Value as Json;

/// A source of decisions that gives the same ones each time.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        // SplitMix64: <https://prng.di.unimi.it/splitmix64.c>.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }
}

/// The documents in one file, each as JSON on a line of its own.
pub fn flow(documents: &[Json]) -> String {
    let lines = documents.iter().map(|document| format!("---\n{document}\n"));
    lines.collect()
}

/// The documents in one file, in block style.
pub fn yaml(documents: &[Json], dice: &mut Dice) -> String {
    let texts: Vec<String> = documents.iter().map(|document| block(document, dice)).collect();
    texts.join("---\n")
}

/// A document in block style, with comments if the dice will have it.
pub fn block(document: &Json, dice: &mut Dice) -> String {
    let mut writer = Writer {
        text: String::new(),
        comments: dice.roll(2) == 0,
        dice,
    };
    writer.mapping(document, 0);
    writer.text
}

struct Writer<'a> {
    text: String,
    comments: bool,
    dice: &'a mut Dice,
}

/// Readers of YAML take these for something else than strings.
fn is_word(text: &str) -> bool {
    let taken = ["null", "true", "false"];
    let inside = |character: char| character.is_ascii_alphanumeric() || "_./-".contains(character);
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(inside)
        && !taken.contains(&text.to_lowercase().as_str())
}

/// `${path}`, perhaps with words around it: plain in block style.
fn is_path(text: &str) -> bool {
    let inside = |character: char| character.is_ascii_alphanumeric() || "_./-${}:".contains(character);
    text.contains("${") && text.chars().all(inside) && !text.ends_with(':')
}

impl Writer<'_> {
    fn remark(&mut self, indent: usize) {
        if self.comments && self.dice.roll(6) == 0 {
            let number = self.dice.roll(1000);
            self.text.push_str(&format!("{:indent$}# remark {number}\n", ""));
        }
    }

    fn end(&mut self) {
        if self.comments && self.dice.roll(6) == 0 {
            let number = self.dice.roll(1000);
            self.text.push_str(&format!(" # note {number}"));
        }
        self.text.push('\n');
    }

    fn mapping(&mut self, json: &Json, indent: usize) {
        for (key, value) in json.as_object().expect("a mapping") {
            self.remark(indent);
            self.text.push_str(&" ".repeat(indent));
            self.entry(key, value, indent);
        }
    }

    fn entry(&mut self, key: &str, value: &Json, indent: usize) {
        self.text.push_str(&match is_word(key) {
            true => format!("{key}:"),
            false => format!("{}:", Json::from(key)),
        });
        self.value(value, indent);
    }

    /// What stands behind `key:` or `-`, with its line's end.
    fn value(&mut self, value: &Json, indent: usize) {
        if let Some(short) = self.short_form(value) {
            self.text.push_str(&format!(" {short}"));
            return self.end();
        }
        match value {
            Json::Object(map) if map.is_empty() || self.dice.roll(3) == 0 => {
                self.text.push_str(&format!(" {value}"));
                self.end();
            }
            Json::Array(list) if list.is_empty() || self.dice.roll(3) == 0 => {
                self.text.push_str(&format!(" {value}"));
                self.end();
            }
            Json::Object(_) => {
                self.end();
                self.mapping(value, indent + 2);
            }
            Json::Array(items) => {
                self.end();
                let indent = indent + 2 * self.dice.roll(2);
                for item in items {
                    self.remark(indent);
                    self.text.push_str(&format!("{:indent$}-", ""));
                    self.item(item, indent);
                }
            }
            Json::String(text) if self.is_literal(text) => self.literal(text, indent + 2),
            _ => {
                let scalar = self.scalar(value);
                self.text.push_str(&format!(" {scalar}"));
                self.end();
            }
        }
    }

    /// What stands behind `-`: a mapping begins on the same line.
    fn item(&mut self, item: &Json, indent: usize) {
        match item.as_object() {
            Some(map) if !map.is_empty() && self.dice.roll(2) == 0 && self.short_form(item).is_none() => {
                let mut first = true;
                for (key, value) in map {
                    let before = if first { " ".to_string() } else { " ".repeat(indent + 2) };
                    self.text.push_str(&before);
                    self.entry(key, value, indent + 2);
                    first = false;
                }
            }
            _ => self.value(item, indent),
        }
    }

    /// CloudFormation's functions in their short forms.
    fn short_form(&mut self, value: &Json) -> Option<String> {
        let map = value.as_object().filter(|map| map.len() == 1)?;
        let (name, argument) = map.iter().next()?;
        match (name.as_str(), argument) {
            ("Ref", Json::String(id)) => Some(format!("!Ref {id}")),
            ("Fn::Sub", Json::String(_)) => Some(format!("!Sub {argument}")),
            ("Fn::GetAtt", Json::Array(parts)) => {
                let parts: Vec<&str> = parts.iter().filter_map(Json::as_str).collect();
                Some(format!("!GetAtt {}", parts.join(".")))
            }
            _ => None,
        }
    }

    fn is_literal(&mut self, text: &str) -> bool {
        let lines = || text.trim_end_matches('\n').split('\n');
        let plain = |line: &str| !line.ends_with(' ') && !line.contains('\t');
        text.contains('\n') && !text.starts_with([' ', '\n']) && lines().all(plain) && self.dice.roll(2) == 0
    }

    fn literal(&mut self, text: &str, indent: usize) {
        let body = text.trim_end_matches('\n');
        let sign = match text.len() - body.len() {
            0 => "|-",
            1 => "|",
            _ => "|+",
        };
        self.text.push_str(&format!(" {sign}\n"));
        for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
            match line {
                "" => self.text.push('\n'),
                line => self.text.push_str(&format!("{:indent$}{line}\n", "")),
            }
        }
    }

    fn scalar(&mut self, value: &Json) -> String {
        let Json::String(text) = value else {
            return value.to_string();
        };
        let style = self.dice.roll(4);
        match style {
            0 | 1 if is_word(text) || is_path(text) => text.clone(),
            2 if !text.contains(['\n', '\t']) => format!("'{}'", text.replace('\'', "''")),
            _ => value.to_string(),
        }
    }
}
