//! The model: instances with capacity between two bounds, services with their tasks of before and after a rollout. In:
//! numbers. Out: nothing, it is what the analysis reads. Must not know where the numbers come from.

use std::sync::Arc;

use crate::rollout::bounds::Percents;
use crate::rollout::ports::HostPort;

/// Something that instances have and tasks take, in whole units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// CPU units.
    Cpu,
    /// Registered memory in MiB.
    Memory,
    /// Network interfaces for tasks.
    Interfaces,
    /// GPUs.
    Gpus,
}

impl Measure {
    /// All of them, in the order of [`Amounts`].
    pub const ALL: [Measure; 4] = [Measure::Cpu, Measure::Memory, Measure::Interfaces, Measure::Gpus];

    /// Its place in [`Amounts`].
    pub fn at(self) -> usize {
        self as usize
    }
}

/// An amount of each [`Measure`].
pub type Amounts = [i64; 4];

/// Something of which each instance has one: a task that takes it keeps out all others that want it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A fixed port.
    Port(HostPort),
    /// The right to run a copy of this service, each of which needs an instance of its own.
    Alone(Arc<str>),
    /// A place that this service asks for and no instance is.
    Nowhere(Arc<str>),
}

/// What a task takes of its instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    /// How much of each measure.
    pub amounts: Amounts,
    /// What it takes of which there is one, by the place in [`System::marks`], ascending.
    pub marks: Vec<usize>,
}

impl Shape {
    /// Whether two tasks want the same thing of which there is one.
    pub fn clashes(&self, other: &Shape) -> bool {
        let (mut one, mut two) = (self.marks.iter().peekable(), other.marks.iter().peekable());
        while let (Some(left), Some(right)) = (one.peek(), two.peek()) {
            match left.cmp(right) {
                std::cmp::Ordering::Less => one.next(),
                std::cmp::Ordering::Greater => two.next(),
                std::cmp::Ordering::Equal => return true,
            };
        }
        false
    }

    /// The least of two, part by part: what is surely taken where either may be.
    pub fn least(&self, other: &Shape) -> Shape {
        let mut amounts = self.amounts;
        for (amount, other) in amounts.iter_mut().zip(other.amounts) {
            *amount = (*amount).min(other);
        }
        let both = self.marks.iter().filter(|mark| other.marks.contains(mark));
        Shape {
            amounts,
            marks: both.copied().collect(),
        }
    }

    /// The greatest of two, part by part: what is taken at most where either may be.
    pub fn greatest(&self, other: &Shape) -> Shape {
        let mut amounts = self.amounts;
        for (amount, other) in amounts.iter_mut().zip(other.amounts) {
            *amount = (*amount).max(other);
        }
        let mut marks = [&self.marks[..], &other.marks[..]].concat();
        marks.sort_unstable();
        marks.dedup();
        Shape { amounts, marks }
    }

    /// One measure of it alone.
    pub fn only(&self, measure: Measure) -> Shape {
        let mut amounts = [0; 4];
        amounts[measure.at()] = self.amounts[measure.at()];
        Shape {
            amounts,
            marks: Vec::new(),
        }
    }

    /// Whether it takes at least as much of everything.
    pub fn covers(&self, other: &Shape) -> bool {
        let enough = self.amounts.iter().zip(other.amounts).all(|(own, other)| *own >= other);
        enough && other.marks.iter().all(|mark| self.marks.contains(mark))
    }
}

/// Instances of one kind. Daemons are taken off already: ECS keeps room for them
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service-options.html>, daemon).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Their type, or types.
    pub name: Arc<str>,
    /// How many.
    pub count: i64,
    /// What each surely has.
    pub least: Amounts,
    /// What each has at best.
    pub most: Amounts,
    /// What daemons take of which there is one, ascending.
    pub taken: Vec<usize>,
}

impl Group {
    /// What each instance has: at best, or surely.
    pub fn has(&self, side: Side) -> &Amounts {
        match side {
            Side::Least => &self.least,
            Side::Most => &self.most,
        }
    }
}

/// Which bound of the capacity is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What is surely there.
    Least,
    /// What is there at best.
    Most,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: Arc<str>,
    /// How many copies shall run.
    pub desired: i64,
    /// Between which bounds a rollout moves.
    pub percents: Percents,
    /// What a copy of today takes.
    pub old: Shape,
    /// What a copy of the new revision takes.
    pub new: Shape,
    /// Whether an expression that is not evaluated here says which instances it may use.
    pub fenced: bool,
}

impl Service {
    /// The fewest healthy copies.
    pub fn lower(&self) -> i64 {
        self.percents.lower(self.desired)
    }

    /// The most copies that are RUNNING or PENDING.
    pub fn upper(&self) -> i64 {
        self.percents.upper(self.desired)
    }

    /// Whether its percents let nothing move.
    pub fn is_stuck(&self) -> bool {
        self.percents.is_stuck(self.desired)
    }
}

/// A task that something starts and that ends by itself: until then it holds its room anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub name: Arc<str>,
    /// How many at once.
    pub count: i64,
    /// What each takes.
    pub shape: Shape,
    /// For how long, at most, in seconds.
    pub seconds: i64,
}

/// All that shares some instances.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// The instances.
    pub groups: Vec<Group>,
    /// The services that are deployed together.
    pub services: Vec<Service>,
    /// What may run beside them for a while.
    pub standing: Vec<Standing>,
    /// Of what each instance has one.
    pub marks: Vec<Mark>,
}

impl System {
    /// How many instances there are.
    pub fn instances(&self) -> i64 {
        self.groups.iter().map(|group| group.count).sum()
    }

    /// The same on fewer instances: `gone` of them are lost, of the group with the most each time.
    pub fn without(&self, gone: i64) -> System {
        let mut less = self.clone();
        for _ in 0..gone {
            let largest = less.groups.iter_mut().max_by_key(|group| group.count);
            if let Some(group) = largest.filter(|group| group.count > 0) {
                group.count -= 1;
            }
        }
        less
    }
}

/// What happens to the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// Copies start until each service has its number; nothing stops: the first deployment, a scale-out, what is lost comes
    /// back, what a draining instance ran moves.
    Fill,
    /// Each service has its copies, and all are replaced.
    Rollout,
}
