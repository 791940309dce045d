//! What actions are allowed on: ARNs of what a project is and will be. In: a spec. Out: ARNs. Must not know which actions.
//!
//! Names follow from the project: stacks, roles and groups begin with the cluster's name, as CloudFormation makes them up from
//! the name of their stack.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cloud::actions::On;
use crate::spec::{Cluster, Spec};

/// Where a project is.
pub(super) struct Place {
    clusters: Vec<Where>,
    apps: BTreeSet<String>,
    repositories: BTreeSet<String>,
}

/// A cluster, and where it is; `*` for what the spec leaves open.
struct Where {
    name: String,
    region: String,
    account: String,
}

impl Place {
    pub fn of(spec: &Spec) -> Place {
        let apps = spec.apps.iter();
        let repositories = spec.apps.iter().flat_map(|app| app.repositories());
        Place {
            clusters: spec.clusters.iter().map(Where::of).collect(),
            apps: apps.map(|app| app.name.to_string()).collect(),
            repositories: repositories.map(|one| one.value.to_string()).collect(),
        }
    }

    fn each(&self, resource: impl Fn(&Where) -> String) -> Vec<String> {
        let all: BTreeSet<String> = self.clusters.iter().map(resource).collect();
        all.into_iter().collect()
    }

    fn ecs(&self, resource: impl Fn(&str) -> String) -> Vec<String> {
        self.each(|one| one.arn("ecs", &resource(&one.name)))
    }

    /// What an action is allowed on.
    pub fn resources(&self, on: On) -> Vec<String> {
        match on {
            On::Nothing => Vec::new(),
            On::Everything | On::InCluster => vec!["*".to_string()],
            On::Stacks => self.stacks(),
            On::Clusters => self.ecs(|name| format!("cluster/{name}")),
            On::Services => self.ecs(|name| format!("service/{name}/*")),
            On::ServiceDeployments => self.ecs(|name| format!("service-deployment/{name}/*")),
            On::ServiceRevisions => self.ecs(|name| format!("service-revision/{name}/*")),
            On::Tasks => self.ecs(|name| format!("task/{name}/*")),
            On::Instances => self.ecs(|name| format!("container-instance/{name}/*")),
            On::Definitions => self.ecs(|name| format!("task-definition/{name}-*:*")),
            On::Logs => self.each(|one| one.arn("logs", &format!("log-group:/loadline/{}/*", one.name))),
            On::Repositories => self.of_repositories(),
            On::Parameters => self.parameters(),
            On::Read => {
                let published = ["ecs/optimized-ami/*", "bottlerocket/*"];
                let regions = self.clusters.iter().map(|one| one.region.as_str());
                let regions: BTreeSet<&str> = regions.collect();
                let public = regions.iter().flat_map(|region| {
                    published.map(|path| format!("arn:aws:ssm:{region}::parameter/aws/service/{path}"))
                });
                self.parameters().into_iter().chain(public).collect()
            }
            On::Buckets => self.each(|one| format!("arn:aws:s3:::{}-*", one.name)),
            On::Objects => self.each(|one| format!("arn:aws:s3:::{}-*/*", one.name)),
            On::Groups => self.each(|one| {
                let rest = format!("autoScalingGroup:*:autoScalingGroupName/{}-cluster-*", one.name);
                one.arn("autoscaling", &rest)
            }),
        }
    }

    /// What narrows an action down further.
    pub fn condition(&self, on: On) -> Option<Value> {
        matches!(on, On::InCluster | On::Definitions)
            .then(|| json!({"ArnLike": {"ecs:cluster": self.resources(On::Clusters)}}))
    }

    fn stacks(&self) -> Vec<String> {
        let mut found = self.each(|one| one.arn("cloudformation", &format!("stack/{}-*/*", one.name)));
        for app in &self.apps {
            let registry = format!("stack/{app}-registry/*");
            found.extend(self.each(|one| one.arn("cloudformation", &registry)));
        }
        found
    }

    fn of_repositories(&self) -> Vec<String> {
        let names = self.repositories.iter();
        let all = names.flat_map(|name| self.each(|one| one.arn("ecr", &format!("repository/{name}"))));
        all.collect()
    }

    fn parameters(&self) -> Vec<String> {
        // A request by path is judged by the path itself.
        let parts = ["", "/*"];
        let all = parts.map(|end| self.each(|one| one.arn("ssm", &format!("parameter/loadline/{}{end}", one.name))));
        all.concat()
    }

    /// The roles that templates make.
    pub fn roles(&self) -> Vec<String> {
        self.each(|one| format!("arn:aws:iam::{}:role/{}-*", one.account, one.name))
    }

    /// What an action of a handler is allowed on, and what the statement is called.
    pub fn of_handler<'a>(&self, action: &str, resources: impl Iterator<Item = &'a Value>) -> (String, Vec<String>) {
        let (service, name) = action.split_once(':').unwrap_or((action, ""));
        let reads = ["Describe", "List", "Get"].iter().any(|verb| name.starts_with(verb));
        let (sid, on) = match service {
            "iam" if name == "CreateServiceLinkedRole" => {
                let roles = self.each(|one| format!("arn:aws:iam::{}:role/aws-service-role/*", one.account));
                ("MakeServiceRoles", roles)
            }
            "iam" => ("MakeRoles", self.identities(resources)),
            "ssm" if !name.ends_with('*') && !reads => ("MakeParameters", self.parameters()),
            "ecr" if !reads && !self.repositories.is_empty() => ("MakeRepositories", self.of_repositories()),
            "logs" if !reads && name.contains("LogGroup") => ("MakeLogs", self.resources(On::Logs)),
            _ => ("MakeTheRest", vec!["*".to_string()]),
        };
        (sid.to_string(), on)
    }

    /// Roles, profiles and policies that templates make: those with a name of their own by that name.
    fn identities<'a>(&self, resources: impl Iterator<Item = &'a Value>) -> Vec<String> {
        let mut names: BTreeSet<String> = BTreeSet::new();
        for resource in resources {
            let properties = &resource["Properties"];
            let named = match resource["Type"].as_str().unwrap_or_default() {
                "AWS::IAM::Role" => ("role", &properties["RoleName"]),
                "AWS::IAM::InstanceProfile" => ("instance-profile", &properties["InstanceProfileName"]),
                "AWS::IAM::ManagedPolicy" => ("policy", &properties["ManagedPolicyName"]),
                _ => continue,
            };
            match named {
                (sort, Value::String(name)) => drop(names.insert(format!("{sort}/{name}"))),
                (sort, _) => names.extend(self.clusters.iter().map(|one| format!("{sort}/{}-*", one.name))),
            }
        }
        let all = names.iter();
        let all = all.flat_map(|name| self.each(|one| format!("arn:aws:iam::{}:{name}", one.account)));
        all.collect::<BTreeSet<String>>().into_iter().collect()
    }
}

impl Where {
    fn of(cluster: &Cluster) -> Where {
        let region = cluster.region.sound().and_then(|region| region.as_ref());
        let account = cluster.account.sound().and_then(|account| account.as_ref());
        Where {
            name: cluster.name.to_string(),
            region: region.map_or("*".to_string(), |region| region.0.to_string()),
            account: account.map_or("*".to_string(), |account| account.0.to_string()),
        }
    }

    fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{rest}", self.region, self.account)
    }
}
