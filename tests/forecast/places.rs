//! What `place: {where: …}` does to a forecast.

use loadline::rollout::forecast::declared::{Ground, WhatIf};
use loadline::rollout::forecast::judge::{Doubt, Verdict};
use loadline::rollout::forecast::whole;
use loadline::source::Memory;
use loadline::{Request, compile};

/// The verdict of a service with this expression, and whether it is refused.
fn verdict(expression: &str, what_if: &WhatIf) -> (Verdict, bool) {
    let spec = format!(
        "cluster: one\nnetwork: {{zones: [eu-west-1a, eu-west-1b]}}\ncapacity: {{instances: {{type: [m7g.large, m6g.large]}}}}\n---\napp: shop\ncluster: \
         one\nimage: nginx:1.27\nservices:\n  web: {{count: 2, place: {{where: \"{expression}\"}}}}\n  api: {{count: 2}}\n"
    );
    let request = Request {
        path: "spec.yml".to_string(),
        ..Request::default()
    };
    let compiled = compile(&Memory::default().with("spec.yml", spec), &request).expect("the world is in memory");
    let forecasts = whole::of(&compiled.spec, what_if);
    let row = forecasts[0].rows().next().expect("there is a service");
    assert_eq!(forecasts[0].is_refused(), row.refused);
    (row.at_least.clone(), row.refused)
}

#[test]
fn what_each_instance_fulfils_is_no_limit() {
    for expression in [
        "attribute:ecs.instance-type =~ m.*",
        "attribute:ecs.cpu-architecture == arm64",
        "attribute:ecs.availability-zone in [eu-west-1a, eu-west-1b, eu-west-1c]",
        "not(attribute:ecs.instance-type == t3.small) and attribute:ecs.availability-zone != eu-west-1c",
    ] {
        assert_eq!(
            verdict(expression, &WhatIf::default()),
            (Verdict::Converges, false),
            "{expression}"
        );
    }
}

#[test]
fn what_none_fulfils_is_refused() {
    for expression in [
        "attribute:ecs.instance-type == t3.small",
        "attribute:ecs.cpu-architecture == x86_64",
        "attribute:ecs.availability-zone == eu-west-1c",
        "attribute:stack == prod and attribute:ecs.instance-type =~ c.*",
    ] {
        let (verdict, refused) = verdict(expression, &WhatIf::default());
        assert!(
            refused && matches!(verdict, Verdict::Cannot(_)),
            "{expression}: {verdict:?}"
        );
    }
}

#[test]
fn what_is_not_declared_is_unproven() {
    for expression in [
        "attribute:stack == prod",
        "attribute:ecs.instance-type == m7g.large",
        "attribute:ecs.availability-zone == eu-west-1a",
        "no query at all",
    ] {
        let unproven = Verdict::Unproven(Doubt::Fenced);
        assert_eq!(
            verdict(expression, &WhatIf::default()),
            (unproven, false),
            "{expression}"
        );
    }
}

#[test]
fn on_instances_left_over_from_before_nothing_is_decided() {
    for place in ["t3.small", "m7g.large"] {
        let spec = format!(
            "cluster: one\ncapacity: {{instances: {{type: m7g.large}}}}\n---\napp: shop\ncluster: one\nimage: nginx:1.27\nservices:\n  web: {{place: {{where: \"attribute:ecs.instance-type == {place}\"}}}}\n  api: {{}}\n"
        );
        let request = Request {
            path: "spec.yml".to_string(),
            ..Request::default()
        };
        let compiled = compile(&Memory::default().with("spec.yml", spec), &request).expect("the world is in memory");
        let ground = Ground::of(&compiled.spec, 0, &WhatIf::default())
            .expect("there are instances")
            .undecided();
        let system = ground.system(ground.instances, |member| member.least);
        assert!(system.services[0].fenced && !system.services[1].fenced);
        assert!(system.groups[0].taken.is_empty() && system.services[0].new.marks.is_empty());
    }
}
