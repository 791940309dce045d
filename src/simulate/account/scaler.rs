//! Scalable targets of Application Auto Scaling: they hold the desired count of a service within bounds. Load is not simulated,
//! so that nothing else moves it.

use serde_json::Value;

use crate::cloud::Moment;

use super::Account;
use super::read;

/// A scalable target.
#[derive(Clone, Debug)]
pub(super) struct Scalable {
    /// `service/<cluster>/<service>`.
    pub resource: String,
    pub least: i64,
    pub most: i64,
    /// When it has looked at the service.
    pub due: Option<Moment>,
}

impl Account {
    /// Makes a scalable target, or changes it.
    pub(super) fn scale_within(&mut self, physical: &str, properties: &Value, now: Moment) {
        let scalable = Scalable {
            resource: read::text(properties, "ResourceId").unwrap_or_default().to_string(),
            least: read::number(properties, "MinCapacity").unwrap_or(0),
            most: read::number(properties, "MaxCapacity").unwrap_or(i64::MAX),
            due: Some(now.plus_seconds(self.between(5, 30))),
        };
        self.scalables.insert(physical.to_string(), scalable);
    }

    /// Brings services within the bounds of new scalable targets.
    pub(super) fn scale_services(&mut self, now: Moment) {
        for scalable in self.scalables.values_mut() {
            if scalable.due.is_none_or(|due| due > now) {
                continue;
            }
            scalable.due = None;
            let of_it = |arn: &str| arn.ends_with(&format!(":{}", scalable.resource));
            for service in self.services.values_mut().filter(|service| of_it(&service.arn)) {
                let bounded = service.desired.max(scalable.least).min(scalable.most);
                if bounded != service.desired && service.status == "ACTIVE" {
                    service.desired = bounded;
                    service.settled = None;
                    service.steady = None;
                    service.next = now;
                }
            }
        }
    }
}
