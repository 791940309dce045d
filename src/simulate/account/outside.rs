//! Parameters of Systems Manager, secrets, and alarms. In: requests. Out: answers.

use serde_json::Value;

use crate::cloud::outside::{Alarm, Parameter};
use crate::cloud::{Answer, Error, Page};

use super::{Account, read};

impl Account {
    /// `GetParameter`.
    pub fn parameter(&self, name: &str) -> Answer<Parameter> {
        let known = self.parameters.get(name).cloned();
        let public = || {
            // AWS publishes the newest machine images there, for everybody.
            let is_image = name.starts_with("/aws/service/") && name.ends_with("/image_id");
            is_image.then(|| Parameter {
                name: name.to_string(),
                value: "ami-0123456789abcdef0".to_string(),
                version: 1,
            })
        };
        let missing = || {
            Error::new(
                "GetParameter",
                "ParameterNotFound",
                format!("there is no parameter {name}"),
            )
        };
        known.or_else(public).ok_or_else(missing)
    }

    /// `GetParametersByPath`. A page has ten
    /// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html>); a token is the last
    /// name of the page before, so that what is deleted in between moves no page.
    pub fn parameters_below(&self, path: &str, deep: bool, page: Option<&str>) -> Answer<Page<Parameter>> {
        const PAGE: usize = 10;
        let folder = format!("{}/", path.trim_end_matches('/'));
        let after = page.unwrap_or_default();
        let all = self.parameters.values();
        let is_below = |name: &str| {
            name.strip_prefix(&folder)
                .is_some_and(|rest| deep || !rest.contains('/'))
        };
        let mut below = all.filter(|one| is_below(&one.name) && one.name.as_str() > after);
        let items: Vec<Parameter> = below.by_ref().take(PAGE).cloned().collect();
        let next = below.next().and_then(|_| items.last()).map(|last| last.name.clone());
        Ok(Page { items, next })
    }

    /// `PutParameter`.
    pub fn put_parameter(&mut self, name: &str, value: &str, overwrite: bool) -> Answer<()> {
        let before = self.parameters.get(name);
        if before.is_some() && !overwrite {
            return Err(Error::new(
                "PutParameter",
                "ParameterAlreadyExists",
                "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
            ));
        }
        let parameter = Parameter {
            name: name.to_string(),
            value: value.to_string(),
            version: before.map_or(1, |before| before.version + 1),
        };
        self.parameters.insert(name.to_string(), parameter);
        Ok(())
    }

    /// `DeleteParameter`.
    pub fn delete_parameter(&mut self, name: &str) -> Answer<()> {
        let missing = || Error::new("DeleteParameter", "ParameterNotFound", "");
        self.parameters.remove(name).map(|_| ()).ok_or_else(missing)
    }

    /// `DescribeParameters` of one name. What loadline does not write itself, such as a secret, is there unless it was taken
    /// away.
    pub fn has_parameter(&self, name: &str) -> bool {
        match name.starts_with("/loadline/") {
            true => self.parameters.contains_key(name),
            false => !self.gone.contains(name),
        }
    }

    /// `DescribeSecret`.
    pub fn has_secret(&self, secret: &str) -> bool {
        !self.gone.contains(secret)
    }

    /// Takes a secret away, or a parameter that is one.
    pub fn take_secret(&mut self, name: &str) {
        self.gone.insert(name.to_string());
    }

    /// Keeps what a template's parameter says.
    pub(super) fn store_parameter(&mut self, name: &str, properties: &Value) {
        let value = read::written(&properties["Value"]).unwrap_or_default();
        self.put_parameter(name, &value, true).expect("overwriting is allowed");
    }

    /// `DescribeAlarms`: nothing in a rehearsal makes a metric, so that every alarm is content.
    pub fn alarms(&mut self, names: &[String]) -> Answer<Vec<Alarm>> {
        let calm = |name: &String| Alarm {
            name: name.clone(),
            state: "OK".to_string(),
            reason: "Unchecked: Initial alarm creation".to_string(),
        };
        Ok(names.iter().map(calm).collect())
    }
}
