//! What has served is kept, so that it can be gone back to. In: a stack of services that serves. Out: its template and all that it
//! was deployed with, in the bucket of its cluster, and a line in the release record. Must not know how it is gone back to.
//!
//! Nothing secret is in it: a template names secrets, and has none. What is written follows from the stack alone, so that a
//! deployment that is killed before it is all written leaves the same when it is run again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cloud::ecs::last_part;
use crate::cloud::outside::Object;
use crate::cloud::{Cloud, Error, ErrorKind, Moment};
use crate::plan::{Given, LogPlace, Origin, Service, StackWork};

use super::release::Record;
use super::releases::{Release, Releases};
use super::watch::Verdict;
use super::{Run, parcel, short_digest};

/// The version of the shape of what is kept.
const VERSION: u32 = 1;

/// All that a release was deployed with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archived {
    /// The version of this shape.
    pub version: u32,
    /// The app.
    pub app: String,
    /// The cluster.
    pub cluster: String,
    /// Its number.
    pub number: u64,
    /// When its stack had changed.
    pub at: Moment,
    /// Who deployed it.
    pub who: String,
    /// What it is made of, in a word.
    pub content: String,
    /// The stack of its services.
    pub stack: String,
    /// The SHA-256 digest of its template, under which that is kept.
    pub template: String,
    /// The values of its parameters; `None` of one whose value the stack keeps.
    pub parameters: Vec<(String, Option<String>)>,
    /// The capabilities that it needs.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// The digests of its images, by repository.
    #[serde(default)]
    pub images: BTreeMap<String, String>,
    /// The ARNs of the task definitions that its services had, by the services' names.
    #[serde(default)]
    pub task_definitions: BTreeMap<String, String>,
    /// Its services.
    #[serde(default)]
    pub services: Vec<Service>,
    /// Where its containers write their logs.
    #[serde(default)]
    pub logs: Vec<LogPlace>,
    /// Where its resources come from.
    #[serde(default)]
    pub origins: Vec<Origin>,
}

/// The key of what is kept of a release.
pub fn key(app: &str, number: u64) -> String {
    format!("releases/{app}/{number}.json")
}

/// The releases of an app on a cluster; none where none is on record.
pub async fn releases<C: Cloud>(cloud: &C, cluster: &str, app: &str) -> Result<Releases, Error> {
    match cloud.parameter(&super::release::parameter(cluster, app)).await {
        Ok(found) => Ok(Record::read(&found.value).releases),
        Err(error) if error.kind() == ErrorKind::Missing => Ok(Releases::default()),
        Err(error) => Err(error),
    }
}

/// What is kept of a release, and its template. Refuses what is not what was kept.
pub async fn archived<C: Cloud>(
    cloud: &C,
    cluster: &str,
    app: &str,
    release: &Release,
) -> Result<(Archived, String), Error> {
    let bucket = cloud.parameter(&parcel::bucket_parameter(cluster)).await?.value;
    let at = |key: String| Object {
        bucket: bucket.clone(),
        key,
    };
    let key = key(app, release.number);
    let broken = |what: String| Error::new("GetObject", "Broken", what);
    let text = cloud.object(&at(key.clone())).await?;
    let kept: Archived = serde_json::from_str(&text).map_err(|error| broken(format!("{key}: {error}")))?;
    if kept.version > VERSION {
        let text = format!("{key} has version {}, and this loadline reads {VERSION}", kept.version);
        return Err(broken(text));
    }
    let key = parcel::key(&kept.template);
    let template = cloud.object(&at(key.clone())).await?;
    if parcel::name_of(&template) != kept.template || kept.content != release.content {
        return Err(broken(format!("{key} is not what was kept there")));
    }
    Ok((kept, template))
}

impl<C: Cloud> Run<'_, C> {
    /// Writes down that a stack of services serves. What to say of it, where there is something; a deployment that serves does not
    /// fail because that could not be written down.
    pub(super) async fn keep_release(&mut self, work: &StackWork) -> Option<String> {
        let who = self.options.lease.as_ref()?.who.clone();
        let cluster = work.cluster.clone()?;
        let app = work.stack.strip_prefix(&format!("{cluster}-"))?.to_string();
        match self.write_release(work, &cluster, &app, who).await {
            Ok(said) => said,
            Err(error) => Some(format!("it is no release on record: {error}")),
        }
    }

    /// Writes down which release is gone back to, so that who is stopped on the way goes on there.
    pub(super) async fn begin_way_back(&mut self, work: &StackWork) -> Result<(), Error> {
        let (Some(number), Some(cluster)) = (self.options.back, &work.cluster) else {
            return Ok(());
        };
        let Some(app) = work.stack.strip_prefix(&format!("{cluster}-")) else {
            return Ok(());
        };
        let mut record = self.read_record(cluster, app).await?;
        if record.releases.back == Some(number) {
            return Ok(());
        }
        record.releases.back = Some(number);
        self.put_record(cluster, app, &mut record).await
    }

    async fn write_release(
        &mut self,
        work: &StackWork,
        cluster: &str,
        app: &str,
        who: String,
    ) -> Result<Option<String>, Error> {
        let mut record = self.read_record(cluster, app).await?;
        let releases = &mut record.releases;
        let content = self.contents.get(&work.stack).cloned().unwrap_or_default();
        let back = self.options.back.and_then(|number| releases.get(number));
        let back = back.filter(|release| release.content == content).map(|one| one.number);
        let is_written = releases.serving().is_some_and(|serving| match back {
            Some(number) => serving.number == number,
            None => serving.content == content,
        });
        if is_written {
            return Ok(None);
        }
        let Some(task_definitions) = self.serving(work).await? else {
            return Ok(None);
        };
        let stack = self
            .ask(async |cloud: &C| cloud.describe_stack(&work.stack).await)
            .await?;
        if let Some(number) = back {
            releases.go_back(number, stack.updated, &who);
            self.put_record(cluster, app, &mut record).await?;
            return Ok(Some(format!("release {number} serves again")));
        }
        let number = releases.next();
        let kept = self.archived(work, (cluster, app), number, (stack.updated, who), task_definitions);
        let lost = self.keep(cluster, &kept, &work.template).await.err();
        // It serves all the same: what was before it is what is gone back to next.
        releases.add(line(&kept));
        self.put_record(cluster, app, &mut record).await?;
        let why = lost.map(|error| match error.kind() {
            ErrorKind::Missing => format!("cluster {cluster} has no bucket to keep it in"),
            _ => error.to_string(),
        });
        Ok(Some(match why {
            None => format!("release {number} serves"),
            Some(why) => format!("release {number} serves; later it cannot be gone back to: {why}"),
        }))
    }

    /// The task definition of each service of a stack; nothing where one of them does not serve what the stack says: ECS, or
    /// somebody, has taken it back since.
    async fn serving(&mut self, work: &StackWork) -> Result<Option<BTreeMap<String, String>>, Error> {
        let is_good = |verdict: &Verdict| matches!(verdict, Verdict::Serving { .. } | Verdict::Settled);
        let is_well = self
            .view
            .services_of(&work.stack)
            .all(|service| service.verdict.as_ref().is_none_or(is_good));
        if !is_well {
            return Ok(None);
        }
        let cluster = work.cluster.clone().unwrap_or_default();
        let mut found = BTreeMap::new();
        for some in work.services.chunks(10) {
            let physical = |logical: &str| self.physical.get(&(work.stack.clone(), logical.to_string())).cloned();
            let arns: Vec<Option<String>> = some.iter().map(|service| physical(&service.logical)).collect();
            let wanted: Vec<Option<String>> = some
                .iter()
                .map(|service| physical(service.task_definition.as_ref()?))
                .collect();
            let there: Vec<String> = arns.iter().flatten().map(|arn| last_part(arn).to_string()).collect();
            let there = self
                .ask(async |cloud: &C| cloud.describe_services(&cluster, &there).await)
                .await?;
            for ((service, arn), wanted) in some.iter().zip(arns).zip(wanted) {
                let Some(now) = there.iter().find(|one| Some(&one.arn) == arn.as_ref()) else {
                    return Ok(None);
                };
                let mut newest = now.deployments.iter().filter(|one| one.status == "PRIMARY");
                let is_over = newest.all(|one| matches!(one.rollout.as_deref(), None | Some("COMPLETED")));
                if !is_over || wanted.is_some_and(|wanted| wanted != now.task_definition) {
                    return Ok(None);
                }
                found.insert(service.name.clone(), now.task_definition.clone());
            }
        }
        Ok(Some(found))
    }

    /// All that a stack was deployed with.
    fn archived(
        &self,
        work: &StackWork,
        (cluster, app): (&str, &str),
        number: u64,
        (at, who): (Moment, String),
        task_definitions: BTreeMap<String, String>,
    ) -> Archived {
        let mut images = BTreeMap::new();
        let mut parameters = Vec::new();
        for (id, given) in &work.parameters {
            let value = match given {
                Given::Known(value) => Some(value.clone()),
                Given::Digest(repository) => {
                    let digest = self.digests.get(repository).cloned().unwrap_or_default();
                    images.insert(repository.clone(), digest.clone());
                    Some(digest)
                }
                Given::Kept(_) => None,
            };
            parameters.push((id.clone(), value));
        }
        Archived {
            version: VERSION,
            app: app.to_string(),
            cluster: cluster.to_string(),
            number,
            at,
            who,
            content: self.contents.get(&work.stack).cloned().unwrap_or_default(),
            stack: work.stack.clone(),
            template: parcel::name_of(&work.template),
            parameters,
            capabilities: work.capabilities.clone(),
            images,
            task_definitions,
            services: work.services.clone(),
            logs: work.logs.clone(),
            origins: work.origins.clone(),
        }
    }

    /// Puts a release and its template into the bucket of the cluster.
    async fn keep(&mut self, cluster: &str, kept: &Archived, template: &str) -> Result<(), Error> {
        let name = parcel::bucket_parameter(cluster);
        let bucket = self.ask(async |cloud: &C| cloud.parameter(&name).await).await?.value;
        let object = Object {
            bucket: bucket.clone(),
            key: parcel::key(&kept.template),
        };
        self.ask(async |cloud: &C| parcel::keep(cloud, &object, template).await)
            .await?;
        let object = Object {
            bucket,
            key: key(&kept.app, kept.number),
        };
        let text = serde_json::to_string(kept).expect("a release is plain JSON");
        self.ask(async |cloud: &C| cloud.put_object(&object, &text).await).await
    }
}

/// What the record says of a release.
fn line(kept: &Archived) -> Release {
    let images = kept.images.iter();
    let images = images.map(|(repository, digest)| (repository.clone(), short_digest(digest).to_string()));
    Release {
        number: kept.number,
        at: kept.at,
        who: kept.who.clone(),
        content: kept.content.clone(),
        images: images.collect(),
        withdrawn: false,
    }
}
