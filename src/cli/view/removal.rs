//! What is taken away, before it is: what goes, what stays, what forbids it. In: a survey. Out: text for a person, or JSON with
//! a version.

use std::collections::BTreeMap;

use serde_json::json;

use crate::operate::destroy::{Found, Part, Survey, Wish, by_hand};

/// The version of the JSON shape.
const VERSION: u32 = 1;

/// A survey for a person. `account` says where.
pub(in crate::cli) fn text(survey: &Survey, wish: &Wish, account: &str) -> String {
    let what = match wish {
        Wish::App { app, cluster, .. } => format!("app {app} on cluster {cluster}"),
        Wish::Cluster { cluster, .. } => format!("cluster {cluster}"),
    };
    if survey.is_empty() && survey.obstacles.is_empty() {
        return format!("{account}\nthere is nothing of {what}\n");
    }
    let mut text = format!("{account}\n");
    if !survey.is_empty() {
        text.push_str(&format!("\n\u{1b}[1;31mdeletes {what}\u{1b}[0m\n"));
    }
    let names = survey.stacks.iter().map(|found| found.stack.chars().count());
    let column = names.max().unwrap_or_default();
    for found in &survey.stacks {
        let goes = found.parts.iter().filter(|part| !part.stays).count();
        let name = &found.stack;
        let noun = if goes == 1 { "resource" } else { "resources" };
        text.push_str(&format!("  - {name:column$}  {goes} {noun}{}\n", felt(found)));
    }
    for name in &survey.records {
        text.push_str(&format!("  - {name}  what deployments have written down\n"));
    }
    text + &lost(survey) + &stays(survey)
}

/// What is deleted with what it holds.
fn lost(survey: &Survey) -> String {
    let parts = survey.stacks.iter().flat_map(|found| &found.parts);
    let lost: Vec<&Part> = parts.filter(|part| part.data.is_some()).collect();
    if lost.is_empty() {
        return String::new();
    }
    let mut text = "\n\u{1b}[1;31mloses data\u{1b}[0m\n".to_string();
    for part in lost {
        text.push_str(&format!("  - {:14}  {}\n", word(&part.kind), part.physical));
    }
    text
}

/// What of a stack is felt by those who use it.
fn felt(found: &Found) -> String {
    let of = |kind: &str| {
        found
            .parts
            .iter()
            .filter(|part| part.kind == kind && !part.stays)
            .count()
    };
    let parts = [
        (of("AWS::ECS::Service"), "service", "services"),
        (
            of("AWS::ElasticLoadBalancingV2::LoadBalancer"),
            "load balancer",
            "load balancers",
        ),
        (
            of("AWS::AutoScaling::AutoScalingGroup"),
            "group of instances",
            "groups of instances",
        ),
        (of("AWS::EC2::VPC"), "network", "networks"),
    ];
    let parts = parts.iter().filter(|(count, ..)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }))
        .collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!(", with {}", parts.join(", ")),
    }
}

fn stays(survey: &Survey) -> String {
    let mut kinds: BTreeMap<&str, Vec<&Part>> = BTreeMap::new();
    for part in survey.stays() {
        kinds.entry(&part.kind).or_default().push(part);
    }
    if kinds.is_empty() {
        return String::new();
    }
    let mut text = "\n\u{1b}[1;32mstays\u{1b}[0m, because it holds data\n".to_string();
    for (kind, parts) in &kinds {
        let word = word(kind);
        for part in parts {
            text.push_str(&format!("  = {word:14}  {}\n", part.physical));
        }
    }
    let commands = survey.stays().filter_map(|part| by_hand(&part.kind, &part.physical));
    let commands: Vec<String> = commands.map(|command| format!("    {command}\n")).collect();
    if !commands.is_empty() {
        text.push_str(
            "\n  A later deployment under the same names is refused while log groups and repositories of these names are there.\n  \
             Once nobody needs them, they are deleted by:\n",
        );
        text.extend(commands);
    }
    text
}

/// A type as people call it.
fn word(kind: &str) -> String {
    match kind {
        "AWS::Logs::LogGroup" => "log group".to_string(),
        "AWS::ECR::Repository" => "repository".to_string(),
        "AWS::S3::Bucket" => "bucket".to_string(),
        "AWS::SQS::Queue" => "queue".to_string(),
        "AWS::DynamoDB::Table" => "table".to_string(),
        "AWS::EFS::FileSystem" => "file system".to_string(),
        other => other.to_string(),
    }
}

/// A survey for a program.
pub(in crate::cli) fn json(survey: &Survey, wish: &Wish) -> String {
    let stacks = survey.stacks.iter().map(|found| {
        let parts = found.parts.iter().map(
            |part| json!({"logical": part.logical, "physical": part.physical, "type": part.kind, "stays": part.stays, "data": part.data.is_some()}),
        );
        let parts: Vec<_> = parts.collect();
        json!({"stack": found.stack, "id": found.id, "status": found.status, "resources": parts})
    });
    let obstacles = survey.obstacles.iter().map(|obstacle| {
        let (message, hint) = obstacle.words();
        json!({"message": message, "hint": hint, "exit": obstacle.outcome().exit_code()})
    });
    let (app, cluster) = match wish {
        Wish::App { app, cluster, .. } => (Some(app), cluster),
        Wish::Cluster { cluster, .. } => (None, cluster),
    };
    let document = json!({
        "version": VERSION,
        "app": app,
        "cluster": cluster,
        "stacks": stacks.collect::<Vec<_>>(),
        "records": survey.records,
        "obstacles": obstacles.collect::<Vec<_>>(),
    });
    format!("{document}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operate::destroy::Obstacle;

    fn part(logical: &str, kind: &str, physical: &str, stays: bool) -> Part {
        Part {
            logical: logical.to_string(),
            physical: physical.to_string(),
            kind: kind.to_string(),
            stays,
            data: None,
        }
    }

    #[test]
    fn a_survey_says_what_goes_and_what_stays() {
        let wish = Wish::App {
            app: "shop".to_string(),
            cluster: "production".to_string(),
            registry: None,
        };
        let mut survey = Survey {
            stacks: vec![Found {
                stack: "production-shop".to_string(),
                id: "arn".to_string(),
                status: "UPDATE_COMPLETE".to_string(),
                parts: vec![
                    part("WebService", "AWS::ECS::Service", "arn", false),
                    part("WebLog", "AWS::Logs::LogGroup", "/loadline/production/shop/web", true),
                ],
            }],
            records: vec!["/loadline/production/apps/shop/release".to_string()],
            obstacles: Vec::new(),
        };
        let shown = anstream::adapter::strip_str(&text(&survey, &wish, "account 1, eu-west-1")).to_string();
        let expected = "\
account 1, eu-west-1

deletes app shop on cluster production
  - production-shop  1 resource, with 1 service
  - /loadline/production/apps/shop/release  what deployments have written down

stays, because it holds data
  = log group       /loadline/production/shop/web

  A later deployment under the same names is refused while log groups and repositories of these names are there.
  Once nobody needs them, they are deleted by:
    aws logs delete-log-group --log-group-name /loadline/production/shop/web
";
        assert_eq!(shown, expected);
        survey.with_data();
        let shown = anstream::adapter::strip_str(&text(&survey, &wish, "account 1, eu-west-1")).to_string();
        assert!(
            shown.contains("loses data\n  - log group       /loadline/production/shop/web\n"),
            "{shown}"
        );
        assert!(!shown.contains("stays"), "{shown}");
        survey.obstacles.push(Obstacle::Protected {
            stack: "production-shop".to_string(),
        });
        let shown: serde_json::Value = serde_json::from_str(&json(&survey, &wish)).expect("it is JSON");
        assert_eq!((&shown["version"], &shown["app"]), (&json!(1), &json!("shop")));
        assert_eq!(shown["stacks"][0]["resources"][1]["data"], true);
        assert_eq!(shown["obstacles"][0]["exit"], 4);
        let nothing = text(&Survey::default(), &wish, "account 1, eu-west-1");
        assert!(nothing.ends_with("there is nothing of app shop on cluster production\n"));
    }
}
