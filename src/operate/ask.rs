//! Requests that are asked again while they are refused for now. In: a request. Out: its answer, or the refusal that stands.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use crate::cloud::{Answer, Cloud, ErrorKind};

/// The first pause, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// For how long requests may be refused because there are too many, and for how long AWS may not answer at all, before it is
/// given up.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(15 * 60), Duration::from_secs(60));

/// Asks, and tells what it takes time for.
pub(super) struct Asker<'a, C: Cloud> {
    pub cloud: &'a C,
    told: &'a dyn Fn(&str),
    /// What was told.
    said: RefCell<BTreeSet<String>>,
}

impl<'a, C: Cloud> Asker<'a, C> {
    pub fn new(cloud: &'a C, told: &'a dyn Fn(&str)) -> Asker<'a, C> {
        Asker {
            cloud,
            told,
            said: RefCell::default(),
        }
    }

    /// Asks until there is an answer.
    pub async fn ask<T>(&self, request: impl AsyncFn(&C) -> Answer<T>) -> Answer<T> {
        let began = self.cloud.now();
        let mut pause = PAUSES.0;
        loop {
            let error = match request(self.cloud).await {
                Err(error) if error.is_passing() => error,
                answer => return answer,
            };
            let patience = match error.kind() {
                ErrorKind::Throttled => PATIENCE.0,
                _ => PATIENCE.1,
            };
            if self.cloud.now().since(began) >= patience {
                return Err(error);
            }
            self.tell(&format!("{} ({}): asked again", error.operation, error.code));
            self.cloud.sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Asks for what is worth knowing and no more: what is not there, or may not be seen, is nothing.
    pub async fn aside<T: Default>(&self, request: impl AsyncFn(&C) -> Answer<T>) -> Answer<T> {
        match self.ask(request).await {
            Err(error) if error.is_passing() => Err(error),
            Err(error) if error.kind() == ErrorKind::Missing => Ok(T::default()),
            Err(error) => {
                self.tell(&format!(
                    "{} ({}): what it would show is left out",
                    error.operation, error.code
                ));
                Ok(T::default())
            }
            answer => answer,
        }
    }

    /// Tells, once.
    fn tell(&self, text: &str) {
        if self.said.borrow_mut().insert(text.to_string()) {
            (self.told)(&format!("AWS refuses {text}"));
        }
    }
}
