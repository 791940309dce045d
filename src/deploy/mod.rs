//! Carries a plan out over a [`Cloud`], and watches until the asked revision serves or the cause is known.
//!
//! In: a [`Plan`]. Out: [`event::Event`]s, then an [`Outcome`]. Must not know the SDK or the terminal.

pub mod archive;
pub mod attach;
mod back;
mod brake;
pub mod causes;
pub(crate) mod conceal;
mod digest;
pub mod event;
mod guard;
pub mod helm;
mod holds;
pub mod interrupt;
pub mod lease;
mod observe;
mod once;
mod ownership;
mod parcel;
pub(crate) mod preflight;
pub mod preview;
pub mod record;
pub mod recover;
pub mod release;
pub mod releases;
mod removal;
pub mod single;
mod stack;
pub mod tail;
pub mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::cloud::{Answer, Cloud, Error, ErrorKind, Moment};
use crate::plan::wider::Reviewed;
use crate::plan::{Image, LogPlace, Plan, StackWork, Work};

use event::{Aim, Event, Outline, StageKind, StageOutline, What};
use helm::{Helm, WayBack};
use observe::Observer;
pub use ownership::is_ours;
use watch::{Outcome, Said, View};

/// How a plan is carried out.
#[derive(Clone, Debug)]
pub struct Options {
    /// After how long a deployment that is not over is left alone.
    pub deadline: Duration,
    /// For how long somebody else's operation on a stack is waited for, and somebody else's lease.
    pub wait: Duration,
    /// Whether a stack whose first deployment failed is deleted and made anew.
    pub recreate: bool,
    /// The resources whose data may be lost, by logical ID; all, where nobody has looked at a plan.
    pub allowed: Option<BTreeSet<String>>,
    /// What somebody has looked at, beyond which nothing is done; nothing, where nobody has.
    pub reviewed: Option<Reviewed>,
    /// Who takes the lease of each cluster, and is written down as who deployed; nobody where nobody else can deploy, and nothing
    /// is written down.
    pub lease: Option<lease::Holder>,
    /// The number of the release that is gone back to; `None` where something new is deployed.
    pub back: Option<u64>,
    /// Whether the last stack is left alone as soon as its change has begun.
    pub detach: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            deadline: watch::DEADLINE,
            wait: preflight::WAIT,
            recreate: false,
            allowed: None,
            reviewed: None,
            lease: None,
            back: None,
            detach: false,
        }
    }
}

/// Between two looks at what goes on.
pub const INTERVAL: Duration = Duration::from_secs(5);

/// The longest pause while requests are refused.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Who is told of each event: the view after it, the event, and what there is to say.
pub type Sink<'a> = dyn FnMut(&View, &Event, &[Said]) + 'a;

/// A deployment under way.
struct Run<'a, C: Cloud> {
    cloud: &'a C,
    view: View,
    sink: &'a mut Sink<'a>,
    /// The stage under way.
    stage: usize,
    options: Options,
    held: lease::Held,
    /// When nobody waits longer.
    deadline: Moment,
    /// The digest of the image in each repository.
    digests: BTreeMap<String, String>,
    /// What each stack of this run is made of, by name: its template and the values of its parameters.
    contents: BTreeMap<String, String>,
    /// The physical IDs of the resources of each stack.
    physical: BTreeMap<(String, String), String>,
    /// The log group and the beginning of the streams, by family and container.
    logs: BTreeMap<(String, String), (String, String)>,
    /// The ECS clusters that the plan names.
    clusters: BTreeSet<String>,
    /// The service deployments that were stopped.
    braked: BTreeSet<String>,
    observer: Observer,
    /// Whether what is refused for now is not asked again.
    is_hurried: bool,
    /// Between two looks.
    pace: Duration,
    /// Who asked for the one task that is run, where somebody did.
    by_hand: Option<single::ByHand<'a>>,
    helm: &'a Helm,
    /// Whether what is under way was asked to go back.
    is_turned: bool,
    /// The last stage that changes a stack.
    last: Option<usize>,
    /// When what is told now was, of what is told from history.
    then: Option<Moment>,
}

/// How a stage ended.
enum Ended {
    Done(Option<String>),
    Failed(String),
    /// The deadline passed while it was under way.
    Deadline,
    /// Whoever deploys has called it back.
    CalledBack,
}

impl Ended {
    /// What a refusal makes of a stage. What would be asked again is refused only when time has run out.
    fn of(error: Error) -> Ended {
        match error.is_passing() {
            true => Ended::Deadline,
            false => Ended::Failed(error.to_string()),
        }
    }
}

/// Carries a plan out. Returns what is known at the end; its outcome is there.
pub async fn run<C: Cloud>(plan: &Plan, cloud: &C, options: Options, sink: &mut Sink<'_>) -> View {
    steered(plan, cloud, options, &Helm::default(), sink).await
}

/// The same, for somebody who may call it back.
pub async fn steered<C: Cloud>(plan: &Plan, cloud: &C, options: Options, helm: &Helm, sink: &mut Sink<'_>) -> View {
    let mut forward = |view: &View, event: &Event, said: &[Said]| sink(view, event, said);
    let mut run = Run::new(plan, cloud, options, helm, &mut forward);
    run.last = plan
        .stages
        .iter()
        .rposition(|stage| matches!(stage.work, Work::Stack(_)));
    run.emit(What::Began(outline(plan)));
    let may_begin = run.take_leases().await && run.holds(plan).await;
    for (at, stage) in plan.stages.iter().enumerate() {
        run.stage = at;
        if !may_begin || run.has_lost_its_lease() {
            break;
        }
        if run.is_called_back() {
            run.emit(What::Interrupted);
            break;
        }
        run.emit(What::StageBegan { stage: at });
        let ended = match &stage.work {
            Work::Stack(work) => run.stack(work).await,
            Work::Image(image) => run.image(image).await,
            Work::Task(task) => run.once(task).await,
            Work::Removal(removal) => run.removal(removal).await,
            Work::Records(records) => run.forget(records).await,
        };
        run.helm.point(WayBack::Nothing);
        if !run.conclude_stage(ended) {
            break;
        }
    }
    run.release_leases().await;
    run.emit(What::Ended);
    run.view
}

fn logs(plan: &Plan) -> BTreeMap<(String, String), (String, String)> {
    let stacks = plan.stages.iter().filter_map(|stage| match &stage.work {
        Work::Stack(work) => Some(&work.logs),
        _ => None,
    });
    places(stacks.flatten().cloned()).collect()
}

fn logs_of(work: &StackWork) -> impl Iterator<Item = ((String, String), (String, String))> {
    places(work.logs.iter().cloned())
}

/// Where to look a log up, by family and container.
fn places(logs: impl Iterator<Item = LogPlace>) -> impl Iterator<Item = ((String, String), (String, String))> {
    logs.map(|log| ((log.family, log.container), (log.group, log.prefix)))
}

fn clusters(plan: &Plan) -> BTreeSet<String> {
    let clusters = plan.stages.iter().filter_map(|stage| match &stage.work {
        Work::Stack(work) => work.cluster.clone(),
        Work::Task(task) => Some(task.cluster.clone()),
        Work::Removal(removal) => Some(removal.cluster.clone()),
        Work::Records(records) => Some(records.cluster.clone()),
        Work::Image(_) => None,
    });
    clusters.collect()
}

/// What a plan will do, for the head of a recording.
pub fn outline(plan: &Plan) -> Outline {
    let stages = plan.stages.iter().map(|stage| {
        let outline = StageOutline {
            name: stage.name.clone(),
            ..StageOutline::default()
        };
        match &stage.work {
            Work::Stack(work) => StageOutline {
                stack: Some(work.stack.clone()),
                origins: work.origins.clone(),
                ..outline
            },
            Work::Image(image) => StageOutline {
                kind: StageKind::Image,
                place: Some(image.place.clone()),
                ..outline
            },
            Work::Removal(removal) => StageOutline {
                stack: Some(removal.stack.clone()),
                kind: StageKind::Removal,
                ..outline
            },
            Work::Records(_) => StageOutline {
                kind: StageKind::Removal,
                ..outline
            },
            Work::Task(task) => StageOutline {
                kind: StageKind::Task,
                place: Some(task.place.clone()),
                before: task.before,
                ..outline
            },
        }
    });
    let services = plan.stages.iter().filter_map(|stage| match &stage.work {
        Work::Stack(work) => Some(work.services.clone()),
        _ => None,
    });
    Outline {
        version: event::VERSION,
        stages: stages.collect(),
        services: services.flatten().collect(),
        aim: Aim::Deployment,
    }
}

impl<'a, C: Cloud> Run<'a, C> {
    /// A deployment that has not begun.
    fn new(plan: &Plan, cloud: &'a C, options: Options, helm: &'a Helm, sink: &'a mut Sink<'a>) -> Run<'a, C> {
        Run {
            cloud,
            view: View::default(),
            sink,
            stage: 0,
            deadline: cloud.now() + options.deadline,
            options,
            held: lease::Held::default(),
            digests: BTreeMap::new(),
            contents: BTreeMap::new(),
            physical: BTreeMap::new(),
            logs: logs(plan),
            clusters: clusters(plan),
            braked: BTreeSet::new(),
            observer: Observer::default(),
            is_hurried: false,
            pace: INTERVAL,
            by_hand: None,
            helm,
            is_turned: false,
            last: None,
            then: None,
        }
    }
}

impl<C: Cloud> Run<'_, C> {
    /// Tells how a stage ended. Whether the next one may begin.
    fn conclude_stage(&mut self, ended: Ended) -> bool {
        let stage = self.stage;
        match ended {
            Ended::Done(note) => {
                self.emit(What::StageDone { stage, note });
                return true;
            }
            Ended::Failed(reason) => self.emit(What::StageFailed { stage, reason }),
            Ended::Deadline => self.emit(What::Deadline),
            Ended::CalledBack => self.emit(What::Interrupted),
        }
        false
    }

    /// Takes a fact into the view, and passes it on.
    fn emit(&mut self, mut what: What) {
        conceal::conceal(&mut what);
        let event = Event {
            at: self.then.unwrap_or_else(|| self.cloud.now()),
            what,
        };
        let said = watch::fold(&mut self.view, &event);
        (self.sink)(&self.view, &event, &said);
    }

    /// Whether nobody waits longer.
    fn is_late(&self) -> bool {
        self.cloud.now() >= self.deadline
    }

    /// Asks until there is an answer. What is refused for now is asked again, ever more slowly, until the deadline.
    async fn ask<T>(&mut self, request: impl AsyncFn(&C) -> Answer<T>) -> Answer<T> {
        let mut pause = INTERVAL;
        loop {
            let error = match request(self.cloud).await {
                Err(error) if error.is_passing() && !self.is_late() && !self.is_hurried => error,
                answer => return answer,
            };
            self.emit(What::Slowed {
                operation: error.operation,
                code: error.code,
            });
            self.cloud.sleep(pause).await;
            self.extend_leases().await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Asks for what no verdict hangs on. What is refused for good, or is gone, is nothing, and said so once.
    async fn ask_aside<T: Default>(&mut self, request: impl AsyncFn(&C) -> Answer<T>) -> Answer<T> {
        let error = match self.ask(request).await {
            Err(error) if !error.is_passing() => error,
            answer => return answer,
        };
        if error.kind() != ErrorKind::Missing && self.observer.refused.insert(error.operation.clone()) {
            self.emit(What::Slowed {
                operation: error.operation,
                code: error.code,
            });
        }
        Ok(T::default())
    }

    /// Looks an image up.
    async fn image(&mut self, image: &Image) -> Ended {
        let Image {
            repository, image: tag, ..
        } = image;
        match self
            .ask(async |cloud: &C| cloud.image_digest(repository, tag).await)
            .await
        {
            Ok(Some(digest)) => {
                self.digests.insert(repository.clone(), digest.clone());
                Ended::Done(Some(short_digest(&digest).to_string()))
            }
            Ok(None) => {
                self.emit(What::Blocked {
                    outcome: Outcome::Waits,
                });
                Ended::Failed(format!("there is no image in repository {repository}: push one"))
            }
            Err(error) if error.kind() == ErrorKind::Missing => {
                Ended::Failed(format!("there is no repository {repository}"))
            }
            Err(error) => Ended::of(error),
        }
    }
}

/// The beginning of a digest, as registries show it.
fn short_digest(digest: &str) -> &str {
    digest.get(..19).unwrap_or(digest)
}
