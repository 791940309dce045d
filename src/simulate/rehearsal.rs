//! A rehearsal: a plan carried out against a simulated cloud, from nothing or onto a system that runs. In: plans, a seed,
//! faults. Out: all that happened.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use crate::deploy::event::Event;
use crate::deploy::watch::{Outcome, Said, View};
use crate::deploy::{self, Options};
use crate::plan::{Plan, Work};

use super::fault::Fault;
use super::{Settings, Simulated};

/// What is rehearsed.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// What is deployed.
    pub plan: Plan,
    /// What runs before; nothing for a first deployment.
    pub before: Option<Plan>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// How it is carried out.
    pub options: Options,
}

/// A rehearsal that is over.
#[derive(Clone, Debug, Default)]
pub struct Rehearsed {
    /// What is known at the end.
    pub view: View,
    /// What happened.
    pub events: Vec<Event>,
    /// What was said of it.
    pub said: Vec<Said>,
    /// The faults that found nothing to act on.
    pub idle: Vec<Fault>,
}

impl Rehearsal {
    /// Runs it to its end: virtual time makes it quick, and the same seed gives the same run. When what shall run before
    /// does not come up, that is what is told of.
    pub fn run(&self, settings: &Settings) -> Rehearsed {
        let cloud = Simulated::new(settings);
        if let Some(before) = &self.before {
            push(&cloud, before, 'a');
            let began = self.carry_out(&cloud, before);
            if began.view.outcome != Some(Outcome::Done) {
                return began;
            }
        }
        push(&cloud, &self.plan, if self.before.is_some() { 'b' } else { 'a' });
        cloud.inject(&self.faults);
        let mut rehearsed = self.carry_out(&cloud, &self.plan);
        rehearsed.idle = cloud.idle_faults();
        rehearsed
    }

    fn carry_out(&self, cloud: &Simulated, plan: &Plan) -> Rehearsed {
        let mut rehearsed = Rehearsed::default();
        let Rehearsed { events, said, .. } = &mut rehearsed;
        let mut sink = |_: &View, event: &Event, sentences: &[Said]| {
            events.push(event.clone());
            said.extend_from_slice(sentences);
        };
        rehearsed.view = ready(deploy::run(plan, cloud, self.options.clone(), &mut sink));
        rehearsed
    }
}

/// Pushes a new image into each repository, as a pipeline does before it deploys.
fn push(cloud: &Simulated, plan: &Plan, digit: char) {
    for stage in &plan.stages {
        if let Work::Image(image) = &stage.work {
            let digest = format!("sha256:{}", digit.to_string().repeat(64));
            cloud.push_image(&image.repository, &digest);
        }
    }
}

/// The result of a future that never waits: a simulated cloud answers at once.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!("a simulated cloud answers at once"),
    }
}
