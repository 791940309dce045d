//! What an interruption means: the first asks, or does what a flag says; a second one leaves at once. In: signals, answers, and
//! what going back would mean. Out: what to do next. Must not know where signals and answers come from.

use super::helm::WayBack;

/// What an interruption does where nobody can be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// What has begun goes on, and is not watched.
    #[default]
    Detach,
    /// What has begun goes back, and that is watched.
    RollBack,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Leave: what has begun goes on.
    Leave,
    /// Ask this, and go on meanwhile.
    Ask(String),
    /// Call it back; where a stack is being made, whether it may be deleted.
    TurnBack {
        /// Whether it may be.
        deletes: bool,
    },
    /// Go on as if nothing had been said.
    GoOn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Calm,
    Asked,
    /// Whether a stack may be deleted was asked.
    Consents,
    Turning,
}

/// The interruptions of a deployment.
#[derive(Debug)]
pub struct Interrupts {
    /// What is done where nobody is asked.
    policy: Option<Policy>,
    state: State,
}

const CONSENT: &str =
    "This stack is made for the first time: to go back is to delete it, with what is in it. Type `delete` to do so: ";

impl Interrupts {
    /// Somebody is there, and is asked.
    pub fn asking() -> Interrupts {
        Interrupts {
            policy: None,
            state: State::Calm,
        }
    }

    /// Nobody is asked.
    pub fn by(policy: Policy) -> Interrupts {
        Interrupts {
            policy: Some(policy),
            state: State::Calm,
        }
    }

    /// A signal came.
    pub fn signal(&mut self, way: WayBack) -> Next {
        match (self.state, self.policy) {
            (State::Calm, None) => {
                self.state = State::Asked;
                Next::Ask(question(way).to_string())
            }
            (State::Calm, Some(Policy::RollBack)) if way != WayBack::Going => {
                self.state = State::Turning;
                Next::TurnBack { deletes: false }
            }
            _ => Next::Leave,
        }
    }

    /// An answer came.
    pub fn answer(&mut self, text: &str, way: WayBack) -> Next {
        let text = text.trim().to_lowercase();
        match self.state {
            State::Asked => match text.as_str() {
                "d" | "detach" => Next::Leave,
                "r" | "roll back" | "rollback" if way == WayBack::Delete => {
                    self.state = State::Consents;
                    Next::Ask(CONSENT.to_string())
                }
                "r" | "roll back" | "rollback" if way != WayBack::Going => {
                    self.state = State::Turning;
                    Next::TurnBack { deletes: false }
                }
                "" | "c" | "continue" => {
                    self.state = State::Calm;
                    Next::GoOn
                }
                _ => Next::Ask(question(way).to_string()),
            },
            State::Consents if text == "delete" => {
                self.state = State::Turning;
                Next::TurnBack { deletes: true }
            }
            State::Consents => {
                self.state = State::Calm;
                Next::GoOn
            }
            // What was asked is settled.
            State::Calm | State::Turning => Next::GoOn,
        }
    }
}

fn question(way: WayBack) -> &'static str {
    match way {
        WayBack::Cancel => "[d]etach: it goes on; [r]oll back: the update is cancelled; [c]ontinue to watch? ",
        WayBack::Delete => "[d]etach: it goes on; [r]oll back: the new stack is deleted; [c]ontinue to watch? ",
        WayBack::Nothing => {
            "[d]etach: leave now; [r]oll back: nothing more is begun, a task that runs is stopped; [c]ontinue? "
        }
        WayBack::Going => "It goes back already. [d]etach: leave now; [c]ontinue to watch? ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(next: Next) -> bool {
        matches!(next, Next::Ask(_))
    }

    #[test]
    fn the_first_asks_and_the_second_leaves() {
        let mut interrupts = Interrupts::asking();
        assert!(asked(interrupts.signal(WayBack::Cancel)));
        assert_eq!(interrupts.signal(WayBack::Cancel), Next::Leave);
    }

    #[test]
    fn each_answer_does_what_it_says() {
        let answered = |answer: &str, way: WayBack| {
            let mut interrupts = Interrupts::asking();
            interrupts.signal(way);
            (interrupts.answer(answer, way), interrupts)
        };
        assert_eq!(answered("d\n", WayBack::Cancel).0, Next::Leave);
        assert_eq!(answered("R\n", WayBack::Cancel).0, Next::TurnBack { deletes: false });
        assert_eq!(answered("r", WayBack::Nothing).0, Next::TurnBack { deletes: false });
        assert!(asked(answered("what?", WayBack::Cancel).0));
        assert!(asked(answered("r", WayBack::Going).0), "it does already");
        let (next, mut again) = answered("c\n", WayBack::Cancel);
        assert_eq!(next, Next::GoOn);
        assert!(asked(again.signal(WayBack::Cancel)), "the next one asks again");
        let (_, mut turning) = answered("r", WayBack::Cancel);
        assert_eq!(turning.signal(WayBack::Going), Next::Leave);
    }

    #[test]
    fn a_stack_that_is_made_goes_only_by_its_word() {
        for (word, next) in [
            ("delete\n", Next::TurnBack { deletes: true }),
            ("yes", Next::GoOn),
            ("", Next::GoOn),
        ] {
            let mut interrupts = Interrupts::asking();
            interrupts.signal(WayBack::Delete);
            assert!(asked(interrupts.answer("r", WayBack::Delete)));
            assert_eq!(interrupts.answer(word, WayBack::Delete), next, "{word}");
        }
    }

    #[test]
    fn where_nobody_is_asked_the_flag_says() {
        assert_eq!(Interrupts::by(Policy::Detach).signal(WayBack::Cancel), Next::Leave);
        let mut interrupts = Interrupts::by(Policy::RollBack);
        assert_eq!(interrupts.signal(WayBack::Delete), Next::TurnBack { deletes: false });
        assert_eq!(interrupts.signal(WayBack::Going), Next::Leave);
        assert_eq!(Interrupts::by(Policy::RollBack).signal(WayBack::Going), Next::Leave);
    }
}
