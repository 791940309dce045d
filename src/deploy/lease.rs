//! The lease of a cluster: one deployment at a time. In: who deploys. Out: a parameter of Systems Manager that ends by itself
//! when its holder is gone. Must not know what is deployed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cloud::{Answer, Cloud, Error, ErrorKind, Moment};
use crate::plan::Plan;

use super::event::What;
use super::watch::Outcome;
use super::{INTERVAL, Run, clusters};

/// For how long a lease holds unless it is extended: longer than requests are refused between two looks.
const TERM: Duration = Duration::from_secs(180);

/// How often it is extended.
const EXTENDED_SECONDS: i64 = 60;

/// After an overwriting it takes so long until the last who wrote is surely the one that is read.
const SETTLED: Duration = Duration::from_secs(2);

/// Who deploys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// In words for others: `ana@laptop`.
    pub who: String,
    /// What tells two deployments of one person apart.
    pub key: String,
}

/// A lease as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    version: u32,
    /// Who deploys.
    #[serde(flatten)]
    pub holder: Holder,
    /// Since when.
    pub since: Moment,
    /// When it ends, unless it is extended.
    pub until: Moment,
}

/// The leases that a run holds.
#[derive(Debug, Default)]
pub(super) struct Held {
    clusters: Vec<String>,
    since: Moment,
    until: Moment,
    extended: Moment,
    /// Who has taken one over, after it had ended.
    lost_to: Option<String>,
}

/// A deployment that is under way, as others see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Who deploys.
    pub who: String,
    /// Since when.
    pub since: Moment,
    /// When the lease ends unless it is extended.
    pub until: Moment,
}

/// Who deploys to a cluster now, where somebody does.
pub async fn look<C: Cloud>(cloud: &C, cluster: &str) -> Answer<Option<Standing>> {
    let found = match cloud.parameter(&name(cluster)).await {
        Err(error) if error.kind() == ErrorKind::Missing => return Ok(None),
        found => found?,
    };
    let lease = serde_json::from_str::<Lease>(&found.value).ok();
    let lease = lease.filter(|lease| lease.until > cloud.now());
    Ok(lease.map(|lease| Standing {
        who: lease.holder.who,
        since: lease.since,
        until: lease.until,
    }))
}

/// The parameter in which the lease of a cluster is.
pub fn name(cluster: &str) -> String {
    format!("/loadline/{cluster}/lease")
}

/// Gives back what a deployment holds that is no longer carried out: after its future was dropped.
pub async fn release<C: Cloud>(plan: &Plan, cloud: &C, holder: &Holder) {
    for cluster in clusters(plan) {
        give_back(cloud, &cluster, holder).await;
    }
}

/// Deletes a lease if it is this holder's. If that cannot be done, it ends by itself.
async fn give_back<C: Cloud>(cloud: &C, cluster: &str, holder: &Holder) {
    let name = name(cluster);
    for _ in 0..3 {
        let done = match cloud.parameter(&name).await {
            Ok(found) => match serde_json::from_str::<Lease>(&found.value) {
                Ok(lease) if lease.holder == *holder => cloud.delete_parameter(&name).await,
                _ => return,
            },
            Err(error) => Err(error),
        };
        match done {
            Err(error) if error.is_passing() => cloud.sleep(INTERVAL).await,
            _ => return,
        }
    }
}

impl<C: Cloud> Run<'_, C> {
    /// Takes the leases of all clusters of the plan, in one order for everybody. Returns whether they are ours; if not, it was
    /// said why.
    pub(super) async fn take_leases(&mut self) -> bool {
        let Some(holder) = self.options.lease.clone() else {
            return true;
        };
        self.held.since = self.cloud.now();
        for cluster in self.clusters.clone() {
            let reason = match self.take(&cluster, &holder).await {
                Ok(None) => {
                    self.held.clusters.push(cluster);
                    continue;
                }
                Ok(Some(other)) => {
                    let outcome = Outcome::Locked;
                    self.emit(What::Blocked { outcome });
                    format!(
                        "{} deploys to {cluster}, since {}; unless it goes on, its lease ends at {}; `--wait-for-lock 10m` waits",
                        other.holder.who, other.since, other.until
                    )
                }
                Err(error) => error.to_string(),
            };
            let stage = self.stage;
            self.emit(What::StageFailed { stage, reason });
            return false;
        }
        true
    }

    /// Takes one lease; the one that stands in the way, where there is one.
    async fn take(&mut self, cluster: &str, holder: &Holder) -> Result<Option<Lease>, Error> {
        let name = name(cluster);
        let patience = self.cloud.now() + self.options.wait;
        loop {
            let (text, now) = (self.lease(holder), self.cloud.now());
            let put = self.ask(async |cloud: &C| cloud.put_parameter(&name, &text, false).await);
            match put.await {
                Ok(()) => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Taken => {}
                Err(error) => return Err(error),
            }
            let other = match self.read_lease(&name).await? {
                // An answer was lost, or it is ours from before.
                Some(lease) if lease.holder == *holder => return Ok(None),
                Some(lease) if lease.until > now => lease,
                // It has ended, or is none. Of two who take it over at once, the last one has it.
                _ => {
                    self.ask(async |cloud: &C| cloud.put_parameter(&name, &text, true).await)
                        .await?;
                    self.cloud.sleep(SETTLED).await;
                    match self.read_lease(&name).await? {
                        Some(lease) if lease.holder == *holder => return Ok(None),
                        Some(lease) => lease,
                        None => continue,
                    }
                }
            };
            if self.cloud.now() >= patience || self.is_late() || self.is_called_back() {
                return Ok(Some(other));
            }
            self.emit(What::Quiet);
            self.cloud.sleep(INTERVAL).await;
        }
    }

    /// The lease of a cluster, whoever holds it, and even if it has ended.
    pub(super) async fn lease_on(&mut self, cluster: &str) -> Result<Option<Lease>, Error> {
        self.read_lease(&name(cluster)).await
    }

    async fn read_lease(&mut self, name: &str) -> Result<Option<Lease>, Error> {
        match self.ask(async |cloud: &C| cloud.parameter(name).await).await {
            Ok(found) => Ok(serde_json::from_str(&found.value).ok()),
            Err(error) if error.kind() == ErrorKind::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The text of our lease from now on.
    fn lease(&mut self, holder: &Holder) -> String {
        let now = self.cloud.now();
        self.held.extended = now;
        self.held.until = now + TERM;
        let lease = Lease {
            version: 1,
            holder: holder.clone(),
            since: self.held.since,
            until: self.held.until,
        };
        serde_json::to_string(&lease).expect("a lease is plain JSON")
    }

    /// Extends what is held, when it is time. What is refused is tried again with the next look.
    pub(super) async fn extend_leases(&mut self) {
        let now = self.cloud.now();
        let is_due = now.seconds_since(self.held.extended) >= EXTENDED_SECONDS;
        let Some(holder) = self
            .options
            .lease
            .clone()
            .filter(|_| is_due && !self.held.clusters.is_empty())
        else {
            return;
        };
        let before = (self.held.extended, self.held.until);
        for cluster in self.held.clusters.clone() {
            let name = name(&cluster);
            if now >= before.1
                && let Ok(found) = self.cloud.parameter(&name).await
                && let Ok(lease) = serde_json::from_str::<Lease>(&found.value)
                && lease.holder != holder
            {
                self.held.lost_to = Some(lease.holder.who);
                return;
            }
            let text = self.lease(&holder);
            if self.cloud.put_parameter(&name, &text, true).await.is_err() {
                (self.held.extended, self.held.until) = before;
                return;
            }
        }
    }

    /// Whether somebody else has taken over what was held; it was said who.
    pub(super) fn has_lost_its_lease(&mut self) -> bool {
        let Some(who) = self.held.lost_to.clone() else {
            return false;
        };
        let (outcome, stage) = (Outcome::Locked, self.stage);
        self.emit(What::Blocked { outcome });
        let reason = format!("{who} has taken over while AWS refused requests");
        self.emit(What::StageFailed { stage, reason });
        true
    }

    /// Gives back what is held.
    pub(super) async fn release_leases(&mut self) {
        let Some(holder) = self.options.lease.clone() else {
            return;
        };
        for cluster in std::mem::take(&mut self.held.clusters) {
            give_back(self.cloud, &cluster, &holder).await;
        }
    }

    /// Waits for the next look.
    pub(super) async fn rest(&mut self) {
        self.cloud.sleep(self.pace).await;
        self.extend_leases().await;
    }
}
