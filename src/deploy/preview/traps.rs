//! Traps of plan time: what is there now, and will make a rollout hang, fail or hurt. In: facts of a cluster. Out: notices.

use serde_json::Value;

use crate::cloud::{Cloud, Moment};
use crate::plan::footing::Footing;
use crate::plan::live::{Facts, Moving, Runs};
use crate::plan::notices::{Notice, Topic};
use crate::plan::{Service, StackWork};
use crate::template::Place;

use super::live::Seen;
use super::{Halt, Look};

/// For how long back it is asked whether a deployment was ever done.
const BACK: i64 = 90 * 24 * 3600;

impl<C: Cloud> Look<'_, C> {
    /// Puts a notice down; the same one is said once.
    pub(super) fn notice(&mut self, topic: Topic, subject: &str, text: String, place: Option<&Place>) {
        let notice = Notice {
            topic,
            subject: subject.to_string(),
            text,
            place: place.cloned(),
        };
        if !self.preview.notices.contains(&notice) {
            self.preview.notices.push(notice);
        }
    }

    /// Looks for traps in the way of what moves in a cluster.
    pub(super) async fn traps(
        &mut self,
        footing: &Footing,
        seen: &[Seen<'_>],
        moving: &[Moving<'_>],
        facts: &Facts,
    ) -> Result<(), Halt> {
        self.disconnected(footing, facts);
        for one in moving {
            let service = one.service;
            let work = seen.iter().find(|(work, _)| work.stack == service.stack);
            let written = work.map(|(work, _)| written(work, service)).unwrap_or_default();
            self.alarms(service, &written).await?;
            let key = (service.stack.clone(), service.logical.clone());
            if let Some(runs) = facts.runs.get(&key).filter(|_| !one.is_new) {
                self.under_way(service, runs);
                self.way_back(footing, service, runs, &written).await?;
            }
        }
        self.still_needed(seen, facts);
        Ok(())
    }

    /// Instances whose agent does not answer: nothing starts there, and what runs there cannot be stopped.
    fn disconnected(&mut self, footing: &Footing, facts: &Facts) {
        let instances = facts.instances.iter().flatten();
        let silent: Vec<String> = instances
            .filter(|one| !one.connected)
            .map(|one| format!("{} in {}", one.ec2, one.zone))
            .collect();
        if !silent.is_empty() {
            let text = format!(
                "the agent does not answer on {}: nothing is started there, and what runs there cannot be stopped",
                silent.join(", ")
            );
            self.notice(Topic::AgentDisconnected, &footing.cluster, text, None);
        }
    }

    /// Alarms that shall stop a rollout. One that is in ALARM when it begins is ignored all through it
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html>).
    async fn alarms(&mut self, service: &Service, written: &Value) -> Result<(), Halt> {
        let alarms = &written["DeploymentConfiguration"]["Alarms"];
        let names = alarms["AlarmNames"].as_array().into_iter().flatten();
        let names: Vec<String> = names.filter_map(Value::as_str).map(str::to_string).collect();
        if names.is_empty() || alarms["Enable"] == Value::Bool(false) {
            return Ok(());
        }
        let place = place(service, "rollout");
        let found = match self.ask_aside(async |cloud: &C| cloud.alarms(&names).await).await? {
            Ok(found) => found,
            Err(error) => {
                self.not_read(&service.name, &error, "the state of its alarms is not known");
                return Ok(());
            }
        };
        for name in &names {
            match found.iter().find(|alarm| alarm.name == *name) {
                None => {
                    let text =
                        format!("there is no alarm `{name}`: ECS refuses the service, or nothing stops its rollout");
                    self.notice(Topic::AlarmMissing, &service.name, text, Some(place));
                }
                Some(alarm) if alarm.state == "ALARM" => {
                    let text = format!(
                        "alarm `{name}` is in ALARM already ({}): it is ignored all through the rollout",
                        alarm.reason
                    );
                    self.notice(Topic::AlarmInAlarm, &service.name, text, Some(place));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// A rollout whose place the new one takes.
    fn under_way(&mut self, service: &Service, runs: &Runs) {
        let mut deployments = runs.service.deployments.iter();
        let open = deployments.find(|one| one.status == "PRIMARY" && one.rollout.as_deref() == Some("IN_PROGRESS"));
        if let Some(open) = open {
            let text = format!(
                "a rollout is under way since {} ({} of {} copies run): the new one takes its place, and copies of three \
                 revisions share the room",
                open.created, open.running, open.desired
            );
            self.notice(Topic::RolloutUnderWay, &service.name, text, Some(&service.place));
        }
    }

    /// Whether a rollout that fails has a revision to go back to: the last one that was completed.
    async fn way_back(
        &mut self,
        footing: &Footing,
        service: &Service,
        runs: &Runs,
        written: &Value,
    ) -> Result<(), Halt> {
        let configuration = &written["DeploymentConfiguration"];
        let is_on = |key: &str| configuration[key]["Rollback"] == Value::Bool(true);
        let goes_back = is_on("DeploymentCircuitBreaker") || is_on("Alarms");
        let mut deployments = runs.service.deployments.iter();
        // A service without a breaker has no word for it: nothing is known then.
        let is_done = deployments.any(|one| matches!(one.rollout.as_deref(), Some("COMPLETED") | None));
        if !goes_back || is_done {
            return Ok(());
        }
        let (cluster, name) = (&footing.cluster, &runs.service.name);
        let since = Moment(self.cloud.now().0 - BACK * 1000);
        let listed = self
            .ask_aside(async |cloud: &C| cloud.list_service_deployments(cluster, name, since).await)
            .await?;
        let Ok(listed) = listed else { return Ok(()) };
        for some in listed.chunks(20) {
            let answer = self
                .ask_aside(async |cloud: &C| cloud.describe_service_deployments(some).await)
                .await?;
            let Ok(found) = answer else { return Ok(()) };
            if found.iter().any(|one| one.status == "SUCCESSFUL") {
                return Ok(());
            }
        }
        let text = "no deployment of it was ever completed: one that fails has nothing to go back to".to_string();
        let place = place(service, "rollout");
        self.notice(Topic::NothingToGoBackTo, &service.name, text, Some(place));
        Ok(())
    }

    /// What goes before the copies that lean on it are replaced: stacks are deployed one after another.
    fn still_needed(&mut self, seen: &[Seen<'_>], facts: &Facts) {
        for (at, (work, stack)) in seen.iter().enumerate() {
            let later: Vec<&str> = seen[at + 1..].iter().map(|(work, _)| work.stack.as_str()).collect();
            let gone = stack.consequences.iter().filter(|one| one.goes());
            for (one, physical) in gone.filter_map(|one| Some((one, one.physical.as_deref()?))) {
                let users = facts.runs.iter().filter(|((stack, _), runs)| {
                    let revisions = runs.tasks.iter().map(|task| &task.task_definition);
                    let mut known = revisions.filter_map(|arn| facts.definitions.get(arn));
                    later.contains(&stack.as_str()) && known.any(|definition| definition.leans_on(physical))
                });
                let users: Vec<String> = users.map(|(_, runs)| format!("`{}`", runs.name)).collect();
                if !users.is_empty() {
                    let text = format!(
                        "{} goes with {}, and copies of {} that run now still lean on it until they are replaced",
                        one.logical,
                        work.stack,
                        users.join(", ")
                    );
                    self.notice(Topic::StillNeeded, &one.logical, text, one.place.as_ref());
                }
            }
        }
    }
}

/// The user's line of a key of a service, or of the service.
fn place<'a>(service: &'a Service, key: &str) -> &'a Place {
    service.keys.get(key).unwrap_or(&service.place)
}

/// The properties of a service in the template of its stack.
fn written(work: &StackWork, service: &Service) -> Value {
    let mut body: Value = serde_json::from_str(&work.template).unwrap_or_default();
    body["Resources"][&service.logical]["Properties"].take()
}
