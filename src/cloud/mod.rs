//! The one door to AWS: what plan, apply and the watcher ask, what AWS answers, and how it refuses. In AWS's own terms; no IO.
//!
//! In: nothing. Out: the trait [`Cloud`] and the nouns it speaks in. Must not know who implements it.

pub mod actions;
pub mod capacity;
pub mod definition;
pub mod ecs;
pub mod error;
pub mod formation;
mod moment;
pub mod outside;

use std::time::Duration;

pub use error::{Error, ErrorKind};
pub use moment::{Moment, span_of_time};

use capacity::{Instance, ScalingGroup, TargetHealth};
use definition::TaskDefinition;
use ecs::{OneOff, Service, ServiceDeployment, Task, TaskFilter};
use formation::{ChangeSet, ChangeSetWish, Finding, ListedSet, Stack, StackEvent, StackResource};
use outside::{Alarm, FoundLine, LogLine, LogSearch, Object, Parameter};

/// An answer of AWS, or its refusal.
pub type Answer<T> = Result<T, Error>;

/// One page of a list, and the token of the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// What to ask for the next page with; `None` on the last.
    pub next: Option<String>,
}

/// An account and region of AWS, as far as loadline needs it, together with the clock that its answers are told by.
///
/// Methods are named after AWS's operations and refuse with AWS's codes. A caller retries what [`Error::kind`] calls
/// throttled; an implementation does not. Nothing here needs to be `Send`: one thread drives one deployment.
#[expect(
    async_fn_in_trait,
    reason = "one thread drives a deployment, so no future needs to be Send"
)]
pub trait Cloud {
    /// The time here and now.
    fn now(&self) -> Moment;

    /// Waits.
    async fn sleep(&self, time: Duration);

    // CloudFormation.

    /// `CreateChangeSet`. Returns the ARN of the set. Refuses with `AlreadyExistsException` when the name is taken.
    async fn create_change_set(&self, wish: &ChangeSetWish) -> Answer<String>;

    /// `DescribeChangeSet`, one page of changes. `values` asks for property values, which may hide whole changes.
    async fn describe_change_set(
        &self,
        id: &str,
        values: bool,
        page: Option<&str>,
    ) -> Answer<(ChangeSet, Option<String>)>;

    /// `ListChangeSets` of a stack, one page: those that wait, failed, or are being executed.
    async fn list_change_sets(&self, stack: &str, page: Option<&str>) -> Answer<Page<ListedSet>>;

    /// `DescribeEvents` of a change set, those of validations and hooks: what made it fail, and what AWS warns of.
    async fn change_set_findings(&self, id: &str) -> Answer<Vec<Finding>>;

    /// `ExecuteChangeSet`, with the token that the events of its operation carry.
    async fn execute_change_set(&self, id: &str, token: &str) -> Answer<()>;

    /// `DeleteChangeSet`.
    async fn delete_change_set(&self, id: &str) -> Answer<()>;

    /// `DescribeStacks` of one stack, by name or ARN. Refuses with [`ErrorKind::Missing`] when there is none.
    async fn describe_stack(&self, stack: &str) -> Answer<Stack>;

    /// `GetTemplate` of a stack, as it was handed in: JSON or YAML.
    async fn template(&self, stack: &str) -> Answer<String>;

    /// `DescribeStackEvents`, newest first.
    async fn describe_stack_events(&self, stack: &str, page: Option<&str>) -> Answer<Page<StackEvent>>;

    /// `ListStackResources`.
    async fn list_stack_resources(&self, stack: &str, page: Option<&str>) -> Answer<Page<StackResource>>;

    /// `CancelUpdateStack`: an update that is under way goes back.
    async fn cancel_update_stack(&self, stack: &str, token: &str) -> Answer<()>;

    /// `DeleteStack`. The resources in `retained`, by logical ID, are left where they are: that may be asked for only once a
    /// deletion has failed.
    async fn delete_stack(&self, stack: &str, token: &str, retained: &[String]) -> Answer<()>;

    /// `ContinueUpdateRollback`: a rollback that failed goes on. The resources in `skipped`, by logical ID, are left as they are,
    /// and the stack takes them for what they were.
    async fn continue_update_rollback(&self, stack: &str, token: &str, skipped: &[String]) -> Answer<()>;

    /// `RollbackStack`: a stack that stopped half-way, since it was told not to go back by itself, goes back.
    async fn rollback_stack(&self, stack: &str, token: &str) -> Answer<()>;

    // ECS.

    /// `DescribeServices` of ten services at most, by name; the missing are left out.
    async fn describe_services(&self, cluster: &str, services: &[String]) -> Answer<Vec<Service>>;

    /// `ListServiceDeployments`: the ARNs of those that began at `since` or later, newest first. Refuses with
    /// [`ErrorKind::Denied`] where the caller may not see them.
    async fn list_service_deployments(&self, cluster: &str, service: &str, since: Moment) -> Answer<Vec<String>>;

    /// `DescribeServiceDeployments` of twenty at most, by ARN; the missing are left out.
    async fn describe_service_deployments(&self, deployments: &[String]) -> Answer<Vec<ServiceDeployment>>;

    /// `StopServiceDeployment` with `stopType` `ROLLBACK`.
    async fn stop_service_deployment(&self, deployment: &str) -> Answer<()>;

    /// `ListTasks` and `DescribeTasks`. STOPPED tasks are known for an hour only.
    async fn tasks(&self, cluster: &str, filter: &TaskFilter) -> Answer<Vec<Task>>;

    /// `DescribeTasks` of a hundred tasks at most, by ARN; the missing are left out.
    async fn describe_tasks(&self, cluster: &str, tasks: &[String]) -> Answer<Vec<Task>>;

    /// `RunTask` of one task. Returns its ARN, or the reason of the placement failure.
    async fn run_task(&self, wish: &OneOff) -> Answer<Result<String, String>>;

    /// `StopTask`.
    async fn stop_task(&self, cluster: &str, task: &str, reason: &str) -> Answer<()>;

    /// `ListContainerInstances` and `DescribeContainerInstances`.
    async fn container_instances(&self, cluster: &str) -> Answer<Vec<Instance>>;

    /// `DescribeTaskDefinition` of an ARN. Refuses with [`ErrorKind::Missing`] when there is none.
    async fn task_definition(&self, arn: &str) -> Answer<TaskDefinition>;

    // Auto Scaling.

    /// `DescribeAutoScalingGroups` of one, by its name. Refuses with [`ErrorKind::Missing`] when there is none.
    async fn scaling_group(&self, name: &str) -> Answer<ScalingGroup>;

    /// `UpdateAutoScalingGroup`: from now on it shall have no instance, at the fewest and at the most, and protect none.
    async fn empty_scaling_group(&self, name: &str) -> Answer<()>;

    /// `SetInstanceProtection`: fifty instances at most, by the IDs of EC2, may be scaled in again.
    async fn unprotect_instances(&self, group: &str, instances: &[String]) -> Answer<()>;

    // What ECS depends on.

    /// `DescribeTargetHealth` of a target group.
    async fn target_health(&self, target_group: &str) -> Answer<Vec<TargetHealth>>;

    /// `GetLogEvents`: the last `most` lines of a stream. Refuses with [`ErrorKind::Missing`] when nothing was written.
    async fn log_tail(&self, group: &str, stream: &str, most: usize) -> Answer<Vec<LogLine>>;

    /// `DeleteLogGroup`, with all that was written to it.
    async fn delete_log_group(&self, name: &str) -> Answer<()>;

    /// `DeleteRepository`, with its images.
    async fn delete_repository(&self, name: &str) -> Answer<()>;

    /// `ListObjectVersions` and `DeleteObjects`: deletes a thousand objects of a bucket at most, each with its versions. Returns
    /// whether there were any.
    async fn empty_bucket(&self, name: &str) -> Answer<bool>;

    /// `DeleteBucket`, of one that is empty.
    async fn delete_bucket(&self, name: &str) -> Answer<()>;

    /// `FilterLogEvents`: lines of a group by their time, one page, which may be empty though there are more. A line that
    /// comes late is missing until it is there. Refuses with [`ErrorKind::Missing`] when there is no such group.
    async fn filter_log_events(&self, search: &LogSearch, page: Option<&str>) -> Answer<Page<FoundLine>>;

    /// `DescribeAlarms` by name.
    async fn alarms(&self, names: &[String]) -> Answer<Vec<Alarm>>;

    /// `DescribeImages`: the digest of an image in a repository by its tag or digest; `None` when there is none, newest
    /// first when `image` is empty. Refuses with [`ErrorKind::Missing`] when there is no such repository.
    async fn image_digest(&self, repository: &str, image: &str) -> Answer<Option<String>>;

    /// `GetParameter`; [`ErrorKind::Missing`] when there is none.
    async fn parameter(&self, name: &str) -> Answer<Parameter>;

    /// `GetParametersByPath`, one page of what is below a path: right below it, or however `deep`.
    async fn parameters_below(&self, path: &str, deep: bool, page: Option<&str>) -> Answer<Page<Parameter>>;

    /// `PutParameter`. Without `overwrite` it refuses with `ParameterAlreadyExists`: that makes a lease.
    async fn put_parameter(&self, name: &str, value: &str, overwrite: bool) -> Answer<()>;

    /// `DeleteParameter`.
    async fn delete_parameter(&self, name: &str) -> Answer<()>;

    /// `DescribeParameters`: whether a parameter of this name is there. It may be a secret, so that its value is not asked for.
    async fn has_parameter(&self, name: &str) -> Answer<bool>;

    /// `DescribeSecret`: whether a secret is there, by name or ARN; one that waits for its deletion is not. Never its value.
    async fn has_secret(&self, secret: &str) -> Answer<bool>;

    /// `HeadObject`: whether an object is there.
    async fn has_object(&self, object: &Object) -> Answer<bool>;

    /// `GetObject`: its text; [`ErrorKind::Missing`] when there is none, or no such bucket.
    async fn object(&self, object: &Object) -> Answer<String>;

    /// `PutObject`, over one that is there.
    async fn put_object(&self, object: &Object, text: &str) -> Answer<()>;
}
