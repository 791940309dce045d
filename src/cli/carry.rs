//! Follows what goes on in AWS and tells of it. In: a deployment to carry out, or anything else that tells events. Out: text, what
//! is kept of it, an exit code. Whoever interrupts is asked, while it goes on; whoever leaves is told how to take part again.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::failure::{Exit, Failure};
use super::online::Signals;
use super::view::{Teller, live, timeline};
use super::{Output, Session, story};
use crate::aws::Aws;
use crate::cloud::{Cloud, Moment};
use crate::deploy::event::{Event, What};
use crate::deploy::helm::Helm;
use crate::deploy::interrupt::{Interrupts, Next};
use crate::deploy::watch::{Outcome, Said, View, fold};
use crate::deploy::{self, Options, Sink, lease, record};
use crate::plan::Plan;

/// How often the clock on a terminal moves.
const FRAME: Duration = Duration::from_millis(500);

/// What is kept of a deployment.
pub(super) struct Kept<'a> {
    /// The file of its recording.
    pub record: Option<&'a str>,
    /// The file of its page.
    pub timeline: Option<&'a str>,
}

/// How it is shown.
enum Show<'a> {
    Live(live::Live<'a>),
    Lines(Teller),
}

/// What was seen so far, and where it is shown.
struct Seen<'a> {
    session: &'a Session,
    show: Show<'a>,
    view: View,
    events: Vec<Event>,
    /// What was said while a question stands, and is not shown yet.
    unshown: Option<Vec<Said>>,
    /// Why nothing more can be shown.
    failure: Option<Failure>,
}

impl Seen<'_> {
    fn take(&mut self, view: &View, event: &Event, said: &[Said]) {
        self.view = view.clone();
        self.events.push(event.clone());
        match &mut self.unshown {
            Some(unshown) => unshown.extend_from_slice(said),
            None => self.show(said),
        }
    }

    fn show(&mut self, said: &[Said]) {
        let shown = match &mut self.show {
            Show::Live(live) => live.take(&self.view, said),
            Show::Lines(teller) => self.session.terminal.print(&teller.take(&self.view, said)),
        };
        // A deployment does not end because nobody can read of it.
        self.failure = self.failure.take().or(shown.err());
    }

    /// Asks, and shows nothing else until there is an answer.
    fn ask(&mut self, question: &str) {
        if let Show::Live(live) = &mut self.show {
            let cleared = live.clear();
            self.failure = self.failure.take().or(cleared.err());
        }
        self.session.terminal.remark(&format!("\n{question}"));
        self.unshown.get_or_insert_default();
    }

    /// Shows what was held back.
    fn go_on(&mut self) {
        if let Some(said) = self.unshown.take() {
            self.show(&said);
        }
    }

    fn tick(&mut self, now: Moment) {
        if let Show::Live(live) = &mut self.show
            && !self.events.is_empty()
            && self.unshown.is_none()
        {
            let shown = live.tick(&self.view, now);
            self.failure = self.failure.take().or(shown.err());
        }
    }

    /// Takes what is not AWS's to tell.
    fn add(&mut self, event: Event) {
        let mut view = std::mem::take(&mut self.view);
        let said = fold(&mut view, &event);
        self.take(&view, &event, &said);
    }

    fn end(&mut self) -> Result<(), Failure> {
        match &mut self.show {
            Show::Live(live) => live.end(&self.view),
            Show::Lines(teller) => self.session.terminal.print(&teller.end(&self.view)),
        }
    }
}

/// The answer to a question, which somebody may take long to type.
#[derive(Default)]
struct Answer {
    line: Option<Receiver<String>>,
}

impl Answer {
    /// Waits for a line, aside: nothing else waits for it.
    fn await_line(&mut self) {
        if self.line.is_some() {
            return;
        }
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            // Without a line, nothing is answered.
            std::io::stdin().read_line(&mut line).ok();
            sender.send(line).ok();
        });
        self.line = Some(receiver);
    }

    /// The line, once it is there.
    fn take(&mut self) -> Option<String> {
        let line = self.line.as_ref()?.try_recv().ok()?;
        self.line = None;
        Some(line)
    }
}

/// Something in AWS that is followed.
pub(super) struct Following<'a> {
    session: &'a Session,
    kept: Kept<'a>,
    seen: RefCell<Seen<'a>>,
}

impl<'a> Following<'a> {
    /// Before anything has happened.
    pub fn new(session: &'a Session, kept: Kept<'a>) -> Following<'a> {
        let terminal = &session.terminal;
        let live = live::Live::open(terminal, 1.0).filter(|_| terminal.output == Output::Text);
        let seen = Seen {
            session,
            show: match live {
                Some(live) => Show::Live(live),
                None => Show::Lines(Teller::new(terminal.output, terminal.width())),
            },
            view: View::default(),
            events: Vec::new(),
            unshown: None,
            failure: None,
        };
        Following {
            session,
            kept,
            seen: RefCell::new(seen),
        }
    }

    /// Follows work to its end; nothing where the user has left.
    pub async fn until_left<T>(
        &self,
        aws: &Aws,
        mut interrupts: Interrupts,
        helm: &Helm,
        work: impl AsyncFnOnce(&mut Sink<'_>) -> T,
    ) -> Option<T> {
        let mut sink = |view: &View, event: &Event, said: &[Said]| self.seen.borrow_mut().take(view, event, said);
        let mut work = pin!(work(&mut sink));
        let mut signals = Signals::new();
        let mut answer = Answer::default();
        loop {
            let next = tokio::select! {
                biased;
                done = &mut work => {
                    self.seen.borrow_mut().go_on();
                    return Some(done);
                }
                () = signals.next() => interrupts.signal(helm.way_back()),
                () = tokio::time::sleep(FRAME) => {
                    self.seen.borrow_mut().tick(aws.now());
                    match answer.take() {
                        Some(line) => interrupts.answer(&line, helm.way_back()),
                        None => continue,
                    }
                }
            };
            match next {
                Next::Leave => {
                    self.seen.borrow_mut().go_on();
                    return None;
                }
                Next::Ask(question) => {
                    self.seen.borrow_mut().ask(&question);
                    answer.await_line();
                    continue;
                }
                Next::TurnBack { deletes } => helm.turn_back(deletes),
                Next::GoOn => {}
            }
            self.seen.borrow_mut().go_on();
        }
    }

    /// Says that the user has left.
    pub fn leave(&self, aws: &Aws) {
        for what in [What::Interrupted, What::Ended] {
            let event = Event { at: aws.now(), what };
            self.seen.borrow_mut().add(event);
        }
    }

    /// Tells the end, and keeps what is to be kept.
    pub fn finish(self) -> Result<Exit, Failure> {
        let mut seen = self.seen.into_inner();
        seen.end()?;
        let Seen {
            view, events, failure, ..
        } = seen;
        if let Some(file) = self.kept.record {
            let lines: String = events.iter().map(record::line).collect();
            self.session.disk.write(file, &lines)?;
        }
        if let Some(file) = self.kept.timeline {
            self.session.disk.write(file, &timeline::page(&events))?;
        }
        story::page(self.session, &view)?;
        match failure {
            Some(failure) => Err(failure),
            None => Ok(Exit::Deployment(view.outcome.unwrap_or(Outcome::Failed))),
        }
    }
}

/// Carries a plan out.
pub(super) async fn out(
    session: &Session,
    plan: &Plan,
    aws: &Aws,
    options: Options,
    interrupts: Interrupts,
    kept: Kept<'_>,
) -> Result<Exit, Failure> {
    let following = Following::new(session, kept);
    let holder = options.lease.clone();
    let again = match options.back {
        Some(number) => format!("`loadline rollback`, with `--to {number}`,"),
        None => "`loadline apply`".to_string(),
    };
    let helm = Helm::default();
    let work = async |sink: &mut Sink<'_>| deploy::steered(plan, aws, options, &helm, sink).await;
    if following.until_left(aws, interrupts, &helm, work).await.is_none() {
        session.terminal.remark(&format!(
            "\nno longer watched: what AWS has begun goes on, and `loadline watch` tells how. The same {again} takes part in it \
             again, and does what is left to do.\n"
        ));
        if let Some(holder) = &holder {
            let mut signals = Signals::new();
            tokio::select! {
                () = lease::release(plan, aws, holder) => {}
                () = signals.next() => {}
            }
        }
        following.leave(aws);
    }
    following.finish()
}
