//! A revision of a task definition, as far as it says what a task takes and what it leans on. Words of AWS stay open text.

use super::capacity::Port;

/// A revision of a task definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskDefinition {
    /// Its ARN.
    pub arn: String,
    /// `bridge`, `host`, `awsvpc` or `none`.
    pub network: String,
    /// The CPU units of the whole task, where it has a size.
    pub cpu: Option<i64>,
    /// The memory of the whole task in MiB, where it has a size.
    pub memory: Option<i64>,
    /// Its containers.
    pub containers: Vec<ContainerDefinition>,
    /// The names of its roles, ARNs.
    pub roles: Vec<String>,
}

/// Shorter names are found in too much by chance.
const SHORTEST: usize = 6;

impl TaskDefinition {
    /// Whether it names a resource, by its physical ID: as a role, as a log group, as a secret, in its environment.
    pub fn leans_on(&self, physical: &str) -> bool {
        let is_in = |text: &str| {
            let mut at = text.match_indices(physical).map(|(at, _)| (at, at + physical.len()));
            let is_end = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric() && letter != '-');
            at.any(|(from, to)| is_end(text[..from].chars().next_back()) && is_end(text[to..].chars().next()))
        };
        let of_containers = self.containers.iter().flat_map(|one| {
            let values = one.environment.iter().map(|(_, value)| value);
            one.secrets.iter().chain(&one.log_group).chain(values)
        });
        physical.len() >= SHORTEST && self.roles.iter().chain(of_containers).any(|text| is_in(text))
    }
}

/// A container of a task definition.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ContainerDefinition {
    /// Its name.
    pub name: String,
    /// Its image.
    pub image: String,
    /// CPU units.
    pub cpu: i64,
    /// What it may use at most, in MiB.
    pub memory: Option<i64>,
    /// What is kept free for it, in MiB.
    pub reserve: Option<i64>,
    /// The ports of the instance that it takes; none where ECS chooses.
    pub ports: Vec<Port>,
    /// Where its secrets come from, ARNs or names; never a value.
    pub secrets: Vec<String>,
    /// The group of its logs.
    pub log_group: Option<String>,
    /// Its environment. Values may be secret: they are compared, and never shown.
    pub environment: Vec<(String, String)>,
}

/// A value of the environment is not for anybody's eyes.
impl std::fmt::Debug for ContainerDefinition {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        let names: Vec<&str> = self.environment.iter().map(|(name, _)| name.as_str()).collect();
        formatter
            .debug_struct("ContainerDefinition")
            .field("name", &self.name)
            .field("image", &self.image)
            .field("cpu", &self.cpu)
            .field("memory", &self.memory)
            .field("reserve", &self.reserve)
            .field("ports", &self.ports)
            .field("secrets", &self.secrets)
            .field("log_group", &self.log_group)
            .field("environment", &names)
            .finish()
    }
}
