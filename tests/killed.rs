//! A deployment that is killed at any request and run again ends as one that was not: the same state, nothing left behind, no
//! task run twice. Killed is: its future is dropped while a request has no answer, whether AWS got it or not.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use loadline::cloud::capacity::{Instance, ScalingGroup, TargetHealth};
use loadline::cloud::definition::TaskDefinition;
use loadline::cloud::ecs::{OneOff, Service, ServiceDeployment, Task, TaskFilter};
use loadline::cloud::error::UNREACHABLE;
use loadline::cloud::formation::{
    ChangeSet, ChangeSetWish, Finding, ListedSet, Stack, StackEvent, StackResource, Status,
};
use loadline::cloud::outside::{Alarm, FoundLine, LogLine, LogSearch, Object, Parameter};
use loadline::cloud::{Answer, Cloud, Error, Moment, Page};
use loadline::deploy::lease::Holder;
use loadline::deploy::preview::{self, Reader};
use loadline::deploy::watch::{Outcome, View};
use loadline::deploy::{self, Options};
use loadline::plan::wider::Reviewed;
use loadline::plan::{Plan, Work};
use loadline::simulate::{Settings, Simulated};

use crate::rehearsal::example;

/// A cloud one of whose requests is never answered.
pub struct Mortal {
    pub cloud: Simulated,
    /// How many requests are answered yet.
    pub left: Cell<Option<usize>>,
    /// Whether the one without an answer is carried out.
    pub is_sent: Cell<bool>,
    pub asked: Cell<usize>,
    /// What is told of this stack in place of the truth, for so many looks.
    pub told: RefCell<Option<(String, &'static str, usize)>>,
    /// Whether the first answer to each request to make or execute a change set is lost, and the second a refusal.
    loses: Cell<bool>,
    lost: RefCell<BTreeSet<String>>,
    /// Whether others may ask between two requests.
    takes_turns: Cell<bool>,
    /// Whether a deployment is looked at first, and does what was seen then.
    pub reviews: Cell<bool>,
    /// Whether AWS knows no drift-aware change sets here.
    pub is_old: Cell<bool>,
    /// The requests that the account does not allow, by method.
    pub denied: RefCell<BTreeSet<&'static str>>,
    /// The requests that nobody answers.
    pub silent: RefCell<BTreeSet<&'static str>>,
    /// Whether each service is said to be in the middle of a rollout, and whether none of it was ever completed.
    pub is_rolling: Cell<bool>,
    pub is_unproven: Cell<bool>,
    /// The alarms that are there, in place of those that are always content.
    pub alarms: RefCell<Option<Vec<Alarm>>>,
    /// The ARNs of the tasks that were started, by their task definition's family.
    ran: RefCell<BTreeMap<String, BTreeSet<String>>>,
}

impl Mortal {
    pub fn new(seed: u64) -> Mortal {
        let settings = Settings {
            seed,
            region: "eu-west-1".to_string(),
            account: "111122223333".to_string(),
        };
        Mortal {
            cloud: Simulated::new(&settings),
            left: Cell::new(None),
            is_sent: Cell::new(false),
            asked: Cell::new(0),
            told: RefCell::default(),
            loses: Cell::new(false),
            lost: RefCell::default(),
            takes_turns: Cell::new(false),
            reviews: Cell::new(false),
            is_old: Cell::new(false),
            denied: RefCell::default(),
            silent: RefCell::default(),
            is_rolling: Cell::new(false),
            is_unproven: Cell::new(false),
            alarms: RefCell::default(),
            ran: RefCell::default(),
        }
    }

    /// Leaves the request after so many without an answer.
    pub fn stop_after(&self, requests: usize) {
        self.left.set(Some(requests));
    }

    async fn pass<T>(&self, request: impl Future<Output = Answer<T>>) -> Answer<T> {
        self.asked.set(self.asked.get() + 1);
        let mut waits = self.takes_turns.get();
        poll_fn(|_| match std::mem::take(&mut waits) {
            true => Poll::Pending,
            false => Poll::Ready(()),
        })
        .await;
        match self.left.get() {
            Some(0) => {
                if self.is_sent.get() {
                    let _ = request.await;
                }
                return pending().await;
            }
            Some(left) => self.left.set(Some(left - 1)),
            None => {}
        }
        request.await
    }

    async fn lose<T>(&self, key: String, refusal: &str, request: impl Future<Output = Answer<T>>) -> Answer<T> {
        if !self.loses.get() {
            return self.pass(request).await;
        }
        if !self.lost.borrow_mut().insert(key) {
            return Err(Error::new("X", refusal, "it was done before"));
        }
        request.await?;
        Err(Error::new("X", UNREACHABLE, "no answer"))
    }

    pub fn push(&self, plan: &Plan, digit: &str) {
        for stage in &plan.stages {
            if let Work::Image(image) = &stage.work {
                let digest = format!("sha256:{}", digit.repeat(64));
                self.cloud.push_image(&image.repository, &digest);
            }
        }
    }

    /// Carries a plan out; nothing where it was killed.
    fn deploy(&self, plan: &Plan) -> Option<View> {
        self.deploy_as(plan, Options::default()).map(|(view, _)| view)
    }

    /// Carries a plan out: what is known then, and what was said.
    pub fn deploy_as(&self, plan: &Plan, mut options: Options) -> Option<(View, String)> {
        if self.reviews.get() {
            options.reviewed = Some(self.review(plan)?);
        }
        let mut text = String::new();
        let mut sink = |_: &View, _: &deploy::event::Event, new: &[deploy::watch::Said]| {
            text.extend(new.iter().map(|said| format!("{}: {}\n", said.subject, said.text)));
        };
        let view = {
            let run = pin!(deploy::run(plan, self, options, &mut sink));
            match run.poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(view) => view,
                Poll::Pending => return None,
            }
        };
        Some((view, text))
    }

    /// Carries a plan out that was saved.
    pub fn deploy_saved(&self, (plan, reviewed): &(Plan, Option<Reviewed>)) -> Option<(View, String)> {
        let options = Options {
            reviewed: reviewed.clone(),
            ..Options::default()
        };
        self.deploy_as(plan, options)
    }

    /// Never answers this request, whether it is carried out or not.
    pub fn kill_at(&self, at: Option<usize>, is_sent: bool) {
        self.left.set(at);
        self.is_sent.set(is_sent);
    }

    /// How many requests were made.
    pub fn asked(&self) -> usize {
        self.asked.get()
    }

    /// Looks at a plan as somebody who confirms it then; nothing where that was killed.
    fn review(&self, plan: &Plan) -> Option<Reviewed> {
        let reader = Reader {
            left: &|| false,
            told: &|_| {},
        };
        let look = pin!(preview::of(plan, self, reader));
        match look.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready((preview, halt)) => {
                assert_eq!(halt, None);
                Some(Reviewed {
                    preview,
                    is_saved: false,
                })
            }
            Poll::Pending => None,
        }
    }

    pub fn ask<T>(&self, request: impl Future<Output = T>) -> T {
        match pin!(request).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => unreachable!("a simulated cloud answers at once"),
        }
    }

    /// All that counts in the end, in lines.
    pub fn state(&self, plan: &Plan) -> Vec<String> {
        let mut lines = Vec::new();
        for stage in &plan.stages {
            let Work::Stack(work) = &stage.work else { continue };
            let stack = self
                .ask(self.cloud.describe_stack(&work.stack))
                .expect("the stack is there");
            lines.push(format!("{} {}", stack.name, stack.status.as_str()));
            let sets = self.ask(self.cloud.list_change_sets(&work.stack, None));
            let sets = sets.expect("they can be listed").items;
            // Somebody may read the set of a plan now: nobody else takes it away.
            let own = sets.iter().filter(|set| !set.name.starts_with("loadline-plan-"));
            lines.extend(own.map(|set| format!("left behind: {}", set.name)));
            let resources = self.ask(self.cloud.list_stack_resources(&work.stack, None));
            let resources = resources.expect("they can be listed").items;
            let services = resources.iter().filter(|one| one.kind == "AWS::ECS::Service");
            let arns: Vec<String> = services.map(|one| one.physical.clone()).collect();
            let names: Vec<String> = arns
                .iter()
                .filter_map(|arn| arn.rsplit('/').next().map(str::to_string))
                .collect();
            let Some(cluster) = &work.cluster else { continue };
            for service in self
                .ask(self.cloud.describe_services(cluster, &names))
                .expect("they are there")
            {
                for one in &service.deployments {
                    let rollout = one.rollout.clone().unwrap_or_default();
                    lines.push(format!("{} {} {rollout}", one.status, one.task_definition));
                }
            }
        }
        for (family, arns) in &*self.ran.borrow() {
            lines.push(format!("{family} ran {}", arns.len()));
        }
        lines.sort();
        lines
    }
}

macro_rules! pass {
    ($(async fn $name:ident(&self $(, $argument:ident: $kind:ty)*) -> $answer:ty;)*) => {
        $(async fn $name(&self $(, $argument: $kind)*) -> $answer {
            if self.silent.borrow().contains(stringify!($name)) {
                return Err(Error::new(stringify!($name), UNREACHABLE, "no answer"));
            }
            if self.denied.borrow().contains(stringify!($name)) {
                let text = "User: arn:me is not authorized";
                return Err(Error::new(stringify!($name), "AccessDeniedException", text));
            }
            self.pass(self.cloud.$name($($argument),*)).await
        })*
    };
}

impl Cloud for Mortal {
    fn now(&self) -> Moment {
        self.cloud.now()
    }

    async fn sleep(&self, time: Duration) {
        self.cloud.sleep(time).await;
    }

    async fn run_task(&self, wish: &OneOff) -> Answer<Result<String, String>> {
        self.pass(async {
            let answer = self.cloud.run_task(wish).await?;
            if let Ok(arn) = &answer {
                let mut ran = self.ran.borrow_mut();
                ran.entry(wish.task_definition.clone()).or_default().insert(arn.clone());
            }
            Ok(answer)
        })
        .await
    }

    async fn describe_services(&self, cluster: &str, services: &[String]) -> Answer<Vec<Service>> {
        if self.denied.borrow().contains("describe_services") {
            let text = "User: arn:me is not authorized";
            return Err(Error::new("describe_services", "AccessDeniedException", text));
        }
        let mut answer = self.pass(self.cloud.describe_services(cluster, services)).await?;
        if self.is_rolling.get() {
            let deployments = answer.iter_mut().flat_map(|service| &mut service.deployments);
            deployments.for_each(|one| one.rollout = Some("IN_PROGRESS".to_string()));
        }
        Ok(answer)
    }

    async fn describe_service_deployments(&self, deployments: &[String]) -> Answer<Vec<ServiceDeployment>> {
        let mut answer = self.pass(self.cloud.describe_service_deployments(deployments)).await?;
        if self.is_unproven.get() {
            answer.iter_mut().for_each(|one| one.status = "STOPPED".to_string());
        }
        Ok(answer)
    }

    async fn alarms(&self, names: &[String]) -> Answer<Vec<Alarm>> {
        let known = self.alarms.borrow().clone();
        match known {
            Some(known) => Ok(known.into_iter().filter(|alarm| names.contains(&alarm.name)).collect()),
            None => self.pass(self.cloud.alarms(names)).await,
        }
    }

    async fn create_change_set(&self, wish: &ChangeSetWish) -> Answer<String> {
        if wish.drift && self.is_old.get() {
            let text = "DeploymentMode REVERT_DRIFT is not supported in this region";
            return Err(Error::new("CreateChangeSet", "ValidationError", text));
        }
        let key = format!("create {}", wish.name);
        let refusal = "AlreadyExistsException";
        self.lose(key, refusal, self.cloud.create_change_set(wish)).await
    }

    async fn execute_change_set(&self, id: &str, token: &str) -> Answer<()> {
        let refusal = "InvalidChangeSetStatus";
        self.lose(
            format!("execute {id}"),
            refusal,
            self.cloud.execute_change_set(id, token),
        )
        .await
    }

    async fn describe_stack(&self, stack: &str) -> Answer<Stack> {
        let mut answer = self.pass(self.cloud.describe_stack(stack)).await?;
        let mut told = self.told.borrow_mut();
        if let Some((of, status, looks)) = &mut *told
            && of == stack
        {
            answer.status = Status::new(status);
            *looks -= 1;
            if *looks == 0 {
                *told = None;
            }
        }
        Ok(answer)
    }

    async fn describe_stack_events(&self, stack: &str, page: Option<&str>) -> Answer<Page<StackEvent>> {
        let mut answer = self.pass(self.cloud.describe_stack_events(stack, page)).await?;
        if let Some((of, status, _)) = &*self.told.borrow()
            && of == stack
            && page.is_none()
        {
            let first = answer.items[0].clone();
            let other = StackEvent {
                id: "other".to_string(),
                token: Some("somebody".to_string()),
                status: Status::new(status),
                ..first
            };
            answer.items.insert(0, other);
        }
        Ok(answer)
    }

    pass! {
        async fn describe_change_set(&self, id: &str, values: bool, page: Option<&str>) -> Answer<(ChangeSet, Option<String>)>;
        async fn list_change_sets(&self, stack: &str, page: Option<&str>) -> Answer<Page<ListedSet>>;
        async fn change_set_findings(&self, id: &str) -> Answer<Vec<Finding>>;
        async fn delete_change_set(&self, id: &str) -> Answer<()>;
        async fn delete_log_group(&self, name: &str) -> Answer<()>;
        async fn delete_repository(&self, name: &str) -> Answer<()>;
        async fn empty_bucket(&self, name: &str) -> Answer<bool>;
        async fn delete_bucket(&self, name: &str) -> Answer<()>;
        async fn template(&self, stack: &str) -> Answer<String>;
        async fn scaling_group(&self, name: &str) -> Answer<ScalingGroup>;
        async fn empty_scaling_group(&self, name: &str) -> Answer<()>;
        async fn unprotect_instances(&self, group: &str, instances: &[String]) -> Answer<()>;
        async fn parameters_below(&self, path: &str, deep: bool, page: Option<&str>) -> Answer<Page<Parameter>>;
        async fn list_stack_resources(&self, stack: &str, page: Option<&str>) -> Answer<Page<StackResource>>;
        async fn cancel_update_stack(&self, stack: &str, token: &str) -> Answer<()>;
        async fn delete_stack(&self, stack: &str, token: &str, retained: &[String]) -> Answer<()>;
        async fn continue_update_rollback(&self, stack: &str, token: &str, skipped: &[String]) -> Answer<()>;
        async fn rollback_stack(&self, stack: &str, token: &str) -> Answer<()>;
        async fn list_service_deployments(&self, cluster: &str, service: &str, since: Moment) -> Answer<Vec<String>>;
        async fn stop_service_deployment(&self, deployment: &str) -> Answer<()>;
        async fn tasks(&self, cluster: &str, filter: &TaskFilter) -> Answer<Vec<Task>>;
        async fn describe_tasks(&self, cluster: &str, tasks: &[String]) -> Answer<Vec<Task>>;
        async fn stop_task(&self, cluster: &str, task: &str, reason: &str) -> Answer<()>;
        async fn container_instances(&self, cluster: &str) -> Answer<Vec<Instance>>;
        async fn task_definition(&self, arn: &str) -> Answer<TaskDefinition>;
        async fn target_health(&self, target_group: &str) -> Answer<Vec<TargetHealth>>;
        async fn log_tail(&self, group: &str, stream: &str, most: usize) -> Answer<Vec<LogLine>>;
        async fn filter_log_events(&self, search: &LogSearch, page: Option<&str>) -> Answer<Page<FoundLine>>;
        async fn image_digest(&self, repository: &str, image: &str) -> Answer<Option<String>>;
        async fn parameter(&self, name: &str) -> Answer<Parameter>;
        async fn put_parameter(&self, name: &str, value: &str, overwrite: bool) -> Answer<()>;
        async fn delete_parameter(&self, name: &str) -> Answer<()>;
        async fn has_parameter(&self, name: &str) -> Answer<bool>;
        async fn has_secret(&self, secret: &str) -> Answer<bool>;
        async fn has_object(&self, object: &Object) -> Answer<bool>;
        async fn object(&self, object: &Object) -> Answer<String>;
        async fn put_object(&self, object: &Object, text: &str) -> Answer<()>;
    }
}

/// A cloud before the deployment that is killed.
pub fn ready(plan: &Plan, is_first: bool) -> Mortal {
    let mortal = Mortal::new(1);
    mortal.push(plan, "a");
    if !is_first {
        let before = mortal.deploy(plan).expect("it has an end");
        assert_eq!(before.outcome, Some(Outcome::Done));
        mortal.push(plan, "b");
        mortal.ran.borrow_mut().clear();
    }
    mortal.asked.set(0);
    mortal
}

/// Kills a deployment at each of these requests. What was wrong.
fn kill(is_first: bool, every: usize, reviews: bool) -> Vec<String> {
    let plan = example("shop");
    let ready = |plan: &Plan, is_first: bool| {
        let mortal = ready(plan, is_first);
        mortal.reviews.set(reviews);
        mortal
    };
    let whole = ready(&plan, is_first);
    let view = whole.deploy(&plan).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Done));
    let (requests, expected) = (whole.asked.get(), whole.state(&plan));
    assert!(expected.iter().any(|line| line.ends_with(" ran 1")), "{expected:#?}");
    let mut wrong = Vec::new();
    for at in (0..requests).step_by(every) {
        for is_sent in [false, true] {
            let mortal = ready(&plan, is_first);
            mortal.left.set(Some(at));
            mortal.is_sent.set(is_sent);
            assert!(mortal.deploy(&plan).is_none(), "it is killed");
            mortal.left.set(None);
            mortal.ask(mortal.sleep(Duration::from_secs(at as u64 % 40)));
            let (again, said) = mortal.deploy_as(&plan, Options::default()).expect("it has an end");
            let kind = if is_sent { "sent" } else { "not sent" };
            if again.outcome != Some(Outcome::Done) {
                let failed: Vec<_> = again.stages.iter().map(|stage| format!("{stage:?}")).collect();
                wrong.push(format!("{at} {kind}: {:?} {failed:?}\n{said}", again.outcome));
                continue;
            }
            let state = mortal.state(&plan);
            if state != expected {
                let odd: Vec<&String> = state.iter().filter(|line| !expected.contains(line)).collect();
                wrong.push(format!("{at} {kind}: {odd:#?}"));
            }
        }
    }
    wrong
}

#[test]
fn a_release_that_is_killed_ends_the_same_when_run_again() {
    let wrong = kill(false, 23, false);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_first_deployment_that_is_killed_ends_the_same_when_run_again() {
    let wrong = kill(true, 37, false);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_killed_and_looked_at_again_is_not_taken_for_more_than_was_seen() {
    let wrong = kill(false, 29, true);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let wrong = kill(true, 31, true);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn requirement_13_a_lost_answer_is_no_second_set_and_no_second_execution() {
    let plan = example("shop");
    let mortal = ready(&plan, false);
    mortal.loses.set(true);
    let view = mortal.deploy(&plan).expect("it has an end");
    assert_eq!(view.outcome, Some(Outcome::Done));
    mortal.loses.set(false);
    let state = mortal.state(&plan);
    assert!(!state.iter().any(|line| line.contains("left behind")), "{state:#?}");
}

pub fn leased(who: &str, wait: u64) -> Options {
    Options {
        wait: Duration::from_secs(wait),
        lease: Some(Holder {
            who: who.to_string(),
            key: who.to_string(),
        }),
        ..Options::default()
    }
}

impl Mortal {
    /// Does some of a piece of work: until a request has no answer, whether it is carried out or not. Nothing where it was
    /// killed by that.
    pub fn killed_at<T>(&self, at: usize, is_sent: bool, work: impl Future<Output = T>) -> Option<T> {
        self.left.set(Some(at));
        self.is_sent.set(is_sent);
        let done = match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        };
        self.left.set(None);
        done
    }

    /// Two pieces of work at once, one request of the one after one of the other.
    pub fn together<A, B>(&self, one: impl Future<Output = A>, other: impl Future<Output = B>) -> (A, B) {
        self.takes_turns.set(true);
        let (mut one, mut other) = (pin!(one), pin!(other));
        let (mut first, mut second) = (None, None);
        let mut context = Context::from_waker(Waker::noop());
        while first.is_none() || second.is_none() {
            if first.is_none()
                && let Poll::Ready(done) = one.as_mut().poll(&mut context)
            {
                first = Some(done);
            }
            if second.is_none()
                && let Poll::Ready(done) = other.as_mut().poll(&mut context)
            {
                second = Some(done);
            }
        }
        self.takes_turns.set(false);
        (first.expect("it is done"), second.expect("it is done"))
    }
}

/// Two deployments at once.
fn both(mortal: &Mortal, plan: &Plan, options: [Options; 2]) -> ([Option<Outcome>; 2], String) {
    let said = RefCell::new(String::new());
    let sink = |_: &View, _: &deploy::event::Event, new: &[deploy::watch::Said]| {
        said.borrow_mut()
            .extend(new.iter().map(|said| format!("{}\n", said.text)));
    };
    let [one, other] = options;
    let (mut of_one, mut of_other) = (sink, sink);
    let one = deploy::run(plan, mortal, one, &mut of_one);
    let other = deploy::run(plan, mortal, other, &mut of_other);
    let (one, other) = mortal.together(one, other);
    let text = said.borrow().clone();
    ([one.outcome, other.outcome], text)
}

#[test]
fn of_two_deployments_at_once_one_is_locked_and_told_by_whom() {
    let plan = example("shop");
    let mortal = ready(&plan, false);
    let (outcomes, said) = both(&mortal, &plan, [leased("ana@one", 0), leased("bob@two", 0)]);
    assert_eq!(outcomes, [Some(Outcome::Done), Some(Outcome::Locked)]);
    assert!(said.contains("ana@one deploys to production"), "{said}");
    let left = mortal.ask(mortal.cloud.parameter("/loadline/production/lease"));
    assert!(left.is_err(), "it is given back");
}

#[test]
fn who_waits_for_a_lease_deploys_afterwards() {
    let plan = example("shop");
    let mortal = ready(&plan, false);
    let (outcomes, _) = both(&mortal, &plan, [leased("ana@one", 0), leased("bob@two", 3600)]);
    assert_eq!(outcomes, [Some(Outcome::Done), Some(Outcome::Done)]);
    assert!(mortal.state(&plan).iter().any(|line| line.ends_with(" ran 1")));
}

#[test]
fn a_lease_of_somebody_who_is_gone_is_taken_over_when_it_has_ended() {
    let plan = example("shop");
    let mortal = ready(&plan, false);
    mortal.left.set(Some(60));
    let mut sink = |_: &View, _: &deploy::event::Event, _: &[deploy::watch::Said]| {};
    {
        let gone = pin!(deploy::run(&plan, &mortal, leased("ana@one", 0), &mut sink));
        assert!(gone.poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    mortal.left.set(None);
    let early = mortal.ask(deploy::run(&plan, &mortal, leased("bob@two", 0), &mut sink));
    assert_eq!(early.outcome, Some(Outcome::Locked));
    let later = mortal.ask(deploy::run(&plan, &mortal, leased("bob@two", 200), &mut sink));
    assert_eq!(later.outcome, Some(Outcome::Done));
}

/// What plans have left: change sets, and stacks that are nothing else.
fn left_by_plans(mortal: &Mortal, plan: &Plan) -> Vec<String> {
    let mut left = Vec::new();
    for stage in &plan.stages {
        let Work::Stack(work) = &stage.work else { continue };
        let Ok(stack) = mortal.ask(mortal.cloud.describe_stack(&work.stack)) else {
            continue;
        };
        if stack.status.is_in_review() {
            left.push(format!("{} is a shell", stack.name));
        }
        let sets = mortal.ask(mortal.cloud.list_change_sets(&work.stack, None));
        let sets = sets.expect("they can be listed").items.into_iter();
        left.extend(
            sets.map(|set| set.name)
                .filter(|name| name.starts_with("loadline-plan-")),
        );
    }
    left
}

/// Kills a plan at each of these requests, and plans once more.
fn kill_plans(is_first: bool, every: usize) {
    let plan = example("shop");
    let reader = || Reader {
        left: &|| false,
        told: &|_| {},
    };
    let (mut at, mut most) = (0, 0);
    loop {
        let mut is_whole = false;
        for is_sent in [false, true] {
            let mortal = ready(&plan, is_first);
            is_whole |= mortal
                .killed_at(at, is_sent, preview::of(&plan, &mortal, reader()))
                .is_some();
            most = most.max(left_by_plans(&mortal, &plan).len());
            // One that comes at once may meet somebody who still reads.
            mortal.ask(mortal.sleep(Duration::from_secs(65 * 60)));
            let (_, halt) = mortal.ask(preview::of(&plan, &mortal, reader()));
            assert_eq!(halt, None, "{at}");
            let left = left_by_plans(&mortal, &plan);
            assert_eq!(left, Vec::<String>::new(), "{at}, sent: {is_sent}");
        }
        if is_whole {
            break;
        }
        at += every;
    }
    assert!(at > 20, "it asks for more than {at}");
    assert!(most >= 1, "being killed leaves something");
}

#[test]
fn requirement_1_a_plan_that_is_killed_leaves_nothing_that_the_next_does_not_take_away() {
    kill_plans(true, 1);
    kill_plans(false, 19);
}

/// `cargo test --release -- --ignored killed_anywhere`
#[test]
#[ignore = "takes minutes: some hundreds of requests, two ways each"]
fn killed_anywhere() {
    let mut wrong = Vec::new();
    for reviews in [false, true] {
        wrong.extend(kill(false, 1, reviews));
        wrong.extend(kill(true, 1, reviews));
    }
    kill_plans(false, 1);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
