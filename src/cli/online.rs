//! The way to AWS. In: the flags that say which account is meant, and what the spec says of it. Out: AWS, and who we are there.

use std::cell::Cell;
use std::pin::pin;

use super::failure::{Exit, Failure};
use super::{Reach, Session};
use crate::aws::{Aws, Identity, Settings};
use crate::cloud::{Cloud, Error};
use crate::deploy::lease::Holder;
use crate::deploy::preview::{self, Halt, Reader};
use crate::deploy::watch::Outcome;
use crate::plan::Plan;
use crate::plan::preview::Preview;
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
    let mut settings = Settings {
        profile: reach.profile.clone(),
        region: reach.region.clone(),
        endpoint: reach.endpoint_url.clone(),
        keys: None,
    };
    let mut found = Aws::connect(&settings).await;
    // What the spec says is better than nothing, but it does not overrule what the user has set.
    if let (Err(error), [region]) = (&found, &regions[..])
        && error.code == crate::cloud::error::NO_REGION
    {
        settings.region = Some(region.to_string());
        found = Aws::connect(&settings).await;
    }
    let aws = found.map_err(|error| refused(&error))?;
    let identity = aws.identity().await.map_err(|error| refused(&error))?;
    for cluster in &spec.clusters {
        let name = &cluster.name;
        let region = cluster.region.sound().and_then(|region| region.as_ref());
        if let Some(region) = region.filter(|region| *region.0 != *aws.region()) {
            let message = format!("cluster `{name}` is in {}, and this is {}", region.0, aws.region());
            return Err(Failure::usage(message).hint(format!("give `--region {}`", region.0)));
        }
        let account = cluster.account.sound().and_then(|account| account.as_ref());
        if let Some(account) = account.filter(|account| *account.0 != *identity.account) {
            let message = format!(
                "cluster `{name}` is in account {}, and this is {}, as {}",
                account.0, identity.account, identity.arn
            );
            return Err(Failure::usage(message).hint("give the `--profile` of that account"));
        }
    }
    Ok(Online { aws, identity })
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

/// Looks at what a plan would do.
pub(super) async fn look(session: &Session, plan: &Plan, aws: &Aws) -> Result<(Preview, Option<Halt>), Failure> {
    let left = Cell::new(false);
    let told = |text: &str| session.terminal.remark(&format!("{text}\n"));
    let reader = Reader {
        left: &|| left.get(),
        told: &told,
    };
    let leftover = "a change set whose name begins with `loadline-plan-` may be left";
    until_left(session, &left, leftover, preview::of(plan, aws, reader)).await
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
