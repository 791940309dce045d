//! Going back to a release that served. In: the releases of an app. Out: the plan that deploys one of them again, or why that cannot
//! be. Must not know how it is carried out.
//!
//! Only the stack of the services goes back. Tasks that run before a deployment do not: a migration is not undone. What it needs
//! of others must still be there: images, secrets, and what the cluster and the app's other stack publish.

use std::time::Duration;

use crate::cloud::{Answer, Cloud, Error, ErrorKind};
use crate::deploy::archive::{self, Archived};
use crate::deploy::releases::{Release, Releases};
use crate::graph::StackKind;
use crate::plan::secret::{Secret, secrets};
use crate::plan::{Given, Plan, StackWork, Stage, Work, preview};

/// Between two attempts while requests are refused.
const PAUSE: Duration = Duration::from_secs(5);

/// How often a request is made that is refused for now.
const ATTEMPTS: usize = 60;

/// Why there is no way back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such release.
    Nowhere(String),
    /// Somebody must act before: all that is gone, each in words.
    Gone(Vec<String>),
    /// AWS refused.
    Aws(Error),
}

/// The way back to a release.
#[derive(Clone, Debug)]
pub struct Back {
    /// What is gone back to.
    pub release: Archived,
    /// What is done.
    pub plan: Plan,
    /// What could not be looked at, each in words: AWS lets us not.
    pub unseen: Vec<String>,
}

/// The releases of an app on a cluster.
pub async fn releases<C: Cloud>(cloud: &C, cluster: &str, app: &str) -> Answer<Releases> {
    ask(cloud, async |cloud| archive::releases(cloud, cluster, app).await).await
}

/// The release that is meant: the one of this number, or the last one that served before. `app` is for the reader.
pub fn choose<'a>(releases: &'a Releases, app: &str, to: Option<u64>) -> Result<&'a Release, Refusal> {
    let Some(serving) = releases.serving() else {
        let text = format!("no release of {app} is on record: `loadline apply` writes one down when it serves");
        return Err(Refusal::Nowhere(text));
    };
    let refuse = |text: String| Err(Refusal::Nowhere(text));
    match to {
        Some(number) if number == serving.number => refuse(format!("release {number} of {app} serves now")),
        Some(number) => match releases.get(number) {
            Some(release) => Ok(release),
            None => {
                let numbers: Vec<String> = releases.all.iter().map(|one| one.number.to_string()).collect();
                refuse(format!(
                    "there is no release {number} of {app} on record, only {}",
                    numbers.join(", ")
                ))
            }
        },
        None => match releases.before() {
            Some(release) => Ok(release),
            None => refuse(format!(
                "there is nothing to go back to: no other release of {app} served before release {}",
                serving.number
            )),
        },
    }
}

/// Finds the way back to a release: reads what was kept of it, and looks whether all that it needs is still there.
pub async fn way<C: Cloud>(cloud: &C, cluster: &str, app: &str, release: &Release) -> Result<Back, Refusal> {
    let read = ask(cloud, async |cloud| {
        archive::archived(cloud, cluster, app, release).await
    });
    let (kept, template) = read.await.map_err(|error| match error.kind() {
        ErrorKind::Missing => Refusal::Gone(vec![format!("what was kept of release {} ({error})", release.number)]),
        _ => Refusal::Aws(error),
    })?;
    let mut look = Look {
        cloud,
        gone: Vec::new(),
        unseen: Vec::new(),
    };
    look.at_images(&kept).await?;
    for secret in secrets(&template) {
        look.at_secret(&kept, &secret).await?;
    }
    for name in preview::reads(&template) {
        let there = ask(cloud, async |cloud| cloud.has_parameter(&name).await).await;
        let what = format!("the value {name}, which is published no more");
        look.take(there, what, &name)?;
    }
    if !look.gone.is_empty() {
        return Err(Refusal::Gone(look.gone));
    }
    Ok(Back {
        plan: plan(&kept, template),
        release: kept,
        unseen: look.unseen,
    })
}

/// What deploys a release again.
fn plan(kept: &Archived, template: String) -> Plan {
    let parameters = kept.parameters.iter();
    let work = StackWork {
        stack: kept.stack.clone(),
        kind: StackKind::App,
        cluster: Some(kept.cluster.clone()),
        template,
        parameters: parameters.map(|(id, value)| (id.clone(), given(value))).collect(),
        capabilities: kept.capabilities.clone(),
        services: kept.services.clone(),
        logs: kept.logs.clone(),
        origins: kept.origins.clone(),
    };
    Plan {
        stages: vec![Stage {
            name: kept.stack.clone(),
            work: Work::Stack(work),
        }],
        ..Plan::default()
    }
}

fn given(value: &Option<String>) -> Given {
    match value {
        Some(value) => Given::Known(value.clone()),
        // The stack is there, and has it.
        None => Given::Kept(String::new()),
    }
}

/// The region and the account in an ARN.
fn home(arn: &str) -> Option<(&str, &str)> {
    let mut parts = arn.split(':').skip(3);
    Some((parts.next()?, parts.next()?))
}

struct Look<'a, C: Cloud> {
    cloud: &'a C,
    gone: Vec<String>,
    unseen: Vec<String>,
}

impl<C: Cloud> Look<'_, C> {
    async fn at_images(&mut self, kept: &Archived) -> Result<(), Refusal> {
        for (repository, digest) in &kept.images {
            let found = ask(self.cloud, async |cloud| cloud.image_digest(repository, digest).await).await;
            let there = match found {
                Err(error) if error.kind() == ErrorKind::Missing => Ok(false),
                found => found.map(|found| found.is_some()),
            };
            let what = format!("image {digest} in repository {repository}");
            self.take(there, what, repository)?;
        }
        Ok(())
    }

    async fn at_secret(&mut self, kept: &Archived, secret: &Secret) -> Result<(), Refusal> {
        let cloud = self.cloud;
        let name = secret.name();
        let is_here = || kept.task_definitions.values().any(|arn| home(arn) == home(name));
        if name.starts_with("arn:") && !is_here() {
            self.unseen.push(format!("{name} (it is of another account or region)"));
            return Ok(());
        }
        let (there, what) = match secret {
            Secret::Secret(name) => {
                let there = ask(cloud, async |cloud| cloud.has_secret(name).await).await;
                (there, format!("secret {name} in Secrets Manager"))
            }
            Secret::Parameter(name) => {
                // An ARN has a slash in front of the name even where the name has none.
                let name = name.split_once(":parameter").map_or(name.as_str(), |(_, name)| name);
                let mut there = ask(cloud, async |cloud| cloud.has_parameter(name).await).await;
                let other = match name.strip_prefix('/') {
                    Some(bare) if !bare.contains('/') => Some(bare.to_string()),
                    None => Some(format!("/{name}")),
                    Some(_) => None,
                };
                if let (Ok(false), Some(other)) = (&there, other) {
                    there = ask(cloud, async |cloud| cloud.has_parameter(&other).await).await;
                }
                (there, format!("secret {name} in Systems Manager"))
            }
        };
        self.take(there, what, name)
    }

    /// Takes whether something is there. What may not be seen may be there.
    fn take(&mut self, there: Answer<bool>, what: String, name: &str) -> Result<(), Refusal> {
        match there {
            Ok(true) => {}
            Ok(false) => self.gone.push(what),
            Err(error) if error.kind() == ErrorKind::Denied => self.unseen.push(format!("{name} ({error})")),
            Err(error) => return Err(Refusal::Aws(error)),
        }
        Ok(())
    }
}

/// Asks until there is an answer that lasts, for a few minutes.
async fn ask<C: Cloud, T>(cloud: &C, request: impl AsyncFn(&C) -> Answer<T>) -> Answer<T> {
    for _ in 1..ATTEMPTS {
        match request(cloud).await {
            Err(error) if error.is_passing() => cloud.sleep(PAUSE).await,
            answer => return answer,
        }
    }
    request(cloud).await
}
