//! AWS itself, by its SDK. In: requests of [`Cloud`]. Out: answers and refusals, with AWS's own words kept. Must not know what
//! they are asked for.
//!
//! One file for each part of AWS. What AWS refuses is asked again by the caller, who says so; only a connection that fails is
//! tried again here.

mod alarms;
mod buckets;
mod connect;
mod definitions;
mod formation;
mod groups;
mod images;
mod instances;
mod logs;
mod objects;
mod parameters;
mod refusal;
mod secrets;
mod services;
mod targets;
mod tasks;
mod words;

use std::time::Duration;

use crate::cloud::capacity::{Instance, ScalingGroup, TargetHealth};
use crate::cloud::definition::TaskDefinition;
use crate::cloud::ecs::{OneOff, Service, ServiceDeployment, Task, TaskFilter};
use crate::cloud::formation::{
    ChangeSet, ChangeSetWish, Finding, ListedSet, Stack, StackEvent, StackResource, Template,
};
use crate::cloud::outside::{Alarm, FoundLine, LogLine, LogSearch, Object, Parameter};
use crate::cloud::{Answer, Cloud, Moment, Page};

pub use connect::{Identity, Settings};

/// An account and region of AWS.
#[derive(Debug)]
pub struct Aws {
    region: String,
    formation: aws_sdk_cloudformation::Client,
    ecs: aws_sdk_ecs::Client,
    scaling: aws_sdk_autoscaling::Client,
    balancing: aws_sdk_elasticloadbalancingv2::Client,
    logs: aws_sdk_cloudwatchlogs::Client,
    watch: aws_sdk_cloudwatch::Client,
    registry: aws_sdk_ecr::Client,
    parameters: aws_sdk_ssm::Client,
    secrets: aws_sdk_secretsmanager::Client,
    objects: aws_sdk_s3::Client,
    /// Whether somebody else than AWS answers: buckets are named in the path then.
    is_emulated: bool,
    identity: aws_sdk_sts::Client,
    instances: instances::Known,
    definitions: tasks::Known,
    revisions: services::Known,
}

impl Cloud for Aws {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes in")]
    fn now(&self) -> Moment {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Moment(since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
    }

    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn create_change_set(&self, wish: &ChangeSetWish) -> Answer<String> {
        let address = match &wish.template {
            Template::Body(_) => None,
            Template::Object(object) => Some(objects::address(&self.region, self.is_emulated, object).await?),
        };
        formation::create_change_set(&self.formation, wish, address).await
    }

    async fn describe_change_set(
        &self,
        id: &str,
        values: bool,
        page: Option<&str>,
    ) -> Answer<(ChangeSet, Option<String>)> {
        formation::describe_change_set(&self.formation, id, values, page).await
    }

    async fn list_change_sets(&self, stack: &str, page: Option<&str>) -> Answer<Page<ListedSet>> {
        formation::list_change_sets(&self.formation, stack, page).await
    }

    async fn change_set_findings(&self, id: &str) -> Answer<Vec<Finding>> {
        formation::change_set_findings(&self.formation, id).await
    }

    async fn execute_change_set(&self, id: &str, token: &str) -> Answer<()> {
        formation::execute_change_set(&self.formation, id, token).await
    }

    async fn delete_change_set(&self, id: &str) -> Answer<()> {
        formation::delete_change_set(&self.formation, id).await
    }

    async fn describe_stack(&self, stack: &str) -> Answer<Stack> {
        formation::describe_stack(&self.formation, stack).await
    }

    async fn template(&self, stack: &str) -> Answer<String> {
        formation::template(&self.formation, stack).await
    }

    async fn describe_stack_events(&self, stack: &str, page: Option<&str>) -> Answer<Page<StackEvent>> {
        formation::describe_stack_events(&self.formation, stack, page).await
    }

    async fn list_stack_resources(&self, stack: &str, page: Option<&str>) -> Answer<Page<StackResource>> {
        formation::list_stack_resources(&self.formation, stack, page).await
    }

    async fn cancel_update_stack(&self, stack: &str, token: &str) -> Answer<()> {
        formation::cancel_update_stack(&self.formation, stack, token).await
    }

    async fn delete_stack(&self, stack: &str, token: &str, retained: &[String]) -> Answer<()> {
        formation::delete_stack(&self.formation, stack, token, retained).await
    }

    async fn continue_update_rollback(&self, stack: &str, token: &str, skipped: &[String]) -> Answer<()> {
        formation::continue_update_rollback(&self.formation, stack, token, skipped).await
    }

    async fn rollback_stack(&self, stack: &str, token: &str) -> Answer<()> {
        formation::rollback_stack(&self.formation, stack, token).await
    }

    async fn describe_services(&self, cluster: &str, services: &[String]) -> Answer<Vec<Service>> {
        services::describe_services(&self.ecs, cluster, services).await
    }

    async fn list_service_deployments(&self, cluster: &str, service: &str, since: Moment) -> Answer<Vec<String>> {
        services::list_service_deployments(&self.ecs, cluster, service, since).await
    }

    async fn describe_service_deployments(&self, deployments: &[String]) -> Answer<Vec<ServiceDeployment>> {
        services::describe_service_deployments(&self.ecs, &self.revisions, deployments).await
    }

    async fn stop_service_deployment(&self, deployment: &str) -> Answer<()> {
        services::stop_service_deployment(&self.ecs, deployment).await
    }

    async fn tasks(&self, cluster: &str, filter: &TaskFilter) -> Answer<Vec<Task>> {
        let arns = tasks::list_tasks(&self.ecs, cluster, filter).await?;
        self.describe_tasks(cluster, &arns).await
    }

    async fn describe_tasks(&self, cluster: &str, tasks: &[String]) -> Answer<Vec<Task>> {
        let found = tasks::describe_tasks(&self.ecs, cluster, tasks).await?;
        let mut answer = Vec::new();
        for task in found {
            let addresses = tasks::addresses(&self.ecs, &self.instances, &self.definitions, cluster, &task).await;
            answer.push(tasks::task(task, addresses));
        }
        Ok(answer)
    }

    async fn run_task(&self, wish: &OneOff) -> Answer<Result<String, String>> {
        tasks::run_task(&self.ecs, wish).await
    }

    async fn stop_task(&self, cluster: &str, task: &str, reason: &str) -> Answer<()> {
        tasks::stop_task(&self.ecs, cluster, task, reason).await
    }

    async fn container_instances(&self, cluster: &str) -> Answer<Vec<Instance>> {
        instances::container_instances(&self.ecs, &self.instances, cluster).await
    }

    async fn scaling_group(&self, name: &str) -> Answer<ScalingGroup> {
        groups::scaling_group(&self.scaling, name).await
    }

    async fn empty_scaling_group(&self, name: &str) -> Answer<()> {
        groups::empty_scaling_group(&self.scaling, name).await
    }

    async fn unprotect_instances(&self, group: &str, instances: &[String]) -> Answer<()> {
        groups::unprotect_instances(&self.scaling, group, instances).await
    }

    async fn task_definition(&self, arn: &str) -> Answer<TaskDefinition> {
        definitions::task_definition(&self.ecs, arn).await
    }

    async fn target_health(&self, target_group: &str) -> Answer<Vec<TargetHealth>> {
        targets::target_health(&self.balancing, target_group).await
    }

    async fn log_tail(&self, group: &str, stream: &str, most: usize) -> Answer<Vec<LogLine>> {
        logs::log_tail(&self.logs, group, stream, most).await
    }

    async fn delete_log_group(&self, name: &str) -> Answer<()> {
        logs::delete_log_group(&self.logs, name).await
    }

    async fn delete_repository(&self, name: &str) -> Answer<()> {
        images::delete_repository(&self.registry, name).await
    }

    async fn empty_bucket(&self, name: &str) -> Answer<bool> {
        buckets::empty_bucket(&self.objects, name).await
    }

    async fn delete_bucket(&self, name: &str) -> Answer<()> {
        buckets::delete_bucket(&self.objects, name).await
    }

    async fn filter_log_events(&self, search: &LogSearch, page: Option<&str>) -> Answer<Page<FoundLine>> {
        logs::filter_log_events(&self.logs, search, page).await
    }

    async fn alarms(&self, names: &[String]) -> Answer<Vec<Alarm>> {
        alarms::alarms(&self.watch, names).await
    }

    async fn image_digest(&self, repository: &str, image: &str) -> Answer<Option<String>> {
        images::image_digest(&self.registry, repository, image).await
    }

    async fn parameter(&self, name: &str) -> Answer<Parameter> {
        parameters::parameter(&self.parameters, name).await
    }

    async fn parameters_below(&self, path: &str, deep: bool, page: Option<&str>) -> Answer<Page<Parameter>> {
        parameters::parameters_below(&self.parameters, path, deep, page).await
    }

    async fn put_parameter(&self, name: &str, value: &str, overwrite: bool) -> Answer<()> {
        parameters::put_parameter(&self.parameters, name, value, overwrite).await
    }

    async fn delete_parameter(&self, name: &str) -> Answer<()> {
        parameters::delete_parameter(&self.parameters, name).await
    }

    async fn has_parameter(&self, name: &str) -> Answer<bool> {
        parameters::has_parameter(&self.parameters, name).await
    }

    async fn has_secret(&self, secret: &str) -> Answer<bool> {
        secrets::has_secret(&self.secrets, secret).await
    }

    async fn has_object(&self, object: &Object) -> Answer<bool> {
        objects::has_object(&self.objects, object).await
    }

    async fn object(&self, object: &Object) -> Answer<String> {
        objects::object(&self.objects, object).await
    }

    async fn put_object(&self, object: &Object, text: &str) -> Answer<()> {
        objects::put_object(&self.objects, object, text).await
    }
}
