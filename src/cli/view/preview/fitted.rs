//! A document that is no longer than a comment may be: what is gravest is kept, and what is left out is counted. In: sections.
//! Out: one text. Must not know what stands in it.

/// How long a comment may be at GitHub, in letters. A letter that takes two units there counts as two, to be sure.
const MOST: usize = 65_535;

/// Room for what pipelines put around it, such as the marker and a link to the page.
const AROUND: usize = 1_500;

/// Room for the sentence that says what was left out.
const NOTE: usize = 300;

/// What takes no more than so many letters says how many there are more.
const COUNT: usize = 40;

/// So many names are listed.
const NAMES: usize = 40;

/// A stack.
pub(super) struct Section {
    /// What stands at its beginning.
    pub head: String,
    /// What is in it.
    pub groups: Vec<Group>,
}

/// Resources that go through the same.
pub(super) struct Group {
    /// What stands before them.
    pub begin: String,
    /// The resources, the gravest first.
    pub entries: Vec<Entry>,
    /// What stands behind them.
    pub end: String,
}

/// A resource.
pub(super) struct Entry {
    /// What is kept first: less is graver.
    pub gravity: usize,
    /// Whether all that is to be said of it is kept before any other is listed.
    pub first: bool,
    /// What is to be said of it.
    pub brief: String,
    /// What may be said of it too.
    pub more: String,
}

impl Section {
    /// A section that is only a line.
    pub fn line(head: String) -> Section {
        let groups = Vec::new();
        Section { head, groups }
    }

    fn frame(&self) -> usize {
        let groups = self.groups.iter();
        let groups = groups.map(|group| length(&group.begin) + length(&group.end) + COUNT);
        length(&self.head) + groups.sum::<usize>()
    }
}

/// How much of an entry is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Nothing,
    Brief,
    Whole,
}

/// The length as GitHub counts at most.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Names in a row; those that are too many are counted.
pub(super) fn listed(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(NAMES).map(String::as_str).collect();
    let shown = shown.join(", ");
    match names.len().saturating_sub(NAMES) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The whole, as far as there is room.
pub(super) fn document(head: &str, sections: &[Section], foot: &str) -> String {
    let mut fitting = Fitting::of(
        sections,
        (MOST - AROUND - NOTE).saturating_sub(length(head) + length(foot)),
    );
    fitting.frame(true);
    fitting.fill(true);
    fitting.frame(false);
    fitting.fill(false);
    format!("{head}{}{}{foot}", fitting.note(), fitting.text())
}

/// Where an entry stands: its section, its group, its number there.
type At = (usize, usize, usize);

/// What is shown of sections, as it is decided.
struct Fitting<'a> {
    sections: &'a [Section],
    room: usize,
    /// Which sections are there.
    framed: Vec<bool>,
    /// All entries, the gravest first.
    order: Vec<At>,
    shown: Vec<Vec<Vec<Shown>>>,
}

impl<'a> Fitting<'a> {
    fn of(sections: &'a [Section], room: usize) -> Fitting<'a> {
        let nothing = |group: &Group| vec![Shown::Nothing; group.entries.len()];
        let mut order: Vec<At> = Vec::new();
        for (at, section) in sections.iter().enumerate() {
            for (number, group) in section.groups.iter().enumerate() {
                order.extend((0..group.entries.len()).map(|entry| (at, number, entry)));
            }
        }
        order.sort_by_key(|(at, group, entry)| sections[*at].groups[*group].entries[*entry].gravity);
        Fitting {
            sections,
            room,
            framed: vec![false; sections.len()],
            order,
            shown: sections
                .iter()
                .map(|section| section.groups.iter().map(nothing).collect())
                .collect(),
        }
    }

    fn entry(&self, (at, group, entry): At) -> &'a Entry {
        &self.sections[at].groups[group].entries[entry]
    }

    fn take(&mut self, cost: usize) -> bool {
        let fits = cost <= self.room;
        self.room -= if fits { cost } else { 0 };
        fits
    }

    /// Makes room for the heads of sections. Those that come late must leave half of the room to what is in them.
    fn frame(&mut self, first: bool) {
        let least = if first { 0 } else { self.room / 2 };
        for (at, section) in self.sections.iter().enumerate() {
            let mut entries = section.groups.iter().flat_map(|group| &group.entries);
            let cost = section.frame();
            if !self.framed[at] && entries.any(|entry| entry.first) == first && self.room >= least + cost {
                self.framed[at] = self.take(cost);
            }
        }
    }

    /// Shows entries as far as there is room: what each is, then what is in it.
    fn fill(&mut self, first: bool) {
        let places = self.order.iter().filter(|place| self.entry(**place).first == first);
        let places: Vec<At> = places.copied().filter(|place| self.framed[place.0]).collect();
        for place @ (at, group, number) in &places {
            if self.take(length(&self.entry(*place).brief)) {
                self.shown[*at][*group][*number] = Shown::Brief;
            }
        }
        for place @ (at, group, number) in &places {
            let is_brief = self.shown[*at][*group][*number] == Shown::Brief;
            if is_brief && self.take(length(&self.entry(*place).more)) {
                self.shown[*at][*group][*number] = Shown::Whole;
            }
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let framed = self.sections.iter().zip(&self.shown).zip(&self.framed);
        for ((section, shown), _) in framed.filter(|(_, framed)| **framed) {
            text.push_str(&section.head);
            for (group, shown) in section.groups.iter().zip(shown) {
                text.push_str(&group.begin);
                for (entry, shown) in group.entries.iter().zip(shown) {
                    match shown {
                        Shown::Nothing => continue,
                        Shown::Brief => text.push_str(&entry.brief),
                        Shown::Whole => text.extend([entry.brief.as_str(), &entry.more]),
                    }
                }
                let left = shown.iter().filter(|shown| **shown == Shown::Nothing).count();
                if left > 0 {
                    text.push_str(&format!("- and {left} more\n"));
                }
                text.push_str(&group.end);
            }
        }
        text
    }

    /// What was left out, in a sentence.
    fn note(&self) -> String {
        let count = |wanted: Shown| {
            let all = self.shown.iter().flatten().flatten();
            all.filter(|shown| **shown == wanted).count()
        };
        let stages = self.framed.iter().filter(|framed| !**framed).count();
        let parts = [
            (stages, "stages"),
            (count(Shown::Nothing), "resources"),
            (count(Shown::Brief), "resources' values"),
        ];
        let parts = parts.iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
        match parts.is_empty() {
            true => String::new(),
            false => format!(
                "\nThis is longer than a comment may be. Left out here: {}. The page of `plan --html` has all.\n",
                parts.join(", ")
            ),
        }
    }
}
