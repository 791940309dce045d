//! Systems Manager: parameters.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::types::ParameterType;

use crate::cloud::Answer;
use crate::cloud::outside::Parameter;

use super::refusal::refused;
use super::words::text;

/// `GetParameter`. Nothing secret is ever asked for, so that nothing is decrypted.
pub(super) async fn parameter(client: &Client, name: &str) -> Answer<Parameter> {
    let answer = client.get_parameter().name(name).with_decryption(false).send().await;
    let answer = answer.map_err(|error| refused("GetParameter", error))?;
    let parameter = answer
        .parameter
        .unwrap_or_else(|| aws_sdk_ssm::types::Parameter::builder().build());
    Ok(Parameter {
        name: text(parameter.name),
        value: text(parameter.value),
        version: parameter.version,
    })
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
