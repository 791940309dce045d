//! A cloud that answers from a timeline, in virtual time. In: steps that change what there is, and windows in which requests are
//! refused. Out: a `Cloud` that counts what it is asked.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use loadline::cloud::capacity::{Instance, ScalingGroup, TargetHealth};
use loadline::cloud::definition::TaskDefinition;
use loadline::cloud::ecs::{Container, Deployment, OneOff, Service, ServiceDeployment, ServiceEvent, Task, TaskFilter};
use loadline::cloud::formation::{
    Change, ChangeDetail, ChangeSet, ChangeSetWish, Finding, ListedSet, Stack, StackEvent, StackResource, Standing,
    Status,
};
use loadline::cloud::outside::{Alarm, FoundLine, LogLine, LogSearch, Object, Parameter};
use loadline::cloud::{Answer, Cloud, Error, Moment, Page};
use loadline::deploy::event::Event;
use loadline::deploy::watch::{Said, View};
use loadline::deploy::{Options, run};
use loadline::graph::StackKind;
use loadline::plan::{LogPlace, Plan, StackWork, Stage, Work};

use super::names::{BEGIN, deployment_arn, revision_arn, service, service_arn, task_arn};

pub const STACK: &str = "production-shop";

/// What there is.
#[derive(Default)]
pub struct World {
    token: String,
    /// Oldest first.
    events: Vec<StackEvent>,
    pub services: BTreeMap<String, Service>,
    pub deployments: BTreeMap<String, ServiceDeployment>,
    pub tasks: BTreeMap<String, Task>,
    pub targets: Vec<TargetHealth>,
    changes: Vec<Change>,
    now: Moment,
}

type Step = (i64, Box<dyn FnOnce(&mut World)>);

/// The cloud.
pub struct Scripted {
    now: Cell<Moment>,
    world: RefCell<World>,
    steps: RefCell<VecDeque<Step>>,
    /// From which second to which requests are refused as too many: of one operation, or all.
    throttled: Vec<(i64, i64, Option<&'static str>)>,
    denied: BTreeSet<&'static str>,
    names: Vec<String>,
    /// The requests: when, and which.
    pub requests: RefCell<Vec<(i64, &'static str)>>,
}

/// All that came of a run.
pub struct Ran {
    pub view: View,
    pub events: Vec<Event>,
    pub said: Vec<Said>,
}

impl Scripted {
    /// A stack with services that have served their first revision for a day; each gets a second one.
    pub fn new(names: &[&str]) -> Scripted {
        let mut world = World::default();
        let day = BEGIN.plus_seconds(-86400);
        for name in names {
            let mut old = deployment(name, "d1", 1, day);
            old.rollout = Some("COMPLETED".to_string());
            (old.desired, old.running) = (2, 2);
            world.services.insert(
                name.to_string(),
                Service {
                    name: name.to_string(),
                    arn: service_arn(name),
                    status: "ACTIVE".to_string(),
                    desired: 2,
                    running: 2,
                    deployments: vec![old],
                    ..Service::default()
                },
            );
            world.changes.extend(changes(name));
        }
        Scripted {
            now: Cell::new(BEGIN),
            world: RefCell::new(world),
            steps: RefCell::default(),
            throttled: Vec::new(),
            denied: BTreeSet::new(),
            names: names.iter().map(|name| name.to_string()).collect(),
            requests: RefCell::default(),
        }
    }

    /// Lets something happen so many seconds after the beginning.
    pub fn at(self, second: i64, step: impl FnOnce(&mut World) + 'static) -> Scripted {
        self.steps.borrow_mut().push_back((second, Box::new(step)));
        self
    }

    /// Refuses every read as one too many, from one second to another.
    pub fn throttled(mut self, from: i64, to: i64) -> Scripted {
        self.throttled.push((from, to, None));
        self
    }

    /// Refuses an operation as one too many, from a second on.
    pub fn throttled_for(mut self, operation: &'static str, from: i64) -> Scripted {
        self.throttled.push((from, i64::MAX, Some(operation)));
        self
    }

    /// Refuses an operation for good.
    pub fn denied(mut self, operation: &'static str) -> Scripted {
        self.denied.insert(operation);
        self
    }

    /// Runs the deployment.
    pub fn run(&self) -> Ran {
        self.steps
            .borrow_mut()
            .make_contiguous()
            .sort_by_key(|(second, _)| *second);
        let mut events = Vec::new();
        let mut told = Vec::new();
        let mut sink = |_: &View, event: &Event, said: &[Said]| {
            events.push(event.clone());
            told.extend_from_slice(said);
        };
        let plan = self.plan();
        let view = ready(run(&plan, self, Options::default(), &mut sink));
        let said = told;
        Ran { view, events, said }
    }

    fn plan(&self) -> Plan {
        let services = (1i64..).zip(&self.names);
        let logs = self.names.iter().map(|name| LogPlace {
            family: name.clone(),
            container: name.clone(),
            group: format!("/{name}"),
            prefix: "shop".to_string(),
        });
        let work = StackWork {
            stack: STACK.to_string(),
            kind: StackKind::App,
            cluster: None,
            template: "{}".to_string(),
            parameters: Vec::new(),
            capabilities: Vec::new(),
            services: services
                .map(|(line, name)| service(STACK, name, line as usize * 10))
                .collect(),
            logs: logs.collect(),
            origins: Vec::new(),
        };
        Plan {
            stages: vec![Stage {
                name: STACK.to_string(),
                work: Work::Stack(work),
            }],
            ..Plan::default()
        }
    }

    fn second(&self) -> i64 {
        self.now.get().seconds_since(BEGIN)
    }

    fn read(&self, operation: &'static str) -> Answer<()> {
        let second = self.second();
        self.requests.borrow_mut().push((second, operation));
        let is_throttled = |(from, to, only): &(i64, i64, Option<&'static str>)| {
            (*from..*to).contains(&second) && only.is_none_or(|only| only == operation)
        };
        if self.throttled.iter().any(is_throttled) {
            return Err(Error::new(operation, "ThrottlingException", "Rate exceeded"));
        }
        match self.denied.contains(operation) {
            true => Err(Error::new(operation, "AccessDeniedException", "no")),
            false => Ok(()),
        }
    }
}

/// What a future that never waits gives.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("a scripted cloud answers at once"),
    }
}

fn deployment(name: &str, id: &str, revision: i64, created: Moment) -> Deployment {
    Deployment {
        id: format!("ecs-svc/{name}-{id}"),
        status: "PRIMARY".to_string(),
        task_definition: revision_arn(&format!("{name}:{revision}")),
        rollout: Some("IN_PROGRESS".to_string()),
        created,
        ..Deployment::default()
    }
}

fn logical(name: &str, what: &str) -> String {
    name[..1].to_uppercase() + &name[1..] + what
}

fn changes(name: &str) -> [Change; 2] {
    let change = |logical, physical, kind: &str, replacement: &str, details| Change {
        action: "Modify".to_string(),
        logical,
        physical: Some(physical),
        kind: kind.to_string(),
        replacement: Some(replacement.to_string()),
        details,
        ..Change::default()
    };
    let detail = ChangeDetail {
        attribute: "Properties".to_string(),
        name: Some("TaskDefinition".to_string()),
        recreation: "Never".to_string(),
        source: "ResourceReference".to_string(),
        ..ChangeDetail::default()
    };
    let old = revision_arn(&format!("{name}:1"));
    [
        change(
            logical(name, "TaskDefinition"),
            old,
            "AWS::ECS::TaskDefinition",
            "True",
            Vec::new(),
        ),
        change(
            logical(name, "Service"),
            service_arn(name),
            "AWS::ECS::Service",
            "False",
            vec![detail],
        ),
    ]
}

/// What happens in a world.
impl World {
    /// An event of the stack itself.
    pub fn stack(&mut self, status: &str, reason: Option<&str>) {
        self.event(STACK, "AWS::CloudFormation::Stack", None, status, reason);
    }

    fn event(&mut self, logical: &str, kind: &str, physical: Option<String>, status: &str, reason: Option<&str>) {
        self.events.push(StackEvent {
            id: format!("event-{}", self.events.len()),
            at: self.now,
            token: Some(self.token.clone()),
            logical: logical.to_string(),
            physical,
            kind: kind.to_string(),
            status: Status::new(status),
            reason: reason.map(str::to_string),
        });
    }

    /// An event of a service.
    pub fn resource(&mut self, name: &str, status: &str) {
        self.event(
            &logical(name, "Service"),
            "AWS::ECS::Service",
            Some(service_arn(name)),
            status,
            None,
        );
    }

    /// CloudFormation has made the new revision, and begins with the service.
    pub fn update(&mut self, name: &str) {
        let revision = revision_arn(&format!("{name}:2"));
        let id = logical(name, "TaskDefinition");
        self.event(&id, "AWS::ECS::TaskDefinition", Some(revision), "UPDATE_COMPLETE", None);
        self.resource(name, "UPDATE_IN_PROGRESS");
    }

    /// ECS begins the deployment `d2`, with two tasks on their way.
    pub fn begin(&mut self, name: &str) {
        let now = self.now;
        let service = self.services.get_mut(name).expect("a service");
        for old in &mut service.deployments {
            old.status = "ACTIVE".to_string();
        }
        let mut new = deployment(name, "d2", 2, now);
        (new.desired, new.pending) = (2, 2);
        service.deployments.insert(0, new);
        service.pending = 2;
        let arn = deployment_arn(name, "d2");
        service.current_deployment = Some(arn.clone());
        let ours = ServiceDeployment {
            arn: arn.clone(),
            status: "IN_PROGRESS".to_string(),
            task_definition: revision_arn(&format!("{name}:2")),
            created: now,
            ..ServiceDeployment::default()
        };
        self.deployments.insert(arn, ours);
        for number in 1..=2 {
            self.task(name, number, |task| task.last_status = "PENDING".to_string());
        }
    }

    /// Changes a task of the new revision, or makes it.
    pub fn task(&mut self, name: &str, number: i64, change: impl FnOnce(&mut Task)) {
        let arn = task_arn(&format!("{name}-{number}"));
        let now = self.now;
        let task = self.tasks.entry(arn.clone()).or_insert_with(|| Task {
            arn,
            group: format!("service:{name}"),
            task_definition: revision_arn(&format!("{name}:2")),
            desired_status: "RUNNING".to_string(),
            health: "UNKNOWN".to_string(),
            created: now,
            ..Task::default()
        });
        change(task);
    }

    /// A task ends with an error.
    pub fn crash(&mut self, name: &str, number: i64) {
        let now = self.now;
        self.task(name, number, |task| {
            task.last_status = "STOPPED".to_string();
            task.desired_status = "STOPPED".to_string();
            task.stop_code = Some("EssentialContainerExited".to_string());
            task.stopped_reason = Some("Essential container in task exited".to_string());
            task.stopped = Some(now);
            task.containers = vec![Container {
                name: name.to_string(),
                last_status: "STOPPED".to_string(),
                exit_code: Some(1),
                ..Container::default()
            }];
        });
    }

    /// The new tasks run.
    pub fn serve(&mut self, name: &str) {
        let now = self.now;
        for number in 1..=2 {
            self.task(name, number, |task| {
                task.last_status = "RUNNING".to_string();
                task.started = Some(now);
            });
        }
        let service = self.services.get_mut(name).expect("a service");
        service.pending = 0;
        (service.deployments[0].running, service.deployments[0].pending) = (2, 0);
        service.running = 4;
    }

    /// ECS calls the deployment successful, and CloudFormation the service complete.
    pub fn succeed(&mut self, name: &str) {
        self.end(name, "SUCCESSFUL");
        let service = self.services.get_mut(name).expect("a service");
        service.deployments.truncate(1);
        service.deployments[0].rollout = Some("COMPLETED".to_string());
        (service.running, service.pending) = (2, 0);
        self.resource(name, "UPDATE_COMPLETE");
    }

    /// ECS brings the old revision back.
    pub fn roll_back(&mut self, name: &str) {
        self.end(name, "ROLLBACK_SUCCESSFUL");
        let service = self.services.get_mut(name).expect("a service");
        service.deployments.remove(0);
        service.deployments[0].status = "PRIMARY".to_string();
        (service.running, service.pending) = (2, 0);
    }

    fn end(&mut self, name: &str, status: &str) {
        let now = self.now;
        self.services.get_mut(name).expect("a service").current_deployment = None;
        let ours = self
            .deployments
            .get_mut(&deployment_arn(name, "d2"))
            .expect("a deployment");
        ours.status = status.to_string();
        ours.finished = Some(now);
    }

    /// The scheduler writes a line.
    pub fn message(&mut self, name: &str, text: &str) {
        let now = self.now;
        let service = self.services.get_mut(name).expect("a service");
        let id = format!("{name}-{}", service.events.len());
        let text = text.to_string();
        service.events.insert(
            0,
            ServiceEvent {
                id,
                at: now,
                message: text,
            },
        );
    }
}

impl Cloud for Scripted {
    fn now(&self) -> Moment {
        self.now.get()
    }

    async fn sleep(&self, time: Duration) {
        let until = self.now.get() + time;
        loop {
            let mut steps = self.steps.borrow_mut();
            let is_due = |(second, _): &Step| BEGIN.plus_seconds(*second) <= until;
            let Some((second, step)) = steps.pop_front_if(|step| is_due(step)) else {
                break;
            };
            let mut world = self.world.borrow_mut();
            world.now = BEGIN.plus_seconds(second);
            step(&mut world);
        }
        self.now.set(until);
    }

    async fn create_change_set(&self, wish: &ChangeSetWish) -> Answer<String> {
        self.read("CreateChangeSet")?;
        self.world.borrow_mut().token = wish.token.clone();
        Ok("set".to_string())
    }

    async fn describe_change_set(&self, id: &str, _: bool, _: Option<&str>) -> Answer<(ChangeSet, Option<String>)> {
        self.read("DescribeChangeSet")?;
        let set = ChangeSet {
            id: id.to_string(),
            stack_id: STACK.to_string(),
            status: Status::new("CREATE_COMPLETE"),
            reason: None,
            execution: Status::new("AVAILABLE"),
            changes: self.world.borrow().changes.clone(),
        };
        Ok((set, None))
    }

    async fn list_change_sets(&self, _: &str, _: Option<&str>) -> Answer<Page<ListedSet>> {
        self.read("ListChangeSets")?;
        Ok(Page {
            items: Vec::new(),
            next: None,
        })
    }

    async fn execute_change_set(&self, _: &str, _: &str) -> Answer<()> {
        self.read("ExecuteChangeSet")
    }

    async fn delete_change_set(&self, _: &str) -> Answer<()> {
        self.read("DeleteChangeSet")
    }

    async fn describe_stack(&self, stack: &str) -> Answer<Stack> {
        self.read("DescribeStacks")?;
        Ok(Stack {
            name: stack.to_string(),
            id: stack.to_string(),
            status: Status::new("CREATE_COMPLETE"),
            reason: None,
            parameters: BTreeMap::new(),
            resolved: BTreeMap::new(),
            updated: BEGIN,
            about: String::new(),
            standing: Standing::default(),
        })
    }

    async fn describe_stack_events(&self, _: &str, page: Option<&str>) -> Answer<Page<StackEvent>> {
        self.read("DescribeStackEvents")?;
        const SIZE: usize = 100;
        let world = self.world.borrow();
        let from: usize = page.map_or(0, |page| page.parse().expect("a number"));
        let items: Vec<StackEvent> = world.events.iter().rev().skip(from).take(SIZE).cloned().collect();
        let next = (from + SIZE < world.events.len()).then(|| (from + SIZE).to_string());
        Ok(Page { items, next })
    }

    async fn list_stack_resources(&self, _: &str, _: Option<&str>) -> Answer<Page<StackResource>> {
        self.read("ListStackResources")?;
        Ok(Page {
            items: Vec::new(),
            next: None,
        })
    }

    async fn cancel_update_stack(&self, _: &str, _: &str) -> Answer<()> {
        unreachable!("the watcher changes nothing")
    }

    async fn continue_update_rollback(&self, _: &str, _: &str, _: &[String]) -> Answer<()> {
        unreachable!("no script recovers a stack")
    }

    async fn rollback_stack(&self, _: &str, _: &str) -> Answer<()> {
        unreachable!("no script recovers a stack")
    }

    async fn delete_stack(&self, _: &str, _: &str, _: &[String]) -> Answer<()> {
        unreachable!("the watcher changes nothing")
    }

    async fn describe_services(&self, _: &str, services: &[String]) -> Answer<Vec<Service>> {
        self.read("DescribeServices")?;
        assert!(services.len() <= 10, "ten at most");
        let world = self.world.borrow();
        Ok(services
            .iter()
            .filter_map(|name| world.services.get(name).cloned())
            .collect())
    }

    async fn list_service_deployments(&self, _: &str, service: &str, since: Moment) -> Answer<Vec<String>> {
        self.read("ListServiceDeployments")?;
        let world = self.world.borrow();
        let of = |arn: &str| arn.contains(&format!("/{service}/"));
        let found = world
            .deployments
            .iter()
            .filter(|(arn, one)| of(arn) && one.created >= since);
        Ok(found.map(|(arn, _)| arn.clone()).collect())
    }

    async fn describe_service_deployments(&self, deployments: &[String]) -> Answer<Vec<ServiceDeployment>> {
        self.read("DescribeServiceDeployments")?;
        assert!(deployments.len() <= 20, "twenty at most");
        let world = self.world.borrow();
        Ok(deployments
            .iter()
            .filter_map(|arn| world.deployments.get(arn).cloned())
            .collect())
    }

    async fn stop_service_deployment(&self, _: &str) -> Answer<()> {
        unreachable!("the watcher changes nothing")
    }

    async fn tasks(&self, _: &str, filter: &TaskFilter) -> Answer<Vec<Task>> {
        self.read("ListTasks")?;
        let (name, stopped) = match filter {
            TaskFilter::Running(name) => (name, false),
            TaskFilter::Stopped(name) => (name, true),
            TaskFilter::AllRunning | TaskFilter::AllStopped => unreachable!("the watcher asks for a service's tasks"),
        };
        let world = self.world.borrow();
        if !world.services.contains_key(name) {
            return Err(Error::new(
                "ListTasks",
                "ServiceNotFoundException",
                "Service not found.",
            ));
        }
        let group = format!("service:{name}");
        let own = world
            .tasks
            .values()
            .filter(|task| task.group == group && task.stopped.is_some() == stopped);
        Ok(own.cloned().collect())
    }

    async fn describe_tasks(&self, _: &str, _: &[String]) -> Answer<Vec<Task>> {
        unreachable!("no task runs once here")
    }

    async fn run_task(&self, _: &OneOff) -> Answer<Result<String, String>> {
        unreachable!("no task runs once here")
    }

    async fn stop_task(&self, _: &str, _: &str, _: &str) -> Answer<()> {
        unreachable!("the watcher changes nothing")
    }

    async fn task_definition(&self, arn: &str) -> Answer<TaskDefinition> {
        Err(Error::new(
            "DescribeTaskDefinition",
            "ClientException",
            format!("no script has {arn}"),
        ))
    }

    async fn container_instances(&self, _: &str) -> Answer<Vec<Instance>> {
        self.read("ListContainerInstances")?;
        Ok(Vec::new())
    }

    async fn template(&self, _: &str) -> Answer<String> {
        unreachable!("the watcher reads no template")
    }

    async fn scaling_group(&self, _: &str) -> Answer<ScalingGroup> {
        unreachable!("the watcher asks for no group")
    }

    async fn empty_scaling_group(&self, _: &str) -> Answer<()> {
        unreachable!("the watcher changes nothing")
    }

    async fn unprotect_instances(&self, _: &str, _: &[String]) -> Answer<()> {
        unreachable!("the watcher changes nothing")
    }

    async fn delete_log_group(&self, _: &str) -> Answer<()> {
        unreachable!("the watcher changes nothing")
    }

    async fn delete_repository(&self, _: &str) -> Answer<()> {
        unreachable!("the watcher changes nothing")
    }

    async fn empty_bucket(&self, _: &str) -> Answer<bool> {
        unreachable!("the watcher changes nothing")
    }

    async fn delete_bucket(&self, _: &str) -> Answer<()> {
        unreachable!("the watcher changes nothing")
    }

    async fn target_health(&self, _: &str) -> Answer<Vec<TargetHealth>> {
        self.read("DescribeTargetHealth")?;
        Ok(self.world.borrow().targets.clone())
    }

    async fn log_tail(&self, _: &str, _: &str, _: usize) -> Answer<Vec<LogLine>> {
        self.read("GetLogEvents")?;
        Ok(vec![LogLine {
            at: self.now.get(),
            text: "connection refused".to_string(),
        }])
    }

    async fn filter_log_events(&self, _: &LogSearch, _: Option<&str>) -> Answer<Page<FoundLine>> {
        unreachable!("the watcher reads the end of a log")
    }

    async fn change_set_findings(&self, _: &str) -> Answer<Vec<Finding>> {
        Ok(Vec::new())
    }

    async fn alarms(&self, _: &[String]) -> Answer<Vec<Alarm>> {
        unreachable!("the watcher reads no alarm")
    }

    async fn image_digest(&self, _: &str, _: &str) -> Answer<Option<String>> {
        unreachable!("no image is looked up here")
    }

    async fn parameter(&self, name: &str) -> Answer<Parameter> {
        Err(Error::new("GetParameter", "ParameterNotFound", name))
    }

    async fn parameters_below(&self, _: &str, _: bool, _: Option<&str>) -> Answer<Page<Parameter>> {
        unreachable!("the watcher reads single parameters")
    }

    async fn put_parameter(&self, _: &str, _: &str, _: bool) -> Answer<()> {
        unreachable!("the watcher changes nothing")
    }

    async fn delete_parameter(&self, _: &str) -> Answer<()> {
        unreachable!("the watcher changes nothing")
    }

    async fn has_parameter(&self, _: &str) -> Answer<bool> {
        unreachable!("the watcher asks for no secrets")
    }

    async fn has_secret(&self, _: &str) -> Answer<bool> {
        unreachable!("the watcher asks for no secrets")
    }

    async fn has_object(&self, _: &Object) -> Answer<bool> {
        unreachable!("the template is a small one")
    }

    async fn object(&self, _: &Object) -> Answer<String> {
        unreachable!("the template is a small one")
    }

    async fn put_object(&self, _: &Object, _: &str) -> Answer<()> {
        unreachable!("the template is a small one")
    }
}
