//! The table of codes: a name for each kind of fault, its severity, and its page.

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing is written while one stands.
    Error,
    /// Worth a look; refused only under `--deny-warnings`.
    Warning,
}

/// A kind of fault, by its kebab-case name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(&'static Entry);

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    name: &'static str,
    severity: Severity,
    structural: bool,
    page: &'static str,
}

impl Code {
    /// The name a user sees and looks up with `explain`.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        self.0.severity
    }

    /// Whether the JSON Schema finds the same fault: a wrong key, type or value at one place of one document.
    pub fn is_structural(self) -> bool {
        self.0.structural
    }

    /// The page that explains it, in Markdown.
    pub fn page(self) -> &'static str {
        self.0.page
    }

    /// The code of this name.
    pub fn named(name: &str) -> Option<Code> {
        Code::all().find(|code| code.name() == name)
    }

    /// All codes, by name.
    pub fn all() -> impl Iterator<Item = Code> {
        TABLE.iter().copied()
    }
}

/// Declares the codes: `CONSTANT "name" Severity kind;`, sorted by name, each with its page `codes/<name>.md`.
///
/// `structural` faults are those that the JSON Schema finds too; `meaning` is all else.
macro_rules! codes {
    ($($constant:ident $name:literal $severity:ident $kind:ident;)*) => {
        $(
            #[doc = concat!("`", $name, "`: see its page, `codes/", $name, ".md`.")]
            pub const $constant: Code = Code(&Entry {
                name: $name,
                severity: Severity::$severity,
                structural: codes!(@ $kind),
                page: include_str!(concat!("codes/", $name, ".md")),
            });
        )*
        static TABLE: &[Code] = &[$($constant),*];
    };
    (@ structural) => { true };
    (@ meaning) => { false };
}

codes! {
    WRONG_TYPE "wrong-type" Error structural;
    YAML_SYNTAX "yaml-syntax" Error meaning;
}
