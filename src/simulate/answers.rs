//! The requests of [`Cloud`], each passed on to the part that answers it. Counts them, and throttles.

use std::cell::RefMut;
use std::time::Duration;

use crate::cloud::capacity::{Instance, ScalingGroup, TargetHealth};
use crate::cloud::definition::TaskDefinition;
use crate::cloud::ecs::{OneOff, Service, ServiceDeployment, Task, TaskFilter};
use crate::cloud::formation::{ChangeSet, ChangeSetWish, Finding, ListedSet, Stack, StackEvent, StackResource};
use crate::cloud::outside::{Alarm, FoundLine, LogLine, LogSearch, Object, Parameter};
use crate::cloud::{Answer, Cloud, Moment, Page};

use super::{Simulated, State};

impl Simulated {
    /// The state, unless the request is refused.
    fn ask(&self, operation: &'static str) -> Answer<RefMut<'_, State>> {
        let mut state = self.state.borrow_mut();
        state.call(operation)?;
        Ok(state)
    }
}

impl Cloud for Simulated {
    fn now(&self) -> Moment {
        self.state.borrow().now
    }

    async fn sleep(&self, time: Duration) {
        let mut state = self.state.borrow_mut();
        let until = state.now + time;
        state.pass(until);
    }

    async fn create_change_set(&self, wish: &ChangeSetWish) -> Answer<String> {
        let mut state = self.ask("CreateChangeSet")?;
        let now = state.now;
        let State { formation, account, .. } = &mut *state;
        formation.create_change_set(wish, now, account)
    }

    async fn describe_change_set(
        &self,
        id: &str,
        values: bool,
        page: Option<&str>,
    ) -> Answer<(ChangeSet, Option<String>)> {
        let mut state = self.ask("DescribeChangeSet")?;
        state.formation.change_set(id, values, page)
    }

    async fn list_change_sets(&self, stack: &str, _: Option<&str>) -> Answer<Page<ListedSet>> {
        let state = self.ask("ListChangeSets")?;
        state.formation.change_sets(stack)
    }

    async fn change_set_findings(&self, id: &str) -> Answer<Vec<Finding>> {
        let state = self.ask("DescribeEvents")?;
        state.formation.findings(id)
    }

    async fn execute_change_set(&self, id: &str, token: &str) -> Answer<()> {
        let mut state = self.ask("ExecuteChangeSet")?;
        let now = state.now;
        state.formation.execute_change_set(id, token, now)
    }

    async fn delete_change_set(&self, id: &str) -> Answer<()> {
        let mut state = self.ask("DeleteChangeSet")?;
        state.formation.delete_change_set(id)
    }

    async fn describe_stack(&self, stack: &str) -> Answer<Stack> {
        let mut state = self.ask("DescribeStacks")?;
        state.formation.stack(stack)
    }

    async fn template(&self, stack: &str) -> Answer<String> {
        let state = self.ask("GetTemplate")?;
        state.formation.template(stack)
    }

    async fn describe_stack_events(&self, stack: &str, page: Option<&str>) -> Answer<Page<StackEvent>> {
        let mut state = self.ask("DescribeStackEvents")?;
        state.formation.events(stack, page)
    }

    async fn list_stack_resources(&self, stack: &str, page: Option<&str>) -> Answer<Page<StackResource>> {
        let mut state = self.ask("ListStackResources")?;
        state.formation.resources(stack, page)
    }

    async fn cancel_update_stack(&self, stack: &str, token: &str) -> Answer<()> {
        let mut state = self.ask("CancelUpdateStack")?;
        let now = state.now;
        state.formation.cancel_update(stack, token, now)
    }

    async fn delete_stack(&self, stack: &str, token: &str, retained: &[String]) -> Answer<()> {
        let mut state = self.ask("DeleteStack")?;
        let now = state.now;
        state.formation.delete_stack(stack, token, retained, now)
    }

    async fn continue_update_rollback(&self, stack: &str, token: &str, skipped: &[String]) -> Answer<()> {
        let mut state = self.ask("ContinueUpdateRollback")?;
        let now = state.now;
        state.formation.continue_update_rollback(stack, token, skipped, now)
    }

    async fn rollback_stack(&self, stack: &str, token: &str) -> Answer<()> {
        let mut state = self.ask("RollbackStack")?;
        let now = state.now;
        state.formation.rollback_stack(stack, token, now)
    }

    async fn describe_services(&self, cluster: &str, services: &[String]) -> Answer<Vec<Service>> {
        let mut state = self.ask("DescribeServices")?;
        state.account.services(cluster, services)
    }

    async fn list_service_deployments(&self, cluster: &str, service: &str, since: Moment) -> Answer<Vec<String>> {
        let mut state = self.ask("ListServiceDeployments")?;
        state.account.service_deployments(cluster, service, since)
    }

    async fn describe_service_deployments(&self, deployments: &[String]) -> Answer<Vec<ServiceDeployment>> {
        let mut state = self.ask("DescribeServiceDeployments")?;
        state.account.describe_service_deployments(deployments)
    }

    async fn stop_service_deployment(&self, deployment: &str) -> Answer<()> {
        let mut state = self.ask("StopServiceDeployment")?;
        let now = state.now;
        state.account.stop_service_deployment(deployment, now)
    }

    async fn tasks(&self, cluster: &str, filter: &TaskFilter) -> Answer<Vec<Task>> {
        let mut state = self.ask("ListTasks")?;
        let now = state.now;
        state.account.tasks(cluster, filter, now)
    }

    async fn describe_tasks(&self, cluster: &str, tasks: &[String]) -> Answer<Vec<Task>> {
        let mut state = self.ask("DescribeTasks")?;
        let now = state.now;
        state.account.tasks_by_arn(cluster, tasks, now)
    }

    async fn run_task(&self, wish: &OneOff) -> Answer<Result<String, String>> {
        let mut state = self.ask("RunTask")?;
        let now = state.now;
        state.account.run_task(wish, now)
    }

    async fn stop_task(&self, cluster: &str, task: &str, reason: &str) -> Answer<()> {
        let mut state = self.ask("StopTask")?;
        let now = state.now;
        state.account.stop_task(cluster, task, reason, now)
    }

    async fn container_instances(&self, cluster: &str) -> Answer<Vec<Instance>> {
        let mut state = self.ask("DescribeContainerInstances")?;
        state.account.instances(cluster)
    }

    async fn scaling_group(&self, name: &str) -> Answer<ScalingGroup> {
        let state = self.ask("DescribeAutoScalingGroups")?;
        state.account.scaling_group(name)
    }

    async fn empty_scaling_group(&self, name: &str) -> Answer<()> {
        let mut state = self.ask("UpdateAutoScalingGroup")?;
        let now = state.now;
        state.account.empty_scaling_group(name, now)
    }

    async fn unprotect_instances(&self, group: &str, instances: &[String]) -> Answer<()> {
        let mut state = self.ask("SetInstanceProtection")?;
        let now = state.now;
        state.account.unprotect_instances(group, instances, now)
    }

    async fn task_definition(&self, arn: &str) -> Answer<TaskDefinition> {
        let state = self.ask("DescribeTaskDefinition")?;
        state.account.task_definition(arn)
    }

    async fn target_health(&self, target_group: &str) -> Answer<Vec<TargetHealth>> {
        let mut state = self.ask("DescribeTargetHealth")?;
        state.account.target_health(target_group)
    }

    async fn log_tail(&self, group: &str, stream: &str, most: usize) -> Answer<Vec<LogLine>> {
        let mut state = self.ask("GetLogEvents")?;
        state.account.log_tail(group, stream, most)
    }

    async fn delete_log_group(&self, name: &str) -> Answer<()> {
        let mut state = self.ask("DeleteLogGroup")?;
        state.account.delete_log_group(name)
    }

    async fn delete_repository(&self, name: &str) -> Answer<()> {
        let mut state = self.ask("DeleteRepository")?;
        state.account.delete_repository(name)
    }

    async fn empty_bucket(&self, name: &str) -> Answer<bool> {
        let mut state = self.ask("ListObjectVersions")?;
        state.account.empty_bucket(name)
    }

    async fn delete_bucket(&self, name: &str) -> Answer<()> {
        let mut state = self.ask("DeleteBucket")?;
        state.account.delete_bucket(name)
    }

    async fn filter_log_events(&self, search: &LogSearch, page: Option<&str>) -> Answer<Page<FoundLine>> {
        let state = self.ask("FilterLogEvents")?;
        state.account.filter_log_events(search, page)
    }

    async fn alarms(&self, names: &[String]) -> Answer<Vec<Alarm>> {
        let mut state = self.ask("DescribeAlarms")?;
        state.account.alarms(names)
    }

    async fn image_digest(&self, repository: &str, image: &str) -> Answer<Option<String>> {
        let state = self.ask("DescribeImages")?;
        state.account.image_digest(repository, image)
    }

    async fn parameter(&self, name: &str) -> Answer<Parameter> {
        let state = self.ask("GetParameter")?;
        state.account.parameter(name)
    }

    async fn parameters_below(&self, path: &str, deep: bool, page: Option<&str>) -> Answer<Page<Parameter>> {
        let state = self.ask("GetParametersByPath")?;
        state.account.parameters_below(path, deep, page)
    }

    async fn put_parameter(&self, name: &str, value: &str, overwrite: bool) -> Answer<()> {
        let mut state = self.ask("PutParameter")?;
        state.account.put_parameter(name, value, overwrite)
    }

    async fn delete_parameter(&self, name: &str) -> Answer<()> {
        let mut state = self.ask("DeleteParameter")?;
        state.account.delete_parameter(name)
    }

    async fn has_parameter(&self, name: &str) -> Answer<bool> {
        let state = self.ask("DescribeParameters")?;
        Ok(state.account.has_parameter(name))
    }

    async fn has_secret(&self, secret: &str) -> Answer<bool> {
        let state = self.ask("DescribeSecret")?;
        Ok(state.account.has_secret(secret))
    }

    async fn has_object(&self, object: &Object) -> Answer<bool> {
        let state = self.ask("HeadObject")?;
        Ok(state.account.object(object).is_ok())
    }

    async fn object(&self, object: &Object) -> Answer<String> {
        let state = self.ask("GetObject")?;
        state.account.object(object).map(str::to_string)
    }

    async fn put_object(&self, object: &Object, text: &str) -> Answer<()> {
        let mut state = self.ask("PutObject")?;
        state.account.put_object(object, text)
    }
}
