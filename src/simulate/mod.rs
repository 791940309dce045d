//! A cloud that is not there: an account of AWS in virtual time, in which a deployment runs as it would, in milliseconds.
//!
//! In: a seed, faults, the rules of [`crate::rollout`]. Out: a [`crate::cloud::Cloud`]; the same seed gives the same run. Must
//! not know the terminal. How it behaves is written down in `docs/simulation.md`, each rule with its source or as our choice.

mod account;
mod answers;
pub mod fault;
mod formation;
pub mod rehearsal;

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::cloud::formation::Finding;
use crate::cloud::outside::LogLine;
use crate::cloud::{Error, Moment};
use serde_json::Value;

use account::Account;
use fault::Fault;
use formation::Formation;

/// What a simulated account is made of.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What chance is drawn from.
    pub seed: u64,
    /// The region, such as `eu-west-1`.
    pub region: String,
    /// The account's number.
    pub account: String,
}

/// When virtual time begins: a Monday morning.
pub const BEGIN: Moment = Moment(1_767_603_600_000);

/// An account and region of AWS in virtual time, which passes only while somebody sleeps.
pub struct Simulated {
    state: RefCell<State>,
}

/// All that there is.
struct State {
    now: Moment,
    account: Account,
    formation: Formation,
    /// How often each operation was asked for, by its name.
    requests: BTreeMap<&'static str, u64>,
}

impl Simulated {
    /// An empty account.
    pub fn new(settings: &Settings) -> Simulated {
        let state = State {
            now: BEGIN,
            account: Account::new(settings),
            formation: Formation::new(settings),
            requests: BTreeMap::new(),
        };
        Simulated {
            state: RefCell::new(state),
        }
    }

    /// Lets things go wrong; their times count from now.
    pub fn inject(&self, faults: &[Fault]) {
        let mut state = self.state.borrow_mut();
        let now = state.now;
        state.account.inject(faults, now);
    }

    /// The faults that were injected and have found nothing to act on so far: `unhealthy` on a service without checks.
    pub fn idle_faults(&self) -> Vec<Fault> {
        self.state.borrow().account.idle_faults()
    }

    /// Holds resources of these logical IDs as they are: what would set them back or delete them fails, until others are named.
    pub fn hold(&self, logical: &[&str]) {
        let mut state = self.state.borrow_mut();
        state.formation.hold(logical);
    }

    /// Whether an operation that fails stops where it is, as with `DisableRollback`.
    pub fn pause_on_failure(&self, pauses: bool) {
        self.state.borrow_mut().formation.pause_on_failure(pauses);
    }

    /// Puts an image into a repository, as a pipeline's `docker push` does.
    pub fn push_image(&self, repository: &str, digest: &str) {
        self.state.borrow_mut().account.push_image(repository, digest);
    }

    /// Lets a stack be deleted no more, or again, as its termination protection does.
    pub fn protect_stack(&self, stack: &str, protected: bool) {
        self.state.borrow_mut().formation.protect(stack, protected);
    }

    /// Deletes an image from a repository, as a lifecycle rule does.
    pub fn delete_image(&self, repository: &str, digest: &str) {
        self.state.borrow_mut().account.delete_image(repository, digest);
    }

    /// Takes away a secret, or a parameter that is one, by the name that a spec has for it.
    pub fn take_secret(&self, name: &str) {
        self.state.borrow_mut().account.take_secret(name);
    }

    /// Writes a line into a stream, as a container or its log driver does: what was written a while ago comes late.
    pub fn write_log(&self, group: &str, stream: &str, line: LogLine) {
        self.state.borrow_mut().account.write_log(group, stream, line);
    }

    /// Lets the next change sets of a stack be found wanting by validations and hooks.
    pub fn find(&self, stack: &str, findings: Vec<Finding>) {
        self.state.borrow_mut().formation.find(stack, findings);
    }

    /// Changes a property of a resource behind its stack's back. Returns whether the stack has that resource.
    pub fn drift(&self, stack: &str, logical: &str, property: &str, value: Value) -> bool {
        let mut state = self.state.borrow_mut();
        state.formation.drift(stack, logical, property, value)
    }

    /// How often each operation was asked for.
    pub fn requests(&self) -> BTreeMap<&'static str, u64> {
        self.state.borrow().requests.clone()
    }
}

impl State {
    /// Lets time pass, second by second, and everything happen that is due.
    fn pass(&mut self, until: Moment) {
        while self.now < until {
            self.now = Moment((self.now.0 + 1000).min(until.0));
            self.account.step(self.now);
            self.formation.step(self.now, &mut self.account);
        }
    }

    /// Counts a request, and refuses it while requests are throttled.
    fn call(&mut self, operation: &'static str) -> Result<(), Error> {
        *self.requests.entry(operation).or_default() += 1;
        match self.account.throttles(self.now) {
            true => Err(Error::new(operation, "Throttling", "Rate exceeded")),
            false => Ok(()),
        }
    }
}
