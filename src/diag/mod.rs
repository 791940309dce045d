//! Faults of the user: what is wrong, where, why, and how to repair it.
//!
//! In: what any floor finds. Out: a sorted list of [`Diagnostic`]s, drawn as text, JSON, SARIF or GitHub annotations.
//! Must not know who reports.

pub mod code;
pub mod fix;
pub mod github;
pub mod json;
mod place;
pub mod sarif;
pub mod text;

pub use code::{Code, Severity};

use crate::source::Span;

/// One fault, or one thing worth a warning.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// What kind of fault, by name.
    pub code: Code,
    /// The tightest place; for a missing thing, the block that lacks it.
    pub span: Span,
    /// A lowercase phrase, names in backticks, no full stop.
    pub message: String,
    /// What to write at the underlined place; empty when the message says it all.
    pub label: String,
    /// Other places that matter, each with a phrase.
    pub notes: Vec<Note>,
    /// What to do, as an imperative.
    pub hint: Option<String>,
    /// Edits that repair it, the best first.
    pub fixes: Vec<Fix>,
}

/// Another place that matters to a fault.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// The place.
    pub span: Span,
    /// A lowercase phrase about it.
    pub text: String,
}

/// A repair: edits that are applied together.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// What it does, as an imperative.
    pub title: String,
    /// Its edits; they do not overlap.
    pub edits: Vec<Edit>,
    /// Whether `check --fix` may apply it unasked: it cannot change the meaning the user had in mind.
    pub safe: bool,
}

/// Text to put in the place of a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What to replace.
    pub span: Span,
    /// The text to put there.
    pub text: String,
}

impl Diagnostic {
    /// A fault of kind `code` at `span`.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            span,
            message: message.into(),
            label: String::new(),
            notes: Vec::new(),
            hint: None,
            fixes: Vec::new(),
        }
    }

    /// Adds the phrase at the underlined place.
    pub fn label(&mut self, text: impl Into<String>) -> &mut Diagnostic {
        self.label = text.into();
        self
    }

    /// Adds another place with a phrase.
    pub fn note(&mut self, span: Span, text: impl Into<String>) -> &mut Diagnostic {
        self.notes.push(Note {
            span,
            text: text.into(),
        });
        self
    }

    /// Says what to do.
    pub fn hint(&mut self, text: impl Into<String>) -> &mut Diagnostic {
        self.hint = Some(text.into());
        self
    }

    /// What to do: the hint, else the title of the best repair.
    pub fn help(&self) -> Option<&str> {
        let title = || self.fixes.first().map(|fix| fix.title.as_str());
        self.hint.as_deref().or_else(title)
    }

    /// Adds a repair that `check --fix` applies: it replaces `span` by `text`.
    pub fn fix(&mut self, title: impl Into<String>, span: Span, text: impl Into<String>) -> &mut Diagnostic {
        self.fixes.push(Fix {
            title: title.into(),
            edits: vec![Edit {
                span,
                text: text.into(),
            }],
            safe: true,
        });
        self
    }

    /// Adds a repair that only a person can choose; editors offer it, `check --fix` leaves it.
    pub fn suggest(&mut self, title: impl Into<String>, span: Span, text: impl Into<String>) -> &mut Diagnostic {
        self.fix(title, span, text);
        if let Some(fix) = self.fixes.last_mut() {
            fix.safe = false;
        }
        self
    }

    /// Asks whether `name` was meant at `span`, and offers to write it. For names of the user: another of them may be
    /// just as near.
    pub fn did_you_mean(&mut self, name: &str, span: Span) -> &mut Diagnostic {
        self.hint(format!("did you mean `{name}`?"));
        self.suggest(format!("write `{name}`"), span, name)
    }

    /// Asks whether `word` was meant by what is `written` at `span`. For words of the language: where one slip lies
    /// between the two, `check --fix` writes it.
    pub fn did_you_mean_word(&mut self, word: &str, written: &str, span: Span) -> &mut Diagnostic {
        self.did_you_mean(word, span);
        if let Some(fix) = self.fixes.last_mut() {
            fix.safe = is_slip(written, word);
        }
        self
    }
}

/// The sink that every floor reports to; the function that reports carries on.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    concealed: Vec<Span>,
}

impl Diagnostics {
    /// Reports a fault; what it returns takes label, notes, hint and fixes.
    pub fn report(&mut self, code: Code, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        self.list.push(Diagnostic::new(code, span, message));
        self.list.last_mut().expect("one was just pushed")
    }

    /// Keeps what stands at `span` from being shown with this or any other fault: it is a secret, or may be one.
    pub fn conceal(&mut self, span: Span) {
        self.concealed.push(span);
    }

    /// What must not be shown.
    pub fn concealed(&self) -> &[Span] {
        &self.concealed
    }

    /// Takes in a finished fault.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Whether anything of severity error was reported.
    pub fn has_errors(&self) -> bool {
        let mut severities = self.list.iter().map(|fault| fault.code.severity());
        severities.any(|severity| severity == Severity::Error)
    }

    /// All reported, in the order of files and places, each once.
    pub fn sorted(&self) -> Vec<Diagnostic> {
        let mut sorted = self.list.clone();
        sorted.sort_by(|a, b| {
            let key = |fault: &Diagnostic| (fault.span, fault.code.name());
            key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
        });
        sorted.dedup_by(|a, b| (a.span, a.code, &a.message) == (b.span, b.code, &b.message));
        sorted
    }

    /// How many were reported so far; with [`Diagnostics::since`], what a part of a run added.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether nothing was reported.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// What was reported after the first `len`.
    pub fn since(&self, len: usize) -> &[Diagnostic] {
        &self.list[len..]
    }
}

/// The candidate nearest to `name`, if one is near enough to be what was meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = match name.chars().count() {
        0..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    let scored = candidates
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate));
    let best = scored.min_by_key(|(distance, candidate)| (*distance, *candidate));
    best.filter(|(distance, _)| *distance <= limit)
        .map(|(_, candidate)| candidate)
}

/// How many slips of the hand lie between a name and a candidate; case and kind of dash are none.
fn distance(name: &str, candidate: &str) -> usize {
    let lower = name.to_lowercase().replace('_', "-");
    strsim::osa_distance(&lower, &candidate.to_lowercase())
}

/// Whether `written` is `word` but for one slip. Short words are a slip away from too many others.
fn is_slip(written: &str, word: &str) -> bool {
    let slips = usize::from(written.chars().count() >= 5);
    distance(written, word) <= slips
}
