//! CloudFormation: stacks and change sets.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{self, Capability, TemplateStage};

use crate::cloud::formation::{
    Change, ChangeDetail, ChangeSet, ChangeSetType, ChangeSetWish, Finding, Ignored, ListedSet, Live, Stack,
    StackEvent, StackResource, Standing, Status, Template,
};
use crate::cloud::{Answer, Error, Page};

use super::refusal::refused;
use super::words::{moment, text, word};

/// `CreateChangeSet`; `address` is where the template is, of one in a bucket. The SDK fills in no token, so that a lost answer
/// would make a second set.
pub(super) async fn create_change_set(
    client: &Client,
    wish: &ChangeSetWish,
    address: Option<String>,
) -> Answer<String> {
    let body = match &wish.template {
        Template::Body(body) => Some(body.clone()),
        Template::Object(_) => None,
    };
    let parameters = wish.parameters.iter().map(|(key, value)| {
        let parameter = types::Parameter::builder().parameter_key(key);
        match value {
            Some(value) => parameter.parameter_value(value).build(),
            None => parameter.use_previous_value(true).build(),
        }
    });
    let capabilities = wish.capabilities.iter().map(|word| Capability::from(word.as_str()));
    let request = client
        .create_change_set()
        .stack_name(&wish.stack)
        .change_set_name(&wish.name)
        .client_token(&wish.token)
        .change_set_type(match wish.kind {
            ChangeSetType::Create => types::ChangeSetType::Create,
            ChangeSetType::Update => types::ChangeSetType::Update,
        })
        .set_template_body(body)
        .set_template_url(address)
        .set_parameters(Some(parameters.collect()))
        .set_capabilities(Some(capabilities.collect()))
        .description(&wish.about)
        .set_deployment_mode(wish.drift.then_some(types::DeploymentMode::RevertDrift));
    let answer = request.send().await;
    let answer = answer.map_err(|error| refused("CreateChangeSet", error))?;
    Ok(text(answer.id))
}

/// `DescribeChangeSet`, one page.
pub(super) async fn describe_change_set(
    client: &Client,
    id: &str,
    values: bool,
    page: Option<&str>,
) -> Answer<(ChangeSet, Option<String>)> {
    let request = client
        .describe_change_set()
        .change_set_name(id)
        .include_property_values(values)
        .set_next_token(page.map(str::to_string));
    let answer = request.send().await;
    let answer = answer.map_err(|error| refused("DescribeChangeSet", error))?;
    let changes = answer.changes.into_iter().flatten();
    let set = ChangeSet {
        id: text(answer.change_set_id),
        stack_id: text(answer.stack_id),
        status: status(answer.status),
        reason: answer.status_reason,
        execution: status(answer.execution_status),
        changes: changes
            .filter_map(|change| change.resource_change)
            .map(change)
            .collect(),
    };
    Ok((set, answer.next_token))
}

fn status(word: Option<impl AsRef<str>>) -> Status {
    word.map(|word| Status::new(word.as_ref())).unwrap_or_default()
}

fn change(found: types::ResourceChange) -> Change {
    Change {
        action: word(found.action).unwrap_or_default(),
        logical: text(found.logical_resource_id),
        physical: found.physical_resource_id.filter(|id| !id.is_empty()),
        kind: text(found.resource_type),
        replacement: word(found.replacement),
        policy: word(found.policy_action),
        details: found.details.into_iter().flatten().map(detail).collect(),
        drift: word(found.resource_drift_status),
        ignored: found
            .resource_drift_ignored_attributes
            .into_iter()
            .flatten()
            .map(ignored)
            .collect(),
    }
}

fn ignored(found: types::ResourceDriftIgnoredAttribute) -> Ignored {
    Ignored {
        path: text(found.path),
        reason: word(found.reason).unwrap_or_default(),
    }
}

fn detail(found: types::ResourceChangeDetail) -> ChangeDetail {
    let target = found
        .target
        .unwrap_or_else(|| types::ResourceTargetDefinition::builder().build());
    ChangeDetail {
        attribute: word(target.attribute).unwrap_or_default(),
        name: target.name,
        path: target.path,
        recreation: word(target.requires_recreation).unwrap_or_default(),
        source: word(found.change_source).unwrap_or_default(),
        cause: found.causing_entity,
        before: target.before_value,
        after: target.after_value,
        live: target.drift.map(|drift| Live {
            deployed: drift.previous_value,
            actual: drift.actual_value,
        }),
    }
}

/// `ListChangeSets`, one page.
pub(super) async fn list_change_sets(client: &Client, stack: &str, page: Option<&str>) -> Answer<Page<ListedSet>> {
    let request = client.list_change_sets().stack_name(stack);
    let answer = request.set_next_token(page.map(str::to_string)).send().await;
    let answer = answer.map_err(|error| refused("ListChangeSets", error))?;
    let sets = answer.summaries.into_iter().flatten().map(|set| ListedSet {
        id: text(set.change_set_id),
        name: text(set.change_set_name),
        status: status(set.status),
        execution: status(set.execution_status),
        about: set.description,
        created: moment(set.creation_time).unwrap_or_default(),
    });
    Ok(Page {
        items: sets.collect(),
        next: answer.next_token,
    })
}

/// `ExecuteChangeSet`. What the documentation calls the default of `DisableRollback` is not what AWS does, so it is said.
pub(super) async fn change_set_findings(client: &Client, id: &str) -> Answer<Vec<Finding>> {
    let mut found = Vec::new();
    let mut page = None;
    loop {
        let request = client.describe_events().change_set_name(id).set_next_token(page);
        let answer = request.send().await;
        let answer = answer.map_err(|error| refused("DescribeEvents", error))?;
        found.extend(answer.operation_events.into_iter().flatten().filter_map(finding));
        page = answer.next_token;
        if page.is_none() {
            return Ok(found);
        }
    }
}

/// What an event says of a validation or a hook; nothing of those that passed, and of other events.
fn finding(event: types::OperationEvent) -> Option<Finding> {
    let fails = |mode: Option<types::HookFailureMode>| mode.is_none_or(|mode| mode.as_str() != "WARN");
    let (logical, path) = (event.logical_resource_id, event.validation_path);
    if let Some(name) = event.validation_name {
        let passed = event
            .validation_status
            .is_some_and(|status| status.as_str() != "FAILED");
        return (!passed).then(|| Finding {
            name,
            logical,
            path,
            reason: text(event.validation_status_reason),
            fails: fails(event.validation_failure_mode),
        });
    }
    let failed = event
        .hook_status
        .is_some_and(|status| status.as_str().ends_with("_FAILED"));
    Some(Finding {
        name: event.hook_type.filter(|_| failed)?,
        logical,
        path,
        reason: text(event.hook_status_reason),
        fails: fails(event.hook_failure_mode),
    })
}

pub(super) async fn execute_change_set(client: &Client, id: &str, token: &str) -> Answer<()> {
    let request = client
        .execute_change_set()
        .change_set_name(id)
        .client_request_token(token)
        .disable_rollback(false);
    let answer = request.send().await;
    answer.map(|_| ()).map_err(|error| refused("ExecuteChangeSet", error))
}

/// `DeleteChangeSet`.
pub(super) async fn delete_change_set(client: &Client, id: &str) -> Answer<()> {
    let answer = client.delete_change_set().change_set_name(id).send().await;
    answer.map(|_| ()).map_err(|error| refused("DeleteChangeSet", error))
}

/// `DescribeStacks` of one stack.
pub(super) async fn describe_stack(client: &Client, stack: &str) -> Answer<Stack> {
    let answer = client.describe_stacks().stack_name(stack).send().await;
    let answer = answer.map_err(|error| refused("DescribeStacks", error))?;
    let Some(found) = answer.stacks.into_iter().flatten().next() else {
        let message = format!("Stack with id {stack} does not exist");
        return Err(Error::new("DescribeStacks", "ValidationError", message));
    };
    let rollback = found.rollback_configuration;
    let triggers = rollback.as_ref().and_then(|one| one.rollback_triggers.clone());
    let tags = found.tags.into_iter().flatten();
    let standing = Standing {
        protected: found.enable_termination_protection.unwrap_or_default(),
        role: found.role_arn.filter(|role| !role.is_empty()),
        alarms: triggers.into_iter().flatten().map(|one| text(one.arn)).collect(),
        minutes: rollback
            .and_then(|one| one.monitoring_time_in_minutes)
            .unwrap_or_default()
            .into(),
        tags: tags.filter_map(|tag| Some((tag.key?, text(tag.value)))).collect(),
    };
    let (mut parameters, mut resolved) = (BTreeMap::new(), BTreeMap::new());
    for one in found.parameters.into_iter().flatten() {
        let Some(key) = one.parameter_key else { continue };
        resolved.extend(one.resolved_value.map(|value| (key.clone(), value)));
        parameters.insert(key, text(one.parameter_value));
    }
    Ok(Stack {
        standing,
        name: text(found.stack_name),
        id: text(found.stack_id),
        status: status(found.stack_status),
        reason: found.stack_status_reason,
        parameters,
        resolved,
        updated: moment(found.last_updated_time.or(found.creation_time)).unwrap_or_default(),
        about: text(found.description),
    })
}

/// `GetTemplate`, as it was handed in.
pub(super) async fn template(client: &Client, stack: &str) -> Answer<String> {
    let request = client.get_template().stack_name(stack);
    let answer = request.template_stage(TemplateStage::Original).send().await;
    let answer = answer.map_err(|error| refused("GetTemplate", error))?;
    Ok(text(answer.template_body))
}

/// `DescribeStackEvents`, one page.
pub(super) async fn describe_stack_events(
    client: &Client,
    stack: &str,
    page: Option<&str>,
) -> Answer<Page<StackEvent>> {
    let request = client.describe_stack_events().stack_name(stack);
    let answer = request.set_next_token(page.map(str::to_string)).send().await;
    let answer = answer.map_err(|error| refused("DescribeStackEvents", error))?;
    let events = answer.stack_events.into_iter().flatten().map(|event| StackEvent {
        id: text(event.event_id),
        at: moment(event.timestamp).unwrap_or_default(),
        token: event.client_request_token,
        logical: text(event.logical_resource_id),
        physical: event.physical_resource_id.filter(|id| !id.is_empty()),
        kind: text(event.resource_type),
        status: status(event.resource_status),
        reason: event.resource_status_reason,
    });
    Ok(Page {
        items: events.collect(),
        next: answer.next_token,
    })
}

/// `ListStackResources`, one page.
pub(super) async fn list_stack_resources(
    client: &Client,
    stack: &str,
    page: Option<&str>,
) -> Answer<Page<StackResource>> {
    let request = client.list_stack_resources().stack_name(stack);
    let answer = request.set_next_token(page.map(str::to_string)).send().await;
    let answer = answer.map_err(|error| refused("ListStackResources", error))?;
    let resources = answer.stack_resource_summaries.into_iter().flatten();
    let resources = resources.map(|resource| StackResource {
        logical: text(resource.logical_resource_id),
        physical: text(resource.physical_resource_id),
        kind: text(resource.resource_type),
        status: status(resource.resource_status),
    });
    Ok(Page {
        items: resources.collect(),
        next: answer.next_token,
    })
}

/// `CancelUpdateStack`.
pub(super) async fn cancel_update_stack(client: &Client, stack: &str, token: &str) -> Answer<()> {
    let request = client
        .cancel_update_stack()
        .stack_name(stack)
        .client_request_token(token);
    let answer = request.send().await;
    answer.map(|_| ()).map_err(|error| refused("CancelUpdateStack", error))
}

/// `DeleteStack`.
pub(super) async fn delete_stack(client: &Client, stack: &str, token: &str, retained: &[String]) -> Answer<()> {
    let retained = Some(retained.to_vec()).filter(|retained| !retained.is_empty());
    let request = client.delete_stack().stack_name(stack).client_request_token(token);
    let answer = request.set_retain_resources(retained).send().await;
    answer.map(|_| ()).map_err(|error| refused("DeleteStack", error))
}

/// `ContinueUpdateRollback`.
pub(super) async fn continue_update_rollback(
    client: &Client,
    stack: &str,
    token: &str,
    skipped: &[String],
) -> Answer<()> {
    let skipped = Some(skipped.to_vec()).filter(|skipped| !skipped.is_empty());
    let request = client
        .continue_update_rollback()
        .stack_name(stack)
        .client_request_token(token)
        .set_resources_to_skip(skipped);
    let answer = request.send().await;
    answer
        .map(|_| ())
        .map_err(|error| refused("ContinueUpdateRollback", error))
}

/// `RollbackStack`.
pub(super) async fn rollback_stack(client: &Client, stack: &str, token: &str) -> Answer<()> {
    let request = client.rollback_stack().stack_name(stack).client_request_token(token);
    let answer = request.send().await;
    answer.map(|_| ()).map_err(|error| refused("RollbackStack", error))
}
