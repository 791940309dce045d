//! The way to AWS. In: the flags that say which account is meant, and what the spec says of it. Out: AWS, and who we are there.

use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

use super::failure::{Exit, Failure};
use super::{Reach, Session};
use crate::aws::{Aws, Identity, Settings};
use crate::cloud::{Cloud, Error};
use crate::deploy::lease::Holder;
use crate::deploy::preview::{self, Halt, Reader};
use crate::deploy::watch::Outcome;
use crate::plan::Plan;
use crate::plan::preview::Preview;
use crate::plan::saved::{Occasion, Saved};
use crate::spec::Spec;

/// AWS, and who we are there.
pub(super) struct Online {
    pub aws: Aws,
    pub identity: Identity,
}

/// Carries out what waits for AWS, on this thread.
pub(super) fn drive<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::usage(format!("cannot wait for AWS: {error}")))?;
    runtime.block_on(work)
}

/// Finds the account, and refuses another than the spec is for.
pub(super) async fn connect(reach: &Reach, spec: &Spec) -> Result<Online, Failure> {
    let regions = spec
        .clusters
        .iter()
        .filter_map(|cluster| cluster.region.sound()?.as_ref());
    let mut regions: Vec<&str> = regions.map(|region| &*region.0).collect();
    regions.dedup();
    let only = match regions[..] {
        [region] => Some(region),
        _ => None,
    };
    let online = find(reach, only).await?;
    for cluster in &spec.clusters {
        let name = format!("cluster `{}`", cluster.name);
        let region = cluster.region.sound().and_then(|region| region.as_ref());
        let account = cluster.account.sound().and_then(|account| account.as_ref());
        online.guard(&name, region.map(|one| &*one.0), account.map(|one| &*one.0))?;
    }
    Ok(online)
}

/// Finds the account of a plan that was saved, and refuses another one.
pub(super) async fn connect_for(reach: &Reach, saved: &Saved) -> Result<Online, Failure> {
    let online = find(reach, Some(&saved.region)).await?;
    online.guard("the plan", Some(&saved.region), Some(&saved.account))?;
    Ok(online)
}

/// Finds the account. `region` is better than none, but does not overrule what the user has set.
async fn find(reach: &Reach, region: Option<&str>) -> Result<Online, Failure> {
    let mut settings = Settings {
        profile: reach.profile.clone(),
        region: reach.region.clone(),
        endpoint: reach.endpoint_url.clone(),
        keys: None,
    };
    let mut found = Aws::connect(&settings).await;
    if let (Err(error), Some(region)) = (&found, region)
        && error.code == crate::cloud::error::NO_REGION
    {
        settings.region = Some(region.to_string());
        found = Aws::connect(&settings).await;
    }
    let aws = found.map_err(|error| refused(&error))?;
    let identity = aws.identity().await.map_err(|error| refused(&error))?;
    Ok(Online { aws, identity })
}

impl Online {
    /// Which account and region this is, and the time.
    pub fn occasion(&self) -> Occasion {
        Occasion {
            account: self.identity.account.clone(),
            region: self.aws.region().to_string(),
            made: self.aws.now(),
        }
    }

    /// Refuses another region or account than something is for.
    fn guard(&self, what: &str, region: Option<&str>, account: Option<&str>) -> Result<(), Failure> {
        let here = self.aws.region();
        if let Some(region) = region.filter(|region| *region != here) {
            let message = format!("{what} is in {region}, and this is {here}");
            return Err(Failure::usage(message).hint(format!("give `--region {region}`")));
        }
        if let Some(account) = account.filter(|account| *account != self.identity.account) {
            let Identity { account: own, arn, .. } = &self.identity;
            let message = format!("{what} is in account {account}, and this is {own}, as {arn}");
            return Err(Failure::usage(message).hint("give the `--profile` of that account"));
        }
        Ok(())
    }
}

/// AWS could not be asked, or refused for good.
pub(super) fn refused(error: &Error) -> Failure {
    let code = error.code.as_str();
    let own = [
        crate::cloud::error::NO_CREDENTIALS,
        crate::cloud::error::NO_REGION,
        crate::cloud::error::UNREACHABLE,
    ];
    Failure {
        exit: match own.contains(&code) {
            true => Exit::Usage,
            false => Exit::Deployment(Outcome::Failed),
        },
        ..Failure::usage(error.to_string())
    }
}

/// Waits for work that can be left. The work is told by `left` that it shall come to an end; whoever asks a second time does
/// not wait for that, and `leftover` says what that may cost.
pub(super) async fn until_left<T>(
    session: &Session,
    left: &Cell<bool>,
    leftover: &str,
    work: impl Future<Output = T>,
) -> Result<T, Failure> {
    let mut work = pin!(work);
    let mut signals = Signals::new();
    loop {
        tokio::select! {
            biased;
            done = &mut work => return Ok(done),
            () = signals.next() => {}
        }
        if left.replace(true) {
            let failure = Failure::usage(format!("stopped at once: {leftover}"));
            let exit = Exit::Deployment(Outcome::Interrupted);
            return Err(Failure { exit, ..failure });
        }
        session
            .terminal
            .remark("stopping, and putting things in order first; once more to stop at once\n");
    }
}

/// What may stay where looking was stopped at once.
const LEFTOVER: &str = "a change set whose name begins with `loadline-plan-` may be left";

/// Looks at what a plan would do. What stands in the way is waited for by whoever goes on to do it: so long, if it is
/// somebody else's.
pub(super) async fn look(
    session: &Session,
    plan: &Plan,
    aws: &Aws,
    wait: Option<Duration>,
) -> Result<(Preview, Option<Halt>), Failure> {
    let left = Cell::new(false);
    let told = |text: &str| session.terminal.remark(&format!("{text}\n"));
    let reader = Reader {
        left: &|| left.get(),
        told: &told,
    };
    match wait {
        None => until_left(session, &left, LEFTOVER, preview::of(plan, aws, reader)).await,
        Some(wait) => until_left(session, &left, LEFTOVER, preview::patient(plan, aws, reader, wait)).await,
    }
}

/// Looks at what somebody has changed outside of the spec.
pub(super) async fn look_at_drift(
    session: &Session,
    plan: &Plan,
    aws: &Aws,
    preview: &mut Preview,
) -> Result<Option<Halt>, Failure> {
    let left = Cell::new(false);
    let told = |text: &str| session.terminal.remark(&format!("{text}\n"));
    let reader = Reader {
        left: &|| left.get(),
        told: &told,
    };
    until_left(session, &left, LEFTOVER, preview::drift(plan, aws, reader, preview)).await
}

/// Who deploys, for others who would.
#[expect(clippy::disallowed_methods, reason = "this is where the environment comes in")]
pub(super) fn holder(aws: &Aws) -> Holder {
    let first = |names: [&str; 3]| {
        let found = names.iter().find_map(|name| std::env::var(name).ok());
        found.filter(|found| !found.is_empty())
    };
    let user = first(["GITHUB_ACTOR", "USER", "USERNAME"]).unwrap_or_else(|| "somebody".to_string());
    let host = first(["RUNNER_NAME", "HOSTNAME", "COMPUTERNAME"]);
    let host = host.or_else(|| Some(std::fs::read_to_string("/etc/hostname").ok()?.trim().to_string()));
    Holder {
        who: format!("{user}@{}", host.unwrap_or_else(|| "somewhere".to_string())),
        key: format!("{}-{}", std::process::id(), aws.now().0),
    }
}

/// Ctrl-C, and what a pipeline sends to end a job.
pub(super) struct Signals {
    #[cfg(unix)]
    ended: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    pub fn new() -> Signals {
        Signals {
            #[cfg(unix)]
            ended: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).ok(),
        }
    }

    /// Waits for one.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(ended) = &mut self.ended {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = ended.recv() => {}
            }
            return;
        }
        // Where no signal can be had, none will come.
        tokio::signal::ctrl_c().await.ok();
    }
}
