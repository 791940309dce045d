//! Systems Manager: parameters.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::{ParameterStringFilter, ParameterType};

use crate::cloud::outside::Parameter;
use crate::cloud::{Answer, Page};

use super::refusal::refused;
use super::words::text;

/// `GetParameter`. Nothing secret is ever asked for, so that nothing is decrypted.
pub(super) async fn parameter(client: &Client, name: &str) -> Answer<Parameter> {
    let answer = client.get_parameter().name(name).with_decryption(false).send().await;
    let answer = answer.map_err(|error| refused("GetParameter", error))?;
    let parameter = answer
        .parameter
        .unwrap_or_else(|| aws_sdk_ssm::types::Parameter::builder().build());
    Ok(shown(parameter))
}

/// `GetParametersByPath`, one page.
pub(super) async fn parameters_below(
    client: &Client,
    path: &str,
    deep: bool,
    page: Option<&str>,
) -> Answer<Page<Parameter>> {
    let request = client
        .get_parameters_by_path()
        .path(path)
        .recursive(deep)
        .with_decryption(false)
        .set_next_token(page.map(str::to_string));
    let answer = request.send().await;
    let answer = answer.map_err(|error| refused("GetParametersByPath", error))?;
    Ok(Page {
        items: answer.parameters.into_iter().flatten().map(shown).collect(),
        next: answer.next_token,
    })
}

fn shown(parameter: aws_sdk_ssm::types::Parameter) -> Parameter {
    Parameter {
        name: text(parameter.name),
        value: text(parameter.value),
        version: parameter.version,
    }
}

/// `PutParameter`. It takes no token: who makes a lease and is told that it is there reads whose it is.
pub(super) async fn put_parameter(client: &Client, name: &str, value: &str, overwrite: bool) -> Answer<()> {
    let request = client
        .put_parameter()
        .name(name)
        .value(value)
        .r#type(ParameterType::String)
        .overwrite(overwrite);
    let answer = request.send().await;
    answer.map(|_| ()).map_err(|error| refused("PutParameter", error))
}

/// `DeleteParameter`.
pub(super) async fn delete_parameter(client: &Client, name: &str) -> Answer<()> {
    let answer = client.delete_parameter().name(name).send().await;
    answer.map(|_| ()).map_err(|error| refused("DeleteParameter", error))
}

/// `DescribeParameters` of one name.
pub(super) async fn has_parameter(client: &Client, name: &str) -> Answer<bool> {
    let filter = ParameterStringFilter::builder()
        .key("Name")
        .option("Equals")
        .values(name)
        .build();
    let filter = filter.expect("a filter needs no more than its key");
    let mut next = None;
    loop {
        let request = client.describe_parameters().parameter_filters(filter.clone());
        let answer = request.set_next_token(next).send().await;
        let answer = answer.map_err(|error| refused("DescribeParameters", error))?;
        // A page may be empty although there is another one.
        if !answer.parameters.unwrap_or_default().is_empty() {
            return Ok(true);
        }
        next = answer.next_token;
        if next.is_none() {
            return Ok(false);
        }
    }
}
