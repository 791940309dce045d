//! What each fault does to a shop: a web service behind a load balancer, and a worker that nothing checks.

use serde_json::{Value, json};

use crate::cloud::ecs::Task;
use crate::simulate::account::Progress;
use crate::simulate::fault::{KINDS, Kind};

use super::{SERVICE, TASK, Yard, service, web};

/// A shop that is deployed.
struct Shop {
    yard: Yard,
    group: String,
    web: String,
    worker: String,
}

fn worker() -> Value {
    json!({"Family": "prod-shop-worker", "ContainerDefinitions": [{
        "Name": "worker", "Image": "example.com/shop:1", "Cpu": 256, "Memory": 1024, "MemoryReservation": 512,
        "StopTimeout": 120, "Secrets": [{"Name": "KEY", "ValueFrom": "arn:aws:ssm:eu-west-1:111122223333:parameter/key"}],
        "LogConfiguration": {"LogDriver": "awslogs", "Options": {
            "awslogs-group": "/shop/worker", "awslogs-stream-prefix": "worker"}}}]})
}

fn work(definition: &str) -> Value {
    let mut properties = service(definition, 10, None);
    properties["DeploymentConfiguration"]["MinimumHealthyPercent"] = json!(80);
    properties["DeploymentConfiguration"]["MaximumPercent"] = json!(120);
    properties["PlacementStrategies"] = json!([{"Type": "binpack", "Field": "memory"}]);
    properties["HealthCheckGracePeriodSeconds"] = json!(null);
    properties
}

fn pack(definition: &str, group: &str) -> Value {
    let mut properties = service(definition, 4, Some(group));
    properties["PlacementStrategies"] = json!([
        {"Type": "spread", "Field": "attribute:ecs.availability-zone"}, {"Type": "binpack", "Field": "memory"}]);
    properties
}

impl Shop {
    fn new(seed: u64) -> Shop {
        let mut yard = Yard::new(seed).with_instances("m7g.large", 3, 12, true);
        let group = yard.target_group();
        let definition = yard.make(TASK, "Web", web());
        let web = yard.make(SERVICE, "Web", pack(&definition, &group));
        let definition = yard.make(TASK, "Worker", worker());
        let worker = yard.make(SERVICE, "Worker", work(&definition));
        let mut shop = Shop {
            yard,
            group,
            web,
            worker,
        };
        assert_eq!(shop.settle(), (Progress::Done, Progress::Done));
        shop.yard.pass(300);
        shop
    }

    /// Releases a new revision of both, some time after faults were injected.
    fn release(&mut self, faults: &[&str]) -> (Progress, Progress) {
        self.yard.inject(faults);
        self.yard.pass(60);
        let definition = self.yard.make(TASK, "Web", newer(web()));
        let properties = pack(&definition, &self.group);
        self.yard.update(&self.web, &properties);
        let definition = self.yard.make(TASK, "Worker", newer(worker()));
        self.yard.update(&self.worker, &work(&definition));
        self.settle()
    }

    fn settle(&mut self) -> (Progress, Progress) {
        let web = self.yard.settle(&self.web).0;
        let worker = self.yard.settle(&self.worker).0;
        self.yard.hold_room();
        (web, worker)
    }

    fn failed(&mut self, arn: &str) -> Vec<Task> {
        let stopped = self.yard.stopped(arn);
        let new = stopped.into_iter().filter(|task| task.task_definition.ends_with(":2"));
        let by_itself = new.filter(|task| {
            let reason = task.stopped_reason.as_deref().unwrap_or_default();
            !reason.starts_with("Scaling activity")
        });
        by_itself.collect()
    }
}

/// The same with another image, so that it is pulled.
fn newer(mut definition: Value) -> Value {
    definition["ContainerDefinitions"][0]["Image"] = json!("example.com/shop:2");
    definition
}

#[test]
fn what_shall_end_well_does() {
    let well = KINDS.iter().filter(|(kind, ..)| kind.ends_well());
    for (kind, name, _) in well {
        for seed in 0..6 {
            let mut shop = Shop::new(seed);
            let verdict = shop.release(&[name]);
            let (web, worker) = (shop.yard.service(&shop.web), shop.yard.service(&shop.worker));
            let said: Vec<&str> = web
                .events
                .iter()
                .chain(&worker.events)
                .map(|event| &*event.message)
                .collect();
            assert_eq!(
                verdict,
                (Progress::Done, Progress::Done),
                "{name}, seed {seed}: {said:#?}"
            );
            assert_eq!((web.running, worker.running), (4, 10), "{name}, seed {seed}");
            if *kind != Kind::Throttled {
                assert!(shop.yard.account.idle_faults().is_empty(), "{name}, seed {seed}");
            }
        }
    }
}

#[test]
fn what_shall_fail_does() {
    let ill = KINDS
        .iter()
        .filter(|(kind, ..)| !kind.ends_well() && *kind != Kind::MigrationFails);
    for (kind, name, _) in ill {
        for seed in 0..3 {
            let mut shop = Shop::new(seed);
            let (web, worker) = shop.release(&[name]);
            let deployment = shop.yard.deployment(&shop.web.clone());
            assert!(
                matches!(web, Progress::Failed(_)),
                "{name}, seed {seed}: {deployment:?}"
            );
            // Nothing checks the worker: `unhealthy` finds nothing there, and late deaths count for no breaker.
            match kind {
                Kind::Unhealthy => assert_eq!(worker, Progress::Done),
                Kind::CrashAfter => assert_eq!(worker, Progress::UnderWay),
                _ => assert!(matches!(worker, Progress::Failed(_)), "{name}, seed {seed}: {worker:?}"),
            }
            let shown = shop.yard.service(&shop.web);
            assert_eq!(
                (shown.running, shown.task_definition.ends_with(":1")),
                (4, true),
                "{name}, seed {seed}"
            );
        }
    }
}

#[test]
fn failures_leave_their_marks() {
    let marks: &[(&str, &str, &str, Option<i64>)] = &[
        (
            "crash",
            "EssentialContainerExited",
            "Essential container in task exited",
            Some(1),
        ),
        (
            "database-down",
            "EssentialContainerExited",
            "Essential container in task exited",
            Some(1),
        ),
        (
            "oom",
            "EssentialContainerExited",
            "Essential container in task exited",
            Some(137),
        ),
        (
            "image-missing",
            "TaskFailedToStart",
            "CannotPullContainerError: The task can\u{2019}t pull the image. Check whether",
            None,
        ),
        (
            "registry-auth",
            "TaskFailedToStart",
            "CannotPullContainerError: The task can\u{2019}t pull the image. Check that the role",
            None,
        ),
        (
            "secret-missing",
            "TaskFailedToStart",
            "ResourceInitializationError: unable to pull secrets or registry auth",
            None,
        ),
        (
            "unhealthy",
            "ServiceSchedulerInitiated",
            "Task failed ELB health checks in (target-group arn:",
            None,
        ),
    ];
    for (name, code, reason, exit) in marks {
        let mut shop = Shop::new(1);
        shop.release(&[&format!("{name}:web")]);
        let tasks = shop.failed(&shop.web.clone());
        assert!(tasks.len() >= 5, "{name}: {}", tasks.len());
        for task in tasks {
            let said = task.stopped_reason.clone().unwrap_or_default();
            assert!(
                task.stop_code.as_deref() == Some(code) && said.starts_with(reason),
                "{name}: {task:?}"
            );
            if exit.is_some() {
                assert_eq!(task.containers[0].exit_code, *exit, "{name}");
            }
        }
        assert!(shop.failed(&shop.worker.clone()).is_empty(), "{name} strikes web alone");
    }
}

#[test]
fn a_dead_database_is_in_the_log() {
    let mut shop = Shop::new(2);
    shop.release(&["database-down:web"]);
    let task = shop.failed(&shop.web.clone()).remove(0);
    let stream = format!("web/web/{}", task.id());
    let lines = shop.yard.account.log_tail("/shop/web", &stream, 10).expect("it wrote");
    let text: Vec<&str> = lines.iter().map(|line| &*line.text).collect();
    assert!(
        text.contains(&"could not connect to server: Connection refused"),
        "{text:?}"
    );
    assert!(text.iter().any(|line| line.contains("port 5432?")), "{text:?}");
}

#[test]
fn an_unhealthy_target_says_which_code_it_gave() {
    let mut shop = Shop::new(3);
    shop.release(&["unhealthy"]);
    let said = "due to (reason Health checks failed with these codes: [500])";
    assert!(shop.yard.says(&shop.web.clone(), said));
    assert!(shop.yard.account.idle_faults().is_empty());
}

#[test]
fn a_fault_that_finds_nothing_is_known() {
    let mut shop = Shop::new(4);
    shop.release(&["unhealthy:worker", "slow-boot:worker", "crash:nothing"]);
    let idle = shop.yard.account.idle_faults();
    let idle: Vec<String> = idle.iter().map(ToString::to_string).collect();
    assert_eq!(idle, ["unhealthy:worker", "slow-boot:worker", "crash:nothing"]);
}

#[test]
fn a_migration_fails_and_says_why() {
    let mut yard = Yard::new(5).with_instances("m5.large", 3, 6, true);
    let mut migrate = web();
    migrate["Family"] = json!("prod-shop-migrate");
    let definition = yard.make(TASK, "Migrate", migrate);
    for (token, exit) in [("before", 0), ("after", 1)] {
        let arn = yard.one_off(&definition, token).expect("it is placed");
        yard.pass(90);
        let task = yard
            .account
            .tasks_by_arn("prod", &[arn], yard.now)
            .expect("it is there")
            .remove(0);
        assert_eq!(
            (task.last_status.as_str(), task.containers[0].exit_code),
            ("STOPPED", Some(exit))
        );
        let stream = format!("web/web/{}", task.id());
        let lines = yard.account.log_tail("/shop/web", &stream, 10).expect("it wrote");
        assert_eq!(
            lines.iter().any(|line| line.text.contains("ERROR: migration")),
            exit == 1
        );
        yard.inject(&["migration-fails"]);
    }
}

#[test]
fn every_second_request_is_refused() {
    let mut yard = Yard::new(6);
    yard.inject(&["throttled"]);
    let refused: Vec<bool> = (0..4).map(|_| yard.account.throttles(yard.now)).collect();
    assert_eq!(refused, [true, false, true, false]);
    yard.pass(301);
    assert!(!yard.account.throttles(yard.now));
}
