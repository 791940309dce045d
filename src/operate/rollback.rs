//! Going back to a release that served. In: the releases of an app. Out: the plan that deploys one of them again, or why that cannot
//! be. Must not know how it is carried out.
//!
//! Only the stack of the services goes back. Tasks that run before a deployment do not: a migration is not undone. What it needs
//! of others must still be there: images, secrets, and what the cluster and the app's other stack publish.

use crate::cloud::{Answer, Cloud, Error, ErrorKind};
use crate::deploy::archive::{self, Archived};
use crate::deploy::releases::{Release, Releases};
use crate::graph::StackKind;
use crate::plan::secret::{Secret, secrets};
use crate::plan::{Given, Plan, StackWork, Stage, Work, preview};

use super::ask::Asker;

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

/// What served, and whether that is still so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The releases.
    pub releases: Releases,
    /// Whether the stack has changed since the last one was written down: what serves now is none of them.
    pub is_past: bool,
    /// The release that somebody is going back to, or was when they were stopped.
    pub resumes: Option<u64>,
}

/// The releases of an app on a cluster. `told` hears what it takes time for.
pub async fn history<C: Cloud>(cloud: &C, cluster: &str, app: &str, told: &dyn Fn(&str)) -> Answer<History> {
    let asker = Asker::new(cloud, told);
    let releases = asker
        .ask(async |cloud: &C| archive::releases(cloud, cluster, app).await)
        .await?;
    let Some(serves) = &releases.serves else {
        return Ok(History::default());
    };
    let stack = format!("{cluster}-{app}");
    let (is_past, is_under_way) = match asker.ask(async |cloud: &C| cloud.describe_stack(&stack).await).await {
        // What went back by itself is what it was.
        Ok(there) => (
            there.status.is_complete() && there.updated > serves.since,
            there.status.is_under_way(),
        ),
        Err(error) if error.kind() == ErrorKind::Missing => (true, false),
        Err(error) => return Err(error),
    };
    let resumes = releases.back.filter(|_| is_past || is_under_way);
    Ok(History {
        releases,
        is_past,
        resumes,
    })
}

/// The release that is meant: the one of this number, or the last one that served before what serves now. `app` is for the reader.
pub fn choose<'a>(history: &'a History, app: &str, to: Option<u64>) -> Result<&'a Release, Refusal> {
    let releases = &history.releases;
    let Some(serving) = releases.serving() else {
        let text = format!("no release of {app} is on record: `loadline apply` writes one down when it serves");
        return Err(Refusal::Nowhere(text));
    };
    let refuse = |text: String| Err(Refusal::Nowhere(text));
    match to {
        Some(number) if number == serving.number && !history.is_past => {
            refuse(format!("release {number} of {app} serves now"))
        }
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
        None if history.is_past || history.resumes.is_some() => {
            let resumed = history.resumes.and_then(|number| releases.get(number));
            Ok(resumed.unwrap_or(serving))
        }
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
pub async fn way<C: Cloud>(
    cloud: &C,
    cluster: &str,
    app: &str,
    release: &Release,
    told: &dyn Fn(&str),
) -> Result<Back, Refusal> {
    let asker = Asker::new(cloud, told);
    let read = asker.ask(async |cloud: &C| archive::archived(cloud, cluster, app, release).await);
    let (kept, template) = read.await.map_err(|error| match error.kind() {
        ErrorKind::Missing => Refusal::Gone(vec![format!("what was kept of release {} ({error})", release.number)]),
        _ => Refusal::Aws(error),
    })?;
    let mut look = Look {
        asker,
        gone: Vec::new(),
        unseen: Vec::new(),
    };
    look.at_images(&kept).await?;
    for secret in secrets(&template) {
        look.at_secret(&kept, &secret).await?;
    }
    for name in preview::reads(&template) {
        let there = look.asker.ask(async |cloud: &C| cloud.has_parameter(&name).await).await;
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
    asker: Asker<'a, C>,
    gone: Vec<String>,
    unseen: Vec<String>,
}

impl<C: Cloud> Look<'_, C> {
    async fn at_images(&mut self, kept: &Archived) -> Result<(), Refusal> {
        for (repository, digest) in &kept.images {
            let look = async |cloud: &C| cloud.image_digest(repository, digest).await;
            let found = self.asker.ask(look).await;
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
        let asker = &self.asker;
        let name = secret.name();
        let is_here = || kept.task_definitions.values().any(|arn| home(arn) == home(name));
        if name.starts_with("arn:") && !is_here() {
            self.unseen.push(format!("{name} (it is of another account or region)"));
            return Ok(());
        }
        let (there, what) = match secret {
            Secret::Secret(name) => {
                let there = asker.ask(async |cloud: &C| cloud.has_secret(name).await).await;
                (there, format!("secret {name} in Secrets Manager"))
            }
            Secret::Parameter(name) => {
                // An ARN has a slash in front of the name even where the name has none.
                let name = name.split_once(":parameter").map_or(name.as_str(), |(_, name)| name);
                let mut there = asker.ask(async |cloud: &C| cloud.has_parameter(name).await).await;
                let other = match name.strip_prefix('/') {
                    Some(bare) if !bare.contains('/') => Some(bare.to_string()),
                    None => Some(format!("/{name}")),
                    Some(_) => None,
                };
                if let (Ok(false), Some(other)) = (&there, other) {
                    there = asker.ask(async |cloud: &C| cloud.has_parameter(&other).await).await;
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
