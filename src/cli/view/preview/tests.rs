//! How a plan looks to those who decide over it: one plan in each view, what no text of a stranger may do there, and how long a
//! comment becomes.

use crate::cli::failure::Exit;
use crate::deploy::watch::Outcome;
use crate::plan::consequence::{Consequence, Effect};
use crate::plan::edit::{Edit, HIDDEN};
use crate::plan::preview::{Basis, Preview, StackPreview, StackState, StagePreview};
use crate::plan::stakes::{Sort, Stake};
use crate::template::Place;

use super::report::{Report, Told};
use super::{Account, annotations, markdown, page};

/// A plan in which everything happens.
const PLAN: &str = include_str!("../../../../tests/views/plan.json");

/// The letters that GitHub takes in a comment.
const MOST: usize = 65_536;

fn plan() -> Preview {
    serde_json::from_str(PLAN).expect("it is a preview")
}

fn account() -> Account {
    Account {
        number: "111122223333".to_string(),
        region: "eu-west-1".to_string(),
    }
}

/// A view of a plan.
fn viewed(preview: &Preview, exit: Exit, view: impl Fn(&Report) -> String) -> String {
    let account = account();
    view(&Report {
        preview,
        account: &account,
        subject: "shop on production",
        exit,
        halt: None,
        told: vec![Told {
            title: "What the rollout will do",
            about: "By the spec alone.",
            text: "production: 3 × m7g.large\n  web  4 copies  converges, 1 wave\n".to_string(),
            drawn: None,
        }],
    })
}

fn html(preview: &Preview) -> String {
    viewed(preview, Exit::Done, page::page)
}

fn comment(preview: &Preview) -> String {
    viewed(preview, Exit::Done, markdown::text)
}

/// Compares with what is kept beside the other views.
fn compare(name: &str, text: String) {
    insta::with_settings!({
        snapshot_path => "../../../../tests/snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, { insta::assert_snapshot!(name, text) });
}

#[test]
fn the_comment_of_a_pull_request() {
    let text = markdown::marker(". production") + &comment(&plan());
    compare("plan__comment", text);
}

#[test]
fn annotations_at_the_lines() {
    compare("plan__annotations", viewed(&plan(), Exit::Done, annotations::text));
}

#[test]
fn a_page_needs_nothing_else() {
    let first = html(&plan());
    assert_eq!(first, html(&plan()), "the same plan makes the same page");
    for word in ["<script", "<link", "<img", "src=", "@import", "http:", "https:"] {
        assert!(!first.contains(word), "{word}");
    }
    let links = first
        .match_indices("href=\"")
        .map(|(at, found)| &first[at + found.len()..]);
    assert!(links.clone().count() > 3);
    for link in links {
        let name = link
            .strip_prefix('#')
            .and_then(|rest| rest.split('"').next())
            .expect("it stays on the page");
        assert!(first.contains(&format!("id=\"{name}\"")), "{name} is there");
    }
    compare("plan__page", without_style(&first));
}

/// The style is looked at in a browser, not in a snapshot.
fn without_style(page: &str) -> String {
    let (before, rest) = page.split_once("<style>").expect("there is a style");
    let (_, after) = rest.split_once("</style>").expect("it ends");
    // A line for each block, so that a difference can be read.
    format!("{before}{after}").replace("><", ">\n<")
}

#[test]
fn what_is_grave_comes_first() {
    for text in [html(&plan()), comment(&plan())] {
        let at = |word: &str| text.find(word).unwrap_or_else(|| panic!("{word}: {text}"));
        assert!(at("data of 2 resources is at risk") < at("JobsQueue"));
    }
    let text = html(&plan());
    let at = |word: &str| text.find(word).unwrap_or_else(|| panic!("{word}: {text}"));
    assert!(at("Look at this first") < at("In this order"));
    assert!(at("JobsQueue") < at("WebTargetGroup"));
    assert!(at("WebTargetGroup") < at("WorkerService"));
}

#[test]
fn a_verdict_fits_what_is_known() {
    let stack = |state: StackState, basis: Basis| {
        let stages = vec![StagePreview::Stack(StackPreview {
            stack: "production-shop".to_string(),
            state,
            basis,
            ..StackPreview::default()
        })];
        Preview {
            stages,
            ..Preview::default()
        }
    };
    let why = || Basis::Nothing {
        why: "it is UPDATE_ROLLBACK_FAILED".to_string(),
    };
    let failed = Exit::Deployment(Outcome::Failed);
    let refused = viewed(&stack(StackState::Refused, why()), failed, markdown::text);
    assert!(
        refused.contains("**stack `production-shop` takes no change**"),
        "{refused}"
    );
    assert!(
        refused.contains("UPDATE\\_ROLLBACK\\_FAILED") && refused.contains("exit 4: "),
        "{refused}"
    );
    let locked = Exit::Deployment(Outcome::Locked);
    let locked = viewed(&stack(StackState::Locked, why()), locked, page::page);
    assert!(
        locked.contains("somebody else changes stack") && locked.contains("exit 6: "),
        "{locked}"
    );
    let calm = comment(&stack(StackState::Deployed, Basis::ChangeSet));
    assert!(
        calm.starts_with("## ✅ Plan for `shop on production`: no stack changes\n\n**there is nothing to do**"),
        "{calm}"
    );
    assert!(
        calm.ends_with("\n</details>\n\nNo changes: `production-shop`\n"),
        "{calm}"
    );
}

#[test]
fn an_image_that_is_missing_is_said_with_what_to_do() {
    let place = Place {
        file: "shop.yml".to_string(),
        line: 9,
        column: 8,
    };
    let image = StagePreview::Image {
        repository: "shop".to_string(),
        image: String::new(),
        digest: None,
        place,
    };
    let preview = Preview {
        stages: vec![image],
        left: vec!["change set a of stack b".to_string()],
        ..Preview::default()
    };
    for text in [html(&preview), comment(&preview)] {
        assert!(text.contains("it waits for an image in"), "{text}");
        assert!(
            text.contains("docker push 111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1"),
            "{text}"
        );
        assert!(text.contains("shop.yml:9:8"), "{text}");
        assert!(text.contains("change set a of stack b"), "{text}");
    }
}

/// What a page, a comment, a runner or a terminal would obey.
const HOSTILE: &str = "<script>alert(1)</script> </details> ```` | [a](http://b) @octocat #1 ::error::x ##[error]y \u{1b}[2J\n::error::z --> ` <img src=x>";

fn hostile() -> Preview {
    let text = || HOSTILE.to_string();
    let edit = Edit {
        property: text(),
        before: Some(text()),
        after: Some(text()),
        recreates: None,
        hidden: None,
    };
    let one = |effect: Effect| Consequence {
        effect,
        logical: text(),
        kind: text(),
        physical: Some(text()),
        owner: Some(text()),
        place: Some(Place {
            file: text(),
            line: 1,
            column: 1,
        }),
        stakes: vec![Stake {
            sort: Sort::Data,
            text: text(),
        }],
        edits: vec![edit.clone()],
        causes: vec![text()],
        note: Some(text()),
    };
    let stack = StackPreview {
        stack: text(),
        state: StackState::Refused,
        basis: Basis::Nothing { why: text() },
        consequences: Effect::ALL.into_iter().map(one).collect(),
        beside: true,
        after: vec![text()],
        possible: [text()].into(),
        ..StackPreview::default()
    };
    Preview {
        stages: vec![StagePreview::Stack(stack)],
        left: vec![text()],
        ..Preview::default()
    }
}

#[test]
fn texts_of_strangers_are_shown_and_not_obeyed() {
    let page = html(&hostile());
    assert!(page.contains("&lt;script&gt;"), "it is escaped");
    for word in ["<script", "<img", "\u{1b}"] {
        assert!(!page.contains(word), "{word}");
    }
    let text = markdown::marker(HOSTILE) + &comment(&hostile());
    let mut fence: Option<&str> = None;
    for (number, line) in text.lines().enumerate() {
        let bare = line.trim_start();
        let ticks = &bare[..bare.len() - bare.trim_start_matches('`').len()];
        match fence {
            Some(open) => {
                if bare == open {
                    fence = None;
                }
                continue;
            }
            None if ticks.len() > 2 && bare.ends_with("diff") => {
                fence = Some(ticks);
                continue;
            }
            None => {}
        }
        let shown = outside_of_code(line);
        let own = ["<details>", "</details>", "<summary>", "</summary>"];
        let shown = own.iter().fold(shown, |shown, tag| shown.replace(tag, ""));
        // The first line is a comment of HTML, in which nothing is obeyed.
        if number == 0 {
            continue;
        }
        assert!(!shown.contains('<'), "{line}");
        assert!(
            !shown.contains("@octocat") && !shown.contains("#1") && !shown.contains("](http"),
            "{line}"
        );
    }
    assert_eq!(fence, None, "each fence is closed");
    let first = text.lines().next().expect("there is a first line");
    assert!(first.ends_with(" -->") && first.matches("-->").count() == 1, "{first}");
    assert_eq!(text.matches("<details>").count(), 6);
    let github = viewed(&hostile(), Exit::Done, annotations::text);
    assert_eq!(github.lines().count(), 1, "{github}");
    assert!(
        github.starts_with("::warning file=") && !github.contains('\u{1b}'),
        "{github}"
    );
    assert!(!github[2..].contains(",title=x"), "{github}");
}

/// A line without what stands in spans of code, and without letters that are escaped.
fn outside_of_code(line: &str) -> String {
    let mut plain = String::new();
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => letters.next().map(|_| plain.push(' ')).unwrap_or_default(),
            letter => plain.push(letter),
        }
    }
    let mut shown = String::new();
    let mut rest = plain.as_str();
    while let Some(start) = rest.find('`') {
        let run = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let ticks = "`".repeat(run);
        shown.push_str(&rest[..start]);
        let after = &rest[start + run..];
        // It ends with a run that is just as long.
        let mut from = 0;
        let end = loop {
            let Some(found) = after[from..].find(&ticks) else {
                break None;
            };
            let at = from + found;
            let longer = after[at..].len() - after[at..].trim_start_matches('`').len();
            if longer == run {
                break Some(at + run);
            }
            from = at + longer;
        };
        match end {
            Some(end) => rest = &after[end..],
            None => rest = after,
        }
    }
    shown + rest
}

/// A plan of so many resources that changes, and one among the last of which data is lost.
fn long(stacks: usize, resources: usize) -> Preview {
    let mut preview = plan();
    let StagePreview::Stack(pattern) = preview.stages[6].clone() else {
        panic!("the last stage is a stack");
    };
    let changed = pattern.consequences.iter().find(|one| one.effect == Effect::Changed);
    let changed = changed.expect("something changes").clone();
    for number in 0..stacks {
        let mut stack = pattern.clone();
        stack.stack = format!("production-shop{number}");
        let many = (0..resources).map(|at| Consequence {
            logical: format!("Thing{number}x{at}𝄞"),
            ..changed.clone()
        });
        stack.consequences = many.collect();
        preview.stages.insert(0, StagePreview::Stack(stack));
    }
    preview
}

#[test]
fn a_long_plan_is_cut_where_it_is_least_grave_and_says_so() {
    let short = comment(&long(1, 10));
    assert!(!short.contains("Left out here"), "{short}");
    for (stacks, resources) in [(1, 400), (3, 700), (40, 40), (900, 2), (1, 5000)] {
        let text = markdown::marker(".") + &comment(&long(stacks, resources));
        let units = text.encode_utf16().count();
        assert!(units < MOST, "{units}");
        assert!(units > MOST * 4 / 5, "there is room for more: {units}");
        assert!(text.contains("Left out here: "), "it is said");
        for grave in ["`JobsQueue`", "`WebTargetGroup`", "`ReportSchedule`"] {
            assert!(text.contains(grave), "{grave} is grave");
        }
        assert!(
            text.contains("@@ FifoQueue @@ makes it anew\n  - false\n  + true"),
            "{text}"
        );
        let count = |word: &str| text.matches(word).count();
        assert_eq!(count("<details>"), count("</details>"));
    }
    let text = comment(&long(1, 5000));
    let shown = text.matches("`Thing").count();
    assert!(text.contains(&format!("- and {} more\n", 5000 - shown)), "{shown}");
    let text = html(&long(1, 2000));
    assert!(text.contains("Thing0x1999"), "the page has all");
}

#[test]
fn what_else_is_told_is_cut_in_a_comment_and_whole_on_the_page() {
    let (preview, account) = (plan(), account());
    let lines = (0..100).map(|number| format!("line {number} {}\n", "x".repeat(500)));
    let report = Report {
        preview: &preview,
        account: &account,
        subject: "shop",
        exit: Exit::Done,
        halt: None,
        told: vec![Told {
            title: "What the rollout will do",
            about: "By the spec alone.",
            text: lines.collect(),
            drawn: None,
        }],
    };
    let text = markdown::text(&report);
    assert!(text.contains("line 59 x") && !text.contains("line 60 x"), "{text}");
    assert!(
        text.contains("\nand 40 lines more\n") && !text.contains(&"x".repeat(200)),
        "{text}"
    );
    assert!(page::page(&report).contains(&format!("line 99 {}", "x".repeat(500))));
}

#[test]
fn no_value_that_is_hidden_is_in_a_view() {
    let text = [html(&plan()), comment(&plan())].concat();
    assert!(text.contains(HIDDEN));
    // The page says what that word stands for; a plan without it says nothing.
    let mut preview = plan();
    preview.stages.truncate(4);
    assert!(!html(&preview).contains(HIDDEN));
}

#[test]
fn a_plan_that_could_not_be_made_says_why() {
    let text = markdown::failure(". production", "AWS said `no`\n```\n<b>");
    assert_eq!(
        text,
        "## ❌ Plan for `. production`: it could not be made\n\n````text\nAWS said `no`\n```\n<b>\n````\n"
    );
}
