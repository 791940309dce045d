//! Histories as text. In: the `events` block of a page. Out: the events of a recording.
//!
//! A line is an event. It may begin with a time since the beginning (`90s`, `2m`, `1h30m`); without one it is of the time of the
//! line before. Words in quotes are one word; `#` begins a comment. Before the first event stand:
//!
//! - `stage NAME [task|image]`: a stage; without any there is the stack `production-shop`
//! - `service NAME [probe] [balanced] [grace N] [drain N]`: a service of the last stack; without any there is `web`
//!
//! Events:
//!
//! - `planned nothing`, or `planned web Modify TaskDefinition,DesiredCount; Jobs Add AWS::SQS::Queue`: actions are `Add`,
//!   `Modify`, `Replace` and `Remove`; a service whose `TaskDefinition` changes, or that is added, has a new one in the stack
//! - `resource web UPDATE_IN_PROGRESS ["reason"]`, `resource web:2 UPDATE_COMPLETE` (its task definition),
//!   `resource Jobs AWS::SQS::Queue CREATE_FAILED [at PHYSICAL] ["reason"]`
//! - `stack STATUS ["reason"]`
//! - `service web desired 4: d2 web:2 PRIMARY 4/0/0 IN_PROGRESS; d1 web:1 ACTIVE 4/4/0 COMPLETED`: desired, running and
//!   pending tasks of each deployment, then `failed N`, a reason in quotes. What is there at 0s began a day before
//! - `deployment d2 web:2 IN_PROGRESS [stage S] [breaker 1/3] [alarms a,b] [hook ID STATUS TIME THEN] ["reason"]`
//! - `message ["-2h"] web "text"`: a line of the scheduler, written now or so long ago
//! - `task t1 web:2 RUNNING [HEALTHY] [leaving] [CODE web exit 1 ["reason of the container"]] [because "text"]`, `t1..t4` for
//!   several. A task has the address 10.0.0.N:80
//! - `target t1 unhealthy [REASON] ["text"]`, `log t1 web "line"`, `instances i1 i2`
//! - `unplaced "reason"`, `slowed OPERATION [CODE]`, `quiet`, `quiet until TIME`, `blocked OUTCOME`
//! - `begin`, `done ["note"]`, `failed "reason"`: of the next or current stage; the first begins by itself
//! - `attached open|over AGO [part] …`: what somebody else began so long ago; then what it changes, as `planned` has it
//! - `turned CALL ["refusal"]`, `recovered CALL`, `detached`; `recovery` before the first event: a stuck stack is taken on
//! - `deadline`, `interrupted`; `Ended` comes by itself, unless the last line is `cut`

use std::collections::BTreeMap;

use loadline::cloud::Moment;
use loadline::cloud::capacity::{Instance, TargetHealth};
use loadline::cloud::ecs::{BreakerState, Container, Deployment, Hook, ServiceDeployment, Task};
use loadline::cloud::formation::{Change, ChangeDetail, Status};
use loadline::cloud::outside::LogLine;
use loadline::deploy::event::{Aim, Counts, Event, Outline, StageKind, StageOutline, VERSION, What};
use loadline::deploy::watch::Outcome;
use loadline::plan::{Check, Origin};

use super::names::{ARN, BEGIN, capital, deployment_arn, place, revision_arn, service, service_arn, task_arn};

/// The events of a history.
pub fn events(text: &str) -> Vec<Event> {
    let mut script = Script::default();
    for line in text.lines() {
        let words = words(line);
        if !words.is_empty() {
            script.line(&words, line);
        }
    }
    if !script.cut {
        script.push(What::Ended);
    }
    script.events
}

/// The words of a line: quoted ones keep their blanks, and ` ; , : ` at an end are words where the grammar wants them.
fn words(line: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' if quoted => {
                found.push(format!("\"{word}"));
                word.clear();
                quoted = false;
            }
            '"' => quoted = true,
            '#' if !quoted && word.is_empty() => break,
            ' ' if !quoted => {
                if !word.is_empty() {
                    found.push(std::mem::take(&mut word));
                }
            }
            ';' if !quoted => {
                if !word.is_empty() {
                    found.push(std::mem::take(&mut word));
                }
                found.push(";".to_string());
            }
            _ => word.push(letter),
        }
    }
    if !word.is_empty() {
        found.push(word);
    }
    found
}

/// `1h30m` in seconds.
fn span(text: &str) -> Option<i64> {
    let mut total = 0;
    let mut number = String::new();
    for letter in text.chars() {
        let factor = match letter {
            '0'..='9' => {
                number.push(letter);
                continue;
            }
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86400,
            _ => return None,
        };
        total += number.parse::<i64>().ok()? * factor;
        number.clear();
    }
    (number.is_empty() && !text.is_empty()).then_some(total)
}

/// A word in quotes.
fn quoted(words: &[&str]) -> Option<String> {
    let found = words.iter().find_map(|word| word.strip_prefix('"'));
    found.map(str::to_string)
}

/// What follows a word.
fn after<'a>(words: &[&'a str], word: &str) -> Option<&'a str> {
    let at = words.iter().position(|one| *one == word)?;
    words.get(at + 1).copied()
}

#[derive(Default)]
struct Script {
    events: Vec<Event>,
    at: i64,
    outline: Outline,
    stage: usize,
    cut: bool,
    /// When each deployment was first seen.
    created: BTreeMap<String, Moment>,
    tasks: BTreeMap<String, Task>,
}

impl Script {
    fn now(&self) -> Moment {
        BEGIN.plus_seconds(self.at)
    }

    fn push(&mut self, what: What) {
        if self.events.is_empty() {
            self.begin();
        }
        let at = self.now();
        self.events.push(Event { at, what });
    }

    fn begin(&mut self) {
        if self.outline.stages.is_empty() {
            self.stage(&["production-shop"]);
        }
        let has_stack = self.outline.stages.iter().any(|stage| stage.stack.is_some());
        if self.outline.services.is_empty() && has_stack {
            self.service(&["web"]);
        }
        self.outline.version = VERSION;
        let began = What::Began(self.outline.clone());
        let at = BEGIN;
        self.events.push(Event { at, what: began });
        self.events.push(Event {
            at,
            what: What::StageBegan { stage: 0 },
        });
    }

    fn stage(&mut self, words: &[&str]) {
        let kind = match words.get(1) {
            Some(&"task") => StageKind::Task,
            Some(&"image") => StageKind::Image,
            _ => StageKind::Stack,
        };
        let is_stack = kind == StageKind::Stack;
        self.outline.stages.push(StageOutline {
            name: words[0].to_string(),
            kind,
            stack: is_stack.then(|| words[0].to_string()),
            place: (!is_stack).then(|| place(50)),
            origins: Vec::new(),
            before: kind == StageKind::Task,
        });
    }

    fn service(&mut self, words: &[&str]) {
        if self.outline.stages.is_empty() {
            self.stage(&["production-shop"]);
        }
        let line = 10 + 10 * self.outline.services.len();
        let stacks = self.outline.stages.iter_mut().rev();
        let stage = stacks.into_iter().find(|stage| stage.stack.is_some()).expect("a stack");
        let mut service = service(stage.stack.as_ref().expect("a stack"), words[0], line);
        for logical in [Some(service.logical.clone()), service.task_definition.clone()] {
            stage.origins.push(Origin {
                logical: logical.expect("an ID"),
                owner: format!("service `{}`", service.name),
                place: place(line),
            });
        }
        let number = |word: &str| after(words, word).map(|number| number.parse().expect("a number"));
        if words.contains(&"probe") {
            service.keys.insert("probe".to_string(), place(line + 8));
        }
        service.drain = number("drain");
        if words.contains(&"balanced") {
            service.target_groups = vec![format!("{}TargetGroup", capital(words[0]))];
            service.check = Some(Check {
                path: "/check".to_string(),
                codes: "200".to_string(),
                interval: 5,
                fails: 2,
                grace: number("grace").unwrap_or(600),
            });
        }
        self.outline.services.push(service);
    }

    fn line(&mut self, words: &[String], line: &str) {
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        if let Some(at) = span(words[0]) {
            assert!(at >= self.at, "time goes on: {line}");
            self.at = at;
            words.remove(0);
        }
        let (verb, rest) = words.split_first().expect("a line has a verb");
        let stack = || {
            let stages = self.outline.stages.iter().skip(self.stage);
            let stage = stages.into_iter().find_map(|stage| stage.stack.clone());
            stage.unwrap_or_else(|| "production-shop".to_string())
        };
        let what = match *verb {
            "recovery" => {
                self.outline.aim = Aim::Recovery;
                return;
            }
            "stage" => return self.stage(rest),
            "service" if !rest.contains(&"desired") => return self.service(rest),
            "service" => self.counts(rest),
            "planned" => What::Planned {
                changes: self.changes(rest),
                since: None,
                stack: stack(),
            },
            "stack" => What::Stack {
                stack: stack(),
                status: Status::new(rest[0]),
                reason: quoted(rest),
            },
            "resource" => self.resource(rest, stack()),
            "deployment" => self.deployment(rest),
            "message" => {
                let ago = rest[0].strip_prefix('-').and_then(span);
                let name = rest[usize::from(ago.is_some())];
                What::Message {
                    service: service_arn(name),
                    written: self.now().plus_seconds(-ago.unwrap_or(0)),
                    text: quoted(rest).expect("a text in quotes"),
                }
            }
            "task" => return self.tasks(rest),
            "target" => return self.target(rest),
            "log" => What::Log {
                task: task_arn(rest[0]),
                container: rest[1].to_string(),
                lines: vec![LogLine {
                    at: self.now(),
                    text: quoted(rest).expect("a line in quotes"),
                }],
            },
            "instances" => What::Instances {
                cluster: "production".to_string(),
                instances: rest.iter().map(|name| instance(name)).collect(),
            },
            "unplaced" => What::Unplaced {
                stage: self.stage,
                reason: quoted(rest).expect("a reason in quotes"),
            },
            "slowed" => What::Slowed {
                operation: rest[0].to_string(),
                code: rest.get(1).unwrap_or(&"Throttling").to_string(),
            },
            "quiet" => {
                let until = after(rest, "until").and_then(span).unwrap_or(self.at);
                self.push(What::Quiet);
                while self.at + 15 <= until {
                    self.at += 15;
                    self.push(What::Quiet);
                }
                return;
            }
            "blocked" => What::Blocked {
                outcome: match rest[0] {
                    "locked" => Outcome::Locked,
                    _ => Outcome::Waits,
                },
            },
            "begin" => {
                self.stage += 1;
                What::StageBegan { stage: self.stage }
            }
            "done" => What::StageDone {
                stage: self.stage,
                note: quoted(rest),
            },
            "failed" => What::StageFailed {
                stage: self.stage,
                reason: quoted(rest).expect("a reason in quotes"),
            },
            "deadline" => What::Deadline,
            "interrupted" => What::Interrupted,
            "attached" => {
                let ago = span(rest[1]).expect("how long ago it began");
                let whole = !rest.contains(&"part");
                let since = Moment(BEGIN.0 + (self.at - ago) * 1000);
                let from = if whole { 2 } else { 3 };
                What::Attached {
                    changes: self.changes(&rest[from..]),
                    whole,
                    since,
                    over: rest[0] == "over",
                    token: Some("loadline-1-2".to_string()),
                    stack: stack(),
                }
            }
            "turned" => What::TurnedBack {
                stack: stack(),
                call: rest[0].to_string(),
                refusal: quoted(rest),
            },
            "recovered" => What::Recovered {
                stack: stack(),
                call: rest[0].to_string(),
            },
            "detached" => What::Detached { stack: stack() },
            "cut" => {
                self.cut = true;
                return;
            }
            _ => panic!("`{line}` is no line of a history"),
        };
        self.push(what);
    }

    fn changes(&self, words: &[&str]) -> Vec<Change> {
        if words == ["nothing"] {
            return Vec::new();
        }
        let mut changes = Vec::new();
        for words in words.split(|word| *word == ";") {
            let [name, action, rest @ ..] = words else {
                panic!("a name and an action: {words:?}")
            };
            let is_service = !rest.iter().any(|word| word.contains("::"));
            let properties: Vec<&str> = match is_service {
                true => rest.first().map(|names| names.split(',').collect()).unwrap_or_default(),
                false => Vec::new(),
            };
            let change = |logical: String, physical: Option<String>, kind: &str, action: &str, replaced: bool| Change {
                action: action.to_string(),
                logical,
                physical: physical.filter(|_| action != "Add"),
                kind: kind.to_string(),
                replacement: (action == "Modify").then(|| if replaced { "True" } else { "False" }.to_string()),
                ..Change::default()
            };
            if !is_service {
                changes.push(change(name.to_string(), None, rest[0], action, false));
                continue;
            }
            let word = if *action == "Replace" { "Modify" } else { action };
            if word == "Add" || properties.contains(&"TaskDefinition") {
                let logical = format!("{}TaskDefinition", capital(name));
                let physical = Some(revision_arn(&format!("{name}:1")));
                changes.push(change(logical, physical, "AWS::ECS::TaskDefinition", word, true));
            }
            let logical = format!("{}Service", capital(name));
            let physical = Some(service_arn(name));
            let mut own = change(logical, physical, "AWS::ECS::Service", word, *action == "Replace");
            own.details = properties
                .iter()
                .map(|property| ChangeDetail {
                    attribute: "Properties".to_string(),
                    name: Some(property.to_string()),
                    recreation: "Never".to_string(),
                    source: "DirectModification".to_string(),
                    ..ChangeDetail::default()
                })
                .collect();
            changes.push(own);
        }
        changes
    }

    fn resource(&self, words: &[&str], stack: String) -> What {
        let name = words[0];
        let is_service = self.outline.services.iter().any(|service| service.name == name);
        let (logical, physical, kind) = match name.split_once(':') {
            Some((family, _)) => (
                format!("{}TaskDefinition", capital(family)),
                Some(revision_arn(name)),
                "AWS::ECS::TaskDefinition",
            ),
            None if is_service => (
                format!("{}Service", capital(name)),
                Some(service_arn(name)),
                "AWS::ECS::Service",
            ),
            None => (name.to_string(), None, words[1]),
        };
        let at = if kind == words[1] { 2 } else { 1 };
        What::Resource {
            stack,
            logical,
            physical: after(words, "at").map(str::to_string).or(physical),
            kind: kind.to_string(),
            status: Status::new(words[at]),
            reason: quoted(words),
            happened: self.now(),
        }
    }

    /// When a deployment began: when it is first named, or a day ago.
    fn created(&mut self, id: &str) -> Moment {
        let first = match self.at {
            0 => BEGIN.plus_seconds(-86400),
            _ => self.now(),
        };
        *self.created.entry(id.to_string()).or_insert(first)
    }

    fn counts(&mut self, words: &[&str]) -> What {
        let desired = after(words, "desired").expect("a count").trim_end_matches(':');
        let mut counts = Counts {
            desired: desired.parse().expect("a number"),
            ..Counts::default()
        };
        for words in words.get(3..).unwrap_or_default().split(|word| *word == ";") {
            let [id, revision, status, tasks, rest @ ..] = words else {
                panic!("a deployment: {words:?}")
            };
            let tasks: Vec<i64> = tasks.split('/').map(|count| count.parse().expect("a count")).collect();
            let failed = after(rest, "failed").map(|count| count.parse().expect("a count"));
            counts.running += tasks[1];
            counts.pending += tasks[2];
            counts.deployments.push(Deployment {
                id: format!("ecs-svc/{id}"),
                status: status.to_string(),
                task_definition: revision_arn(revision),
                desired: tasks[0],
                running: tasks[1],
                pending: tasks[2],
                failed: failed.unwrap_or(0),
                rollout: rest.first().filter(|word| **word != "-").map(|word| word.to_string()),
                reason: quoted(rest),
                created: self.created(id),
            });
        }
        What::Service {
            service: service_arn(words[0]),
            counts,
        }
    }

    fn deployment(&mut self, words: &[&str]) -> What {
        let [id, revision, status, rest @ ..] = words else {
            panic!("a deployment: {words:?}")
        };
        let name = revision.split(':').next().expect("a family");
        let ended = ["SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"];
        let breaker = after(rest, "breaker").map(|breaker| {
            let (failures, threshold) = breaker.split_once('/').expect("failures and threshold");
            BreakerState {
                status: "MONITORING".to_string(),
                failures: failures.parse().expect("a count"),
                threshold: threshold.parse().expect("a count"),
            }
        });
        let hook = rest.iter().position(|word| *word == "hook").map(|at| Hook {
            id: rest[at + 1].to_string(),
            status: rest[at + 2].to_string(),
            expires: rest.get(at + 3).and_then(|time| Some(BEGIN.plus_seconds(span(time)?))),
            then: rest.get(at + 4).map(|word| word.to_string()),
        });
        let alarms = after(rest, "alarms").map(|names| names.split(',').map(str::to_string).collect());
        What::Deployment {
            service: service_arn(after(rest, "of").unwrap_or(name)),
            deployment: ServiceDeployment {
                arn: deployment_arn(name, id),
                status: status.to_string(),
                reason: quoted(rest),
                task_definition: revision_arn(revision),
                stage: after(rest, "stage").map(str::to_string),
                breaker,
                alarms: alarms.unwrap_or_default(),
                rollback: None,
                hooks: hook.into_iter().collect(),
                created: self.created(id),
                finished: ended.contains(status).then(|| self.now()),
            },
        }
    }

    fn tasks(&mut self, words: &[&str]) {
        let [ids, revision, status, rest @ ..] = words else {
            panic!("a task: {words:?}")
        };
        let name = revision.split(':').next().expect("a family");
        let is_service = self.outline.services.iter().any(|service| service.name == name);
        for id in range(ids) {
            let now = self.now();
            let known = self.tasks.entry(id.clone()).or_insert_with(|| Task {
                arn: task_arn(&id),
                group: if is_service {
                    format!("service:{name}")
                } else {
                    format!("family:{name}")
                },
                task_definition: revision_arn(revision),
                addresses: vec![(address(&id), 80)],
                created: match now == BEGIN {
                    true => BEGIN.plus_seconds(-86400),
                    false => now,
                },
                desired_status: "RUNNING".to_string(),
                health: "UNKNOWN".to_string(),
                ..Task::default()
            });
            known.last_status = status.to_string();
            if *status == "RUNNING" {
                known
                    .started
                    .get_or_insert(if now == BEGIN { known.created } else { now });
            }
            for word in rest {
                match *word {
                    "HEALTHY" | "UNHEALTHY" => known.health = word.to_string(),
                    "leaving" => {
                        known.desired_status = "STOPPED".to_string();
                        known.stopping = Some(now);
                    }
                    word if word.starts_with('i') && word[1..].parse::<i64>().is_ok() => {
                        known.instance = Some(word.to_string());
                    }
                    _ => {}
                }
            }
            if *status == "STOPPED" {
                known.desired_status = "STOPPED".to_string();
                known.stopping.get_or_insert(now);
                known.stopped = Some(now);
                known.stop_code = rest.first().map(|word| word.to_string());
                known.stopped_reason = after(rest, "because").map(|text| text.trim_start_matches('"').to_string());
                if let Some(at) = rest.iter().position(|word| *word == "exit") {
                    let reason = rest.get(at + 2).and_then(|word| word.strip_prefix('"'));
                    known.containers = vec![Container {
                        name: rest[at - 1].to_string(),
                        last_status: "STOPPED".to_string(),
                        exit_code: rest[at + 1].parse().ok(),
                        reason: reason.filter(|_| rest[at + 1] != "because").map(str::to_string),
                        health: "UNKNOWN".to_string(),
                    }];
                }
            }
            let task = known.clone();
            self.push(What::Task {
                service: is_service.then(|| service_arn(name)),
                task,
            });
        }
    }

    fn target(&mut self, words: &[&str]) {
        let [ids, state, rest @ ..] = words else {
            panic!("a target: {words:?}")
        };
        for id in range(ids) {
            let group = self.tasks[&id].group.trim_start_matches("service:").to_string();
            let health = TargetHealth {
                target: address(&id),
                port: 80,
                state: state.to_string(),
                reason: rest
                    .first()
                    .filter(|word| !word.starts_with('"'))
                    .map(|word| word.to_string()),
                about: quoted(rest),
            };
            self.push(What::Target {
                service: service_arn(&group),
                group: "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/1a".to_string(),
                health,
            });
        }
    }
}

fn address(task: &str) -> String {
    format!(
        "10.0.0.{}",
        task.trim_start_matches(|letter: char| letter.is_alphabetic())
    )
}

/// `t1..t3` is three.
fn range(ids: &str) -> Vec<String> {
    let Some((first, last)) = ids.split_once("..") else {
        return vec![ids.to_string()];
    };
    let letters: String = first.chars().take_while(|letter| letter.is_alphabetic()).collect();
    let number = |id: &str| id[letters.len()..].parse::<i64>().expect("a number");
    let numbers = number(first)..=number(last);
    numbers.map(|number| format!("{letters}{number}")).collect()
}

fn instance(name: &str) -> Instance {
    let connected = !name.ends_with('!');
    let name = name.trim_end_matches('!');
    Instance {
        arn: format!("{ARN}:container-instance/production/{name}"),
        ec2: format!("i-{name}"),
        kind: "m7g.large".to_string(),
        zone: "eu-west-1a".to_string(),
        status: "ACTIVE".to_string(),
        connected,
        ..Instance::default()
    }
}
