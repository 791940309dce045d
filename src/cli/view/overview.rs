//! How `status` looks: clusters and their room, apps and their services, then what somebody should look at. In: a [`Status`].
//! Out: text for a person, or JSON with a version.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cloud::{Moment, span_of_time};
use crate::operate::roster::DAEMONS;
use crate::operate::status::{
    AppStatus, ClusterStatus, Gravity, InstanceStatus, LastRun, ServiceStatus, StackStatus, Status, TaskStatus,
};
use crate::plan::When;

use super::plain::printable;

/// The version of the JSON shape.
const VERSION: u32 = 1;

/// The most columns of a name.
const NAME: usize = 24;

/// Which account was looked at.
pub(in crate::cli) struct Account<'a> {
    pub number: &'a str,
    pub region: &'a str,
}

/// A status for a program.
pub(in crate::cli) fn json(status: &Status, account: &Account<'_>) -> String {
    let mut document = json!({"version": VERSION, "account": account.number, "region": account.region});
    let seen = serde_json::to_value(status).expect("a status has string keys");
    if let (Value::Object(document), Value::Object(seen)) = (&mut document, seen) {
        document.extend(seen);
    }
    format!("{document:#}\n")
}

/// A status for a person.
pub(in crate::cli) fn text(status: &Status, account: &Account<'_>, width: usize) -> String {
    let mut page = Page {
        text: String::new(),
        width,
        now: status.at,
    };
    page.text = format!("account {}, {}\n", account.number, account.region);
    for cluster in &status.clusters {
        page.cluster(cluster);
    }
    page.attention(status);
    page.text
}

struct Page {
    text: String,
    width: usize,
    now: Moment,
}

impl Page {
    fn age(&self, at: Moment) -> String {
        span_of_time(self.now.since(at))
    }

    /// Adds lines that stand from the column `left` on, in a colour.
    fn add(&mut self, left: usize, first: &str, colour: &str, what: &str) {
        let room = self.width.saturating_sub(left).max(24);
        // Words stay whole: an ID can be copied.
        let options = textwrap::Options::new(room)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for (number, line) in textwrap::wrap(&printable(what), options).iter().enumerate() {
            let label = if number == 0 { first } else { "" };
            let line = match colour {
                "" => line.to_string(),
                colour => format!("\u{1b}[{colour}m{line}\u{1b}[0m"),
            };
            self.text.push_str(&format!("{label:left$}{line}\n"));
        }
    }

    fn cluster(&mut self, cluster: &ClusterStatus) {
        let stack = cluster.stack.as_ref().map(|stack| format!("  {}", self.stack(stack)));
        let stack = stack.unwrap_or_default();
        self.text.push_str(&format!(
            "\n\u{1b}[1mcluster {}\u{1b}[0m\u{1b}[2m{stack}\u{1b}[0m\n",
            cluster.name
        ));
        if let Some(lease) = &cluster.lease {
            let text = format!("{} deploys, for {}", lease.who, self.age(lease.since));
            self.add(2, "", "36", &text);
        }
        self.zones(&cluster.instances);
        let room: Vec<String> = cluster
            .room
            .iter()
            .map(|room| format!("{} more of {}/{}", room.copies, room.app, room.service))
            .collect();
        if !room.is_empty() {
            self.add(2, "", "2", &format!("room for {} (each by itself)", room.join(", ")));
        }
        for app in &cluster.apps {
            if app.name != DAEMONS || !app.services.is_empty() {
                self.app(app);
            }
        }
    }

    fn stack(&self, stack: &StackStatus) -> String {
        match (&stack.status, stack.updated) {
            (Some(status), Some(updated)) => format!("{status}, {} ago", self.age(updated)),
            (Some(status), None) => status.clone(),
            (None, _) => "not deployed".to_string(),
        }
    }

    /// The instances, a line for each zone.
    fn zones(&mut self, instances: &[InstanceStatus]) {
        let mut zones: BTreeMap<&str, Vec<&InstanceStatus>> = BTreeMap::new();
        for instance in instances {
            zones.entry(&instance.zone).or_default().push(instance);
        }
        for (zone, all) in zones {
            let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
            for instance in &all {
                *kinds.entry(&instance.kind).or_default() += 1;
            }
            let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            let sum = |of: fn(&InstanceStatus) -> i64| all.iter().map(|one| of(one)).sum::<i64>();
            let free = format!(
                "{} of {} vCPU and {} of {} GiB free",
                share(sum(|one| one.cpu.1), 1024),
                share(sum(|one| one.cpu.0), 1024),
                share(sum(|one| one.memory.1), 1024),
                share(sum(|one| one.memory.0), 1024),
            );
            let silent = all.iter().filter(|one| !one.connected).count();
            let draining = all.iter().filter(|one| one.status == "DRAINING").count();
            let mut text = format!("{:14} {free}", kinds.join(", "));
            if silent > 0 {
                text.push_str(&format!("  \u{1b}[33m{silent} silent\u{1b}[0m"));
            }
            if draining > 0 {
                text.push_str(&format!("  \u{1b}[33m{draining} being emptied\u{1b}[0m"));
            }
            self.text.push_str(&format!("  {zone:14} {text}\n"));
        }
    }

    fn app(&mut self, app: &AppStatus) {
        let own = app.stacks.last().map(|stack| format!("  {}", self.stack(stack)));
        let kind = if app.name == DAEMONS { "" } else { "app " };
        self.text.push_str(&format!(
            "\n\u{1b}[1m{kind}{}\u{1b}[0m\u{1b}[2m{}\u{1b}[0m\n",
            app.name,
            own.unwrap_or_default()
        ));
        for image in &app.images {
            let digest = image.digest.get(..19).unwrap_or(&image.digest);
            self.add(2, "", "2", &format!("image {}@{digest}", image.repository));
        }
        let names = app.services.iter().map(|one| one.name.as_str());
        let names = names.chain(app.tasks.iter().map(|one| one.name.as_str()));
        let left = 2 + names.map(|name| name.chars().count()).max().unwrap_or(0).min(NAME) + 2;
        for service in &app.services {
            self.service(service, left);
        }
        for task in &app.tasks {
            let text = self.task(task);
            let colour = match &task.last {
                Some(last) if !last.well && task.running.is_empty() => "33",
                _ => "",
            };
            self.add(left, &format!("  {}", task.name), colour, &text);
        }
    }

    fn service(&mut self, service: &ServiceStatus, left: usize) {
        let label = format!("  {}", service.name);
        if !service.deployed {
            self.add(left, &label, "2", "not deployed");
            return;
        }
        let ServiceStatus { desired, healthy, .. } = service;
        let (colour, text) = match &service.rollout {
            Some(rollout) => {
                let mut text = format!("{} of {} new serve", rollout.healthy, rollout.asked);
                if rollout.new > rollout.healthy {
                    text.push_str(&format!(", {} not yet", rollout.new - rollout.healthy));
                }
                if rollout.old > 0 {
                    text.push_str(&format!(", {} old", rollout.old));
                }
                if rollout.failed > 0 {
                    let most = rollout.threshold.map(|most| format!(" of {most}")).unwrap_or_default();
                    text.push_str(&format!(", {}{most} failed", rollout.failed));
                }
                let what = if rollout.going_back {
                    "going back"
                } else {
                    "rolling out"
                };
                let stage = rollout
                    .stage
                    .as_ref()
                    .map(|stage| format!(" ({stage})"))
                    .unwrap_or_default();
                (
                    if rollout.going_back { "31" } else { "36" },
                    format!("{text}; {what} for {}{stage}", self.age(rollout.since)),
                )
            }
            None if healthy >= desired => ("32", format!("{healthy} of {desired} serve")),
            None => {
                let on_the_way = match service.pending {
                    0 => String::new(),
                    pending => format!(", {pending} on their way"),
                };
                ("31", format!("{healthy} of {desired} serve{on_the_way}"))
            }
        };
        self.add(left, &label, colour, &text);
        let mut parts = vec![service.revision.clone()];
        if let Some((healthy, all)) = service.targets {
            parts.push(format!("{healthy} of {all} targets healthy"));
        }
        parts.extend(places(service));
        self.add(left, "", "2", &parts.join(" · "));
    }

    fn task(&self, task: &TaskStatus) -> String {
        let when = match &task.when {
            When::BeforeDeploy => "before each deployment".to_string(),
            When::AfterDeploy => "after each deployment".to_string(),
            When::Schedule(at) => at.clone(),
            When::Manual => "by hand".to_string(),
        };
        let runs = match &task.running[..] {
            [] => String::new(),
            [since] => format!("; runs, for {}", self.age(*since)),
            [first, ..] => format!("; {} run, the first for {}", task.running.len(), self.age(*first)),
        };
        let last = task.last.as_ref().map(|last| self.last(last)).unwrap_or_default();
        format!("{when}{runs}{last}")
    }

    fn last(&self, last: &LastRun) -> String {
        let ago = last.at.map(|at| format!(", {} ago", self.age(at))).unwrap_or_default();
        match (last.well, last.exit) {
            (true, _) => format!("; the last run ended well{ago}"),
            (false, Some(exit)) => format!("; the last run ended with {exit}{ago}"),
            (false, None) => format!("; the last run failed{ago}"),
        }
    }

    fn attention(&mut self, status: &Status) {
        if status.attention.is_empty() {
            self.text.push_str("\n\u{1b}[32mnothing needs attention\u{1b}[0m\n");
            return;
        }
        self.text.push_str("\n\u{1b}[1mneeds attention\u{1b}[0m\n");
        for one in &status.attention {
            let (colour, mark) = match one.gravity {
                Gravity::Bad => ("31", "✗"),
                Gravity::Warning => ("33", "!"),
            };
            self.add(4, &format!("  {mark}"), colour, &format!("{}: {}", one.about, one.text));
            if let Some(help) = &one.help {
                self.add(4, "", "36", help);
            }
        }
    }
}

/// A share of a unit, with as many places as it needs, two at most.
fn share(amount: i64, unit: i64) -> String {
    let hundredths = amount.saturating_mul(100) / unit;
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// In which zones the copies are, and how many where there are several.
fn places(service: &ServiceStatus) -> Option<String> {
    let mut zones: BTreeMap<&str, usize> = BTreeMap::new();
    for copy in &service.copies {
        *zones.entry(copy.zone.as_deref().unwrap_or_default()).or_default() += 1;
    }
    let parts: Vec<String> = zones
        .iter()
        .map(|(zone, count)| match (zone.rsplit('-').next(), count) {
            (None | Some(""), count) => format!("{count} without a place"),
            (Some(zone), 1) => zone.to_string(),
            (Some(zone), count) => format!("{zone} ×{count}"),
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::lease::Standing;
    use crate::operate::status::{Attention, Copy, ImageStatus, Rollout, Room};

    const NOW: Moment = Moment(1_767_603_600_000);

    fn ago(seconds: i64) -> Moment {
        NOW.plus_seconds(-seconds)
    }

    fn stack(name: &str, status: &str) -> StackStatus {
        StackStatus {
            name: name.to_string(),
            status: Some(status.to_string()),
            updated: Some(ago(200)),
        }
    }

    fn instance(zone: &str, connected: bool) -> InstanceStatus {
        InstanceStatus {
            id: format!("i-0{zone}"),
            kind: "m7g.large".to_string(),
            zone: format!("eu-west-{zone}"),
            status: "ACTIVE".to_string(),
            connected,
            tasks: 5,
            cpu: (2048, 768),
            memory: (7689, 1545),
        }
    }

    fn copy(zone: &str) -> Copy {
        Copy {
            zone: Some(format!("eu-west-{zone}")),
            ..Copy::default()
        }
    }

    /// A shop in which not all is well.
    fn shop() -> Status {
        let web = ServiceStatus {
            name: "web".to_string(),
            deployed: true,
            desired: 4,
            running: 4,
            healthy: 4,
            revision: "production-shop-web:7".to_string(),
            targets: Some((4, 4)),
            copies: ["1a", "1a", "1b", "1c"].map(copy).to_vec(),
            ..ServiceStatus::default()
        };
        let worker = ServiceStatus {
            name: "worker".to_string(),
            healthy: 8,
            revision: "production-shop-worker:8".to_string(),
            targets: None,
            rollout: Some(Rollout {
                since: ago(192),
                asked: 10,
                new: 4,
                healthy: 2,
                old: 6,
                failed: 1,
                threshold: Some(5),
                ..Rollout::default()
            }),
            ..web.clone()
        };
        let task = |name: &str, when, running, last| TaskStatus {
            name: name.to_string(),
            when,
            running,
            last,
        };
        let ran = |well, exit, seconds| {
            Some(LastRun {
                well,
                exit: Some(exit),
                at: Some(ago(seconds)),
                why: None,
            })
        };
        let app = AppStatus {
            name: "shop".to_string(),
            stacks: vec![stack("production-shop", "UPDATE_IN_PROGRESS")],
            images: vec![ImageStatus {
                repository: "shop".to_string(),
                digest: format!("sha256:{}", "ab".repeat(32)),
            }],
            services: vec![web, worker],
            tasks: vec![
                task("migrate", When::BeforeDeploy, vec![], ran(true, 0, 300)),
                task(
                    "report",
                    When::Schedule("cron(0 3 * * ? *)".to_string()),
                    vec![],
                    ran(false, 1, 2400),
                ),
                task("console", When::Manual, vec![ago(65)], None),
            ],
        };
        let attention = |gravity, about: &str, text: &str, help: Option<&str>| Attention {
            gravity,
            about: about.to_string(),
            text: text.to_string(),
            help: help.map(str::to_string),
        };
        Status {
            at: NOW,
            clusters: vec![ClusterStatus {
                name: "production".to_string(),
                stack: Some(stack("production-cluster", "UPDATE_COMPLETE")),
                lease: Some(Standing {
                    who: "ana@laptop".to_string(),
                    since: ago(240),
                    until: ago(-60),
                }),
                instances: vec![instance("1a", true), instance("1b", false), instance("1c", true)],
                room: vec![
                    Room {
                        app: "shop".to_string(),
                        service: "web".to_string(),
                        copies: 3,
                    },
                    Room {
                        app: "shop".to_string(),
                        service: "worker".to_string(),
                        copies: 12,
                    },
                ],
                apps: vec![app],
            }],
            attention: vec![
                attention(
                    Gravity::Bad,
                    "shop/worker",
                    "no instance has enough memory left for the task",
                    Some("Raise `capacity.instances.count` or lower `memory:`."),
                ),
                attention(
                    Gravity::Warning,
                    "shop/web",
                    "5 of 4: 1 copy is on an instance whose agent does not answer (i-01b in eu-west-1b), so ECS does not hear of it \u{1b}[2J",
                    None,
                ),
            ],
        }
    }

    fn shown(status: &Status, width: usize) -> String {
        let account = Account {
            number: "111122223333",
            region: "eu-west-1",
        };
        let text = text(status, &account, width);
        assert!(!text.contains("[2J"), "what AWS says is shown, not obeyed");
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn a_status_fits_eighty_columns() {
        let text = shown(&shop(), 80);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        insta::with_settings!({snapshot_path => "../../../tests/snapshots", prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!("status", text);
        });
    }

    #[test]
    fn a_status_in_json_has_a_version_and_all_of_it() {
        let account = Account {
            number: "111122223333",
            region: "eu-west-1",
        };
        let document: Value = serde_json::from_str(&json(&shop(), &account)).expect("it is JSON");
        assert_eq!(document["version"], 1);
        assert_eq!(document["attention"][0]["gravity"], "bad");
        let worker = &document["clusters"][0]["apps"][0]["services"][1];
        assert_eq!(
            (&worker["rollout"]["asked"], &worker["name"]),
            (&json!(10), &json!("worker"))
        );
        assert_eq!(document["clusters"][0]["instances"][0]["type"], "m7g.large");
    }

    #[test]
    fn a_calm_status_says_so() {
        let text = shown(&Status::default(), 80);
        assert!(text.ends_with("nothing needs attention\n"), "{text}");
    }

    #[test]
    fn shares_have_no_idle_zeros() {
        assert_eq!(
            [share(2048, 1024), share(768, 1024), share(1545, 1024)],
            ["2", "0.75", "1.5"]
        );
    }
}
