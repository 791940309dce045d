//! What things of histories are called: ARNs, lines of the user's file, logical IDs. In: short names. Out: long ones.

use loadline::cloud::Moment;
use loadline::plan::Service;
use loadline::template::Place;

/// When histories begin.
pub const BEGIN: Moment = Moment(1_795_600_800_000);

/// What ARNs of ECS begin with.
pub const ARN: &str = "arn:aws:ecs:eu-west-1:111122223333";

/// The ARN of a service.
pub fn service_arn(name: &str) -> String {
    format!("{ARN}:service/production/{name}")
}

/// The ARN of a service deployment.
pub fn deployment_arn(service: &str, id: &str) -> String {
    format!("{ARN}:service-deployment/production/{service}/{id}")
}

/// The ARN of a revision.
pub fn revision_arn(revision: &str) -> String {
    format!("{ARN}:task-definition/{revision}")
}

/// The ARN of a task.
pub fn task_arn(id: &str) -> String {
    format!("{ARN}:task/production/{id}")
}

/// A line of the user's file.
pub fn place(line: usize) -> Place {
    Place {
        file: "shop.yml".to_string(),
        line,
        column: 3,
    }
}

/// `web` as logical IDs have it.
pub fn capital(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

/// A service of a stack, as the plan has it; its lines are those from `line` on.
pub fn service(stack: &str, name: &str, line: usize) -> Service {
    let keys = ["image", "command", "memory", "health", "health.boot", "port", "rollout"];
    Service {
        stack: stack.to_string(),
        logical: format!("{}Service", capital(name)),
        task_definition: Some(format!("{}TaskDefinition", capital(name))),
        name: name.to_string(),
        place: place(line),
        keys: (line + 1..)
            .zip(keys)
            .map(|(line, key)| (key.to_string(), place(line)))
            .collect(),
        ..Service::default()
    }
}
