//! Templates that do not fit into a request go through the bucket of their cluster, in a plan and in a deployment.

use loadline::cloud::Cloud;
use loadline::cloud::outside::Object;
use loadline::deploy::preview::{Reader, of};
use loadline::deploy::watch::{Outcome, View};
use loadline::deploy::{self, Options};
use loadline::graph::StackKind;
use loadline::plan::preview::{Basis, Preview, StackPreview};
use loadline::plan::{Plan, StackWork, Work};
use loadline::simulate::Simulated;
use sha2::{Digest, Sha256};

use crate::killed::Mortal;
use crate::preview::{SPEC, empty, planned, push};
use crate::ready::ready;

/// The most bytes of a template in a request.
const INLINE: usize = 51_200;

fn work(plan: &mut Plan, kind: StackKind) -> &mut StackWork {
    let mut stacks = plan.stages.iter_mut().filter_map(|stage| match &mut stage.work {
        Work::Stack(work) => Some(work),
        _ => None,
    });
    stacks.find(|work| work.kind == kind).expect("there is one")
}

/// Fills a template up to so many bytes, with letters of two bytes.
fn fill(work: &mut StackWork, bytes: usize) {
    let body = |about: &str| {
        work.template
            .replacen('{', &format!("{{\"Metadata\":{{\"about\":\"{about}\"}},"), 1)
    };
    let room = bytes - body("").len();
    work.template = body(&("é".repeat(room / 2) + &"e".repeat(room % 2)));
    assert_eq!(work.template.len(), bytes);
}

fn look(plan: &Plan, cloud: &Simulated) -> Preview {
    let reader = Reader {
        left: &|| false,
        told: &|_| {},
    };
    let (preview, halt) = ready(of(plan, cloud, reader));
    assert_eq!(halt, None);
    preview
}

fn deploy(plan: &Plan, cloud: &Simulated) -> (View, String) {
    let mut said = String::new();
    let view = ready(deploy::run(plan, cloud, Options::default(), &mut |_, _, new| {
        said.extend(new.iter().map(|said| format!("{}: {}\n", said.subject, said.text)));
    }));
    (view, said)
}

fn requests(cloud: &Simulated, operation: &str) -> u64 {
    cloud.requests().get(operation).copied().unwrap_or(0)
}

fn stack<'a>(preview: &'a Preview, name: &str) -> &'a StackPreview {
    let mut stacks = preview.stacks();
    stacks.find(|stack| stack.stack == name).expect("it is there")
}

/// The object that holds a template.
fn object(cloud: &Simulated, template: &str) -> Object {
    let digest: String = Sha256::digest(template)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let bucket = ready(cloud.parameter("/loadline/one/v1/artefacts"));
    Object {
        bucket: bucket.expect("the cluster publishes it").value,
        key: format!("templates/{digest}.json"),
    }
}

#[test]
fn what_does_not_fit_into_a_request_goes_through_the_bucket() {
    for (bytes, uploads) in [(INLINE - 1, 0), (INLINE, 0), (INLINE + 1, 1)] {
        let cloud = empty();
        push(&cloud);
        let mut plan = planned(SPEC);
        let (view, said) = deploy(&plan, &cloud);
        assert_eq!(view.outcome, Some(Outcome::Done), "{said}");
        fill(work(&mut plan, StackKind::App), bytes);
        let preview = look(&plan, &cloud);
        assert_eq!(stack(&preview, "one-shop").basis, Basis::ChangeSet, "{bytes}");
        assert_eq!(requests(&cloud, "PutObject"), uploads, "{bytes}");
        // What a plan has brought there is what is deployed, and is not brought again.
        let (view, said) = deploy(&plan, &cloud);
        assert_eq!(view.outcome, Some(Outcome::Done), "{said}");
        assert_eq!(requests(&cloud, "PutObject"), uploads, "{bytes}");
        let template = &work(&mut plan, StackKind::App).template;
        let kept = ready(cloud.object(&object(&cloud, template)));
        assert_eq!(kept.is_ok_and(|kept| kept == *template), uploads == 1, "{bytes}");
    }
}

#[test]
fn a_template_of_a_cluster_that_is_not_there_yet_is_shown_by_itself() {
    let cloud = empty();
    let mut plan = planned(SPEC);
    plan.stages
        .retain(|stage| matches!(&stage.work, Work::Stack(work) if work.kind == StackKind::Base));
    fill(work(&mut plan, StackKind::Base), INLINE + 1);
    let preview = look(&plan, &cloud);
    let Basis::Template { why } = &stack(&preview, "one-shop-base").basis else {
        panic!("there can be no change set");
    };
    assert!(
        why.contains("the bucket of cluster one, which is not deployed yet"),
        "{why}"
    );
    let (view, said) = deploy(&plan, &cloud);
    assert_eq!(view.outcome, Some(Outcome::Failed));
    assert!(
        said.contains("51201 bytes") && said.contains("the bucket of cluster one"),
        "{said}"
    );
}

#[test]
fn a_large_cluster_is_made_with_its_bucket_first() {
    let mut plan = planned(SPEC);
    plan.stages.truncate(1);
    fill(work(&mut plan, StackKind::Cluster), INLINE + 1);
    let cloud = empty();
    let preview = look(&plan, &cloud);
    let Basis::Template { why } = &stack(&preview, "one-cluster").basis else {
        panic!("there can be no change set");
    };
    assert!(why.contains("its bucket is made first"), "{why}");
    let (view, said) = deploy(&plan, &cloud);
    assert_eq!(view.outcome, Some(Outcome::Done), "{said}");
    assert!(said.contains("one-cluster: 3 to add"), "{said}");
    assert_eq!(requests(&cloud, "PutObject"), 1);
    let resources =
        |cloud: &Simulated| ready(cloud.list_stack_resources("one-cluster", None)).map(|page| page.items.len());
    let all = preview.stacks().map(|stack| stack.consequences.len()).sum();
    assert_eq!(resources(&cloud), Ok(all));
    // Once more, and nothing changes.
    let (view, said) = deploy(&plan, &cloud);
    assert_eq!(view.outcome, Some(Outcome::Done), "{said}");
    assert!(said.contains("no changes"), "{said}");
    // Killed while its bucket is made, before and after.
    let whole = Mortal::new(1);
    whole.deploy_as(&plan, Options::default()).expect("it has an end");
    for at in (0..whole.asked.get()).step_by(5) {
        let mortal = Mortal::new(1);
        mortal.left.set(Some(at));
        assert!(mortal.deploy_as(&plan, Options::default()).is_none(), "it is killed");
        mortal.left.set(None);
        let (view, said) = mortal.deploy_as(&plan, Options::default()).expect("it has an end");
        assert_eq!(view.outcome, Some(Outcome::Done), "{at}: {said}");
        assert_eq!(resources(&mortal.cloud), Ok(all), "{at}");
    }
}

#[test]
fn a_template_of_no_cluster_must_fit() {
    let cloud = empty();
    let mut plan = planned(SPEC);
    plan.stages
        .retain(|stage| matches!(&stage.work, Work::Stack(work) if work.kind == StackKind::Registry));
    fill(work(&mut plan, StackKind::Registry), INLINE + 1);
    let (view, said) = deploy(&plan, &cloud);
    assert_eq!(view.outcome, Some(Outcome::Failed));
    assert!(said.contains("it belongs to no cluster"), "{said}");
}
