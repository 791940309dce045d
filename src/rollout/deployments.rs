//! Which change of a service makes a deployment. Must not know what one does.
//!
//! Source: the members of
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html>, each of which says so.

/// A parameter of `UpdateService`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// As the API writes it.
    pub name: &'static str,
    /// Whether a change of it makes a deployment.
    pub deploys: bool,
}

const fn deploys(name: &'static str) -> Parameter {
    Parameter { name, deploys: true }
}

const fn settles(name: &'static str) -> Parameter {
    Parameter { name, deploys: false }
}

/// The parameters of which the API says whether they make a deployment, sorted by name. `forceNewDeployment` stands for
/// the value `true`.
pub const PARAMETERS: &[Parameter] = &[
    settles("availabilityZoneRebalancing"),
    settles("capacityProviderStrategy"),
    settles("deploymentConfiguration"),
    settles("desiredCount"),
    settles("enableECSManagedTags"),
    settles("enableExecuteCommand"),
    deploys("forceNewDeployment"),
    settles("healthCheckGracePeriodSeconds"),
    deploys("loadBalancers"),
    deploys("networkConfiguration"),
    settles("placementConstraints"),
    settles("placementStrategy"),
    deploys("platformVersion"),
    settles("propagateTags"),
    deploys("serviceConnectConfiguration"),
    deploys("serviceRegistries"),
    deploys("taskDefinition"),
    deploys("volumeConfigurations"),
    deploys("vpcLatticeConfigurations"),
];

/// The parameter of this name, if the API says whether it makes a deployment.
pub fn parameter(name: &str) -> Option<Parameter> {
    PARAMETERS.iter().copied().find(|parameter| parameter.name == name)
}

/// A service as updates leave it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Updated {
    /// How many copies shall run: the last word wins.
    pub desired: i64,
    /// How many deployments were made.
    pub deployments: i64,
}

impl Updated {
    /// After an update that sets the desired count, where it does, and changes `parameters` of others.
    pub fn then(self, desired: Option<i64>, parameters: &[Parameter]) -> Updated {
        let deploys = parameters.iter().any(|parameter| parameter.deploys);
        Updated {
            desired: desired.unwrap_or(self.desired),
            deployments: self.deployments + i64::from(deploys),
        }
    }
}
