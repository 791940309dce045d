//! When a copy counts as healthy, and how long checks take to notice. In: what checks say. Out: health, seconds. Must not
//! know rollouts.

/// What is known of a container, a task or a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// A check has failed often enough.
    Unhealthy,
    /// There is no check, or it has not answered yet.
    Unknown,
    /// Its check passes.
    Healthy,
}

/// The health of a task, from its essential containers; a container without a check is [`Health::Unknown`], and so is a
/// task that has no essential container with one.
///
/// One failing container decides, then one of which nothing is known:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html>.
pub fn of_task(essential: &[Health]) -> Health {
    essential.iter().copied().min().unwrap_or(Health::Unknown)
}

/// Who judges the copies of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judges {
    /// Target groups of load balancers: all of them must agree.
    pub targets: bool,
    /// Health checks in containers.
    pub containers: bool,
}

/// For how long a copy that nobody judges must be RUNNING to count, in seconds.
pub const SETTLED_SECONDS: i64 = 40;

impl Judges {
    /// Whether a copy counts toward the minimum of healthy ones (developer guide of ECS, "Deploy Amazon ECS services by
    /// replacing tasks"): with both judges, both must say so.
    ///
    /// `running_seconds` is how long it has been RUNNING; `targets` what each attached target group says.
    pub fn count(self, running_seconds: i64, task: Health, targets: &[Health]) -> bool {
        let healthy = |health: &Health| *health == Health::Healthy;
        match (self.targets, self.containers) {
            (false, false) => running_seconds >= SETTLED_SECONDS,
            (false, true) => healthy(&task),
            (true, false) => targets.iter().all(healthy),
            (true, true) => healthy(&task) && targets.iter().all(healthy),
        }
    }
}

/// A health check in a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerCheck {
    /// Between two runs, in seconds.
    pub interval: i64,
    /// How long a run may take, in seconds.
    pub timeout: i64,
    /// How many failures in a row make it unhealthy.
    pub retries: i64,
    /// For how long failures do not count, in seconds.
    pub start_period: i64,
}

impl ContainerCheck {
    /// Within how many seconds a container that never answers is unhealthy, at most.
    pub fn unhealthy_within(self) -> i64 {
        self.start_period + self.retries * (self.interval + self.timeout)
    }

    /// Whether a container that answers only after `start` seconds is killed before it does.
    pub fn kills_at_start(self, start: i64) -> bool {
        self.start_period + self.retries * self.interval < start
    }
}

/// The health check of a target group:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetCheck {
    /// Between two questions, in seconds.
    pub interval: i64,
    /// How many answers in a row make an unhealthy target healthy.
    pub healthy: i64,
    /// How many failures in a row make a target unhealthy.
    pub unhealthy: i64,
}

impl TargetCheck {
    /// How many answers a target that was just registered needs: one, whatever [`TargetCheck::healthy`] says.
    pub const FIRST_ANSWERS: i64 = 1;

    /// After how many seconds a target that answers nothing is unhealthy.
    pub fn unhealthy_after(self) -> i64 {
        self.unhealthy * self.interval
    }

    /// How many seconds of answers bring an unhealthy target back.
    pub fn recovers_after(self) -> i64 {
        self.healthy * self.interval
    }

    /// The least grace period, in seconds, with which a copy that answers after `start` seconds lives: none when it answers
    /// before it counts as unhealthy; else it must have recovered by then. During the grace period ECS looks at no check
    /// (`healthCheckGracePeriodSeconds` of
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html>).
    pub fn least_grace(self, start: i64) -> i64 {
        match start <= self.unhealthy_after() {
            true => 0,
            false => start + self.recovers_after(),
        }
    }
}
