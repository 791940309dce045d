//! The stages in the life of a task, what it holds in each, and how long stopping takes. Must not know services.

/// A stage in the life of a task, in order:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Waits for capacity or its network interface.
    Provisioning,
    /// Accepted by an instance.
    Pending,
    /// Images are pulled, containers made, targets registered.
    Activating,
    /// Its containers run.
    Running,
    /// Leaves the target groups.
    Deactivating,
    /// Its containers were asked to stop.
    Stopping,
    /// Its network interface is detached.
    Deprovisioning,
    /// It is gone.
    Stopped,
}

impl Stage {
    /// Whether it counts toward the most copies at once. A task on its way out does not, so that the percents may allow a
    /// start for which there is no room yet (`maximumPercent` of
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html>: RUNNING or PENDING).
    pub fn counts_toward_upper(self) -> bool {
        self <= Stage::Running
    }

    /// Whether CPU, memory, ports and interface of its instance are taken: from placement until STOPPED. The agent keeps an
    /// accepted task PENDING until the resources of the one before are really free
    /// (<https://github.com/aws/amazon-ecs-agent>, host resource manager).
    pub fn holds_room(self) -> bool {
        (Stage::Pending..Stage::Stopped).contains(&self)
    }
}

/// How a task stops: it leaves its target groups, then gets SIGTERM, then SIGKILL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopPath {
    /// For how long requests under way may finish, in seconds; `None` without a target group.
    pub deregistration: Option<i64>,
    /// Between SIGTERM and SIGKILL, in seconds.
    pub timeout: i64,
}

impl StopPath {
    /// What holds where nothing is said: 300 s for requests with a load balancer
    /// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html>), 30 s for
    /// the process (`stopTimeout` of
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>).
    pub const BALANCED: StopPath = StopPath {
        deregistration: Some(300),
        timeout: 30,
    };

    /// The seconds until STOPPED of a process that exits `exit` seconds after SIGTERM.
    pub fn takes(self, exit: i64) -> i64 {
        self.deregistration.unwrap_or(0) + exit.min(self.timeout)
    }

    /// The seconds until STOPPED of a process that ignores SIGTERM.
    pub fn longest(self) -> i64 {
        self.takes(self.timeout)
    }
}
