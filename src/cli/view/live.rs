//! A deployment on a terminal: the story scrolls, and below it stands where things are, drawn anew in place. In: events and a
//! pace. Out: frames, ten a second at most.
//!
//! The cursor is never hidden and rests below the last frame, so whatever ends the program leaves a terminal in order.

use std::io::{ErrorKind, Write};
use std::thread::sleep;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};

use crate::cli::failure::Failure;
use crate::cli::terminal::Terminal;
use crate::cloud::{Moment, span_of_time};
use crate::deploy::event::Event;
#[cfg(feature = "aws")]
use crate::deploy::watch::Said;
use crate::deploy::watch::{Level, View, fold};

use super::status::{self, ServiceNow, StageNow};
use super::{plain, summary};

/// Between two frames.
const FRAME: Duration = Duration::from_millis(100);

/// The most cells of a service's bar.
const CELLS: i64 = 10;

/// A terminal that can be drawn on.
pub(in crate::cli) struct Live<'a> {
    terminal: &'a Terminal,
    /// How many seconds of the recording pass in one.
    pace: f64,
    coloured: bool,
    /// The lines of the last frame, without colours.
    drawn: Vec<String>,
}

impl<'a> Live<'a> {
    /// Draws on the terminal that is there; none where the output goes elsewhere, or where it knows no cursor.
    pub fn open(terminal: &'a Terminal, pace: f64) -> Option<Live<'a>> {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        if !terminal.is_person() || (dumb && !cfg!(windows)) {
            return None;
        }
        let choice = AutoStream::choice(&std::io::stdout());
        Some(Live {
            terminal,
            pace,
            coloured: choice != ColorChoice::Never,
            drawn: Vec::new(),
        })
    }

    /// Plays a recording. Returns what is known at its end.
    pub fn play(mut self, events: &[Event]) -> Result<View, Failure> {
        let mut view = View::default();
        let mut left = events.iter().peekable();
        let mut now = events.first().map_or(Moment::default(), |event| event.at);
        loop {
            let mut story = String::new();
            while let Some(event) = left.next_if(|event| event.at <= now) {
                let said = fold(&mut view, event);
                let page = plain::Page::of(&view, self.terminal.width());
                // A sign of life is for those who see no clock.
                let said = said.iter().filter(|said| said.level != Level::Quiet);
                story.extend(said.map(|said| page.said(said)));
            }
            if left.peek().is_none() {
                story.push_str(&summary::text(&view, self.terminal.width()));
                self.draw(&story, Vec::new())?;
                return Ok(view);
            }
            self.draw(&story, frame(&view, now))?;
            sleep(FRAME);
            now = now + FRAME.mul_f64(self.pace);
        }
    }

    /// Shows what is new, and where things are.
    #[cfg(feature = "aws")]
    pub fn take(&mut self, view: &View, said: &[Said]) -> Result<(), Failure> {
        let page = plain::Page::of(view, self.terminal.width());
        let said = said.iter().filter(|said| said.level != Level::Quiet);
        let story: String = said.map(|said| page.said(said)).collect();
        self.draw(&story, frame(view, view.now))
    }

    /// Shows that time passes.
    #[cfg(feature = "aws")]
    pub fn tick(&mut self, view: &View, now: Moment) -> Result<(), Failure> {
        self.draw("", frame(view, now))
    }

    /// Takes the frame away: something else is shown.
    #[cfg(feature = "aws")]
    pub fn clear(&mut self) -> Result<(), Failure> {
        self.draw("", Vec::new())
    }

    /// Shows how it ended.
    #[cfg(feature = "aws")]
    pub fn end(&mut self, view: &View) -> Result<(), Failure> {
        let story = summary::text(view, self.terminal.width());
        self.draw(&story, Vec::new())
    }

    /// Takes the last frame away, adds to the story, and draws the next frame, all in one write.
    fn draw(&mut self, story: &str, frame: Vec<String>) -> Result<(), Failure> {
        let (columns, rows) = self.terminal.size();
        let mut text = String::new();
        let height = height(&self.drawn, columns);
        if height > 0 {
            text.push_str(&format!("\u{1b}[{height}A\r\u{1b}[J"));
        }
        text.push_str(&self.dressed(story));
        let most = rows.saturating_sub(2);
        let frame: Vec<String> = frame.iter().take(most).map(|line| cut(line, columns - 1)).collect();
        for line in &frame {
            text.push_str(&self.dressed(line));
            text.push('\n');
        }
        self.drawn = frame.iter().map(|line| bare(line)).collect();
        // A terminal that knows the mode shows what is between the two all at once.
        let text = format!("\u{1b}[?2026h{text}\u{1b}[?2026l");
        let mut stream = std::io::stdout().lock();
        match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Failure::usage(format!("cannot write to the standard output: {error}")))
            }
            _ => Ok(()),
        }
    }

    fn dressed(&self, text: &str) -> String {
        if self.coloured { text.to_string() } else { bare(text) }
    }
}

/// Where things are: a line for the stage, one for each service that moves.
fn frame(view: &View, now: Moment) -> Vec<String> {
    let status = status::of(view);
    let name = status.services.iter().map(|one| one.name.chars().count()).max();
    let name = name.unwrap_or_default().min(20);
    let stage = status
        .stage
        .iter()
        .map(|one| stage_line(one, status.services.is_empty(), now));
    let services = status.services.iter().map(|one| service_line(one, name));
    let lines: Vec<String> = stage.chain(services).collect();
    match lines.is_empty() {
        true => lines,
        false => [String::new()].into_iter().chain(lines).collect(),
    }
}

fn stage_line(stage: &StageNow, alone: bool, now: Moment) -> String {
    let took = span_of_time(now.since(stage.began));
    let mut line = format!(
        "\u{1b}[36m▸\u{1b}[0m \u{1b}[1m{}\u{1b}[0m\u{1b}[2m · stage {} of {} · {took}",
        stage.name, stage.number, stage.of
    );
    if alone && !stage.open.is_empty() {
        line.push_str(&format!(" · {}", stage.open.join(", ")));
    }
    line + "\u{1b}[0m"
}

fn service_line(service: &ServiceNow, width: usize) -> String {
    let name = &service.name;
    let mut line = format!("  {name:width$}  ");
    if service.going_back {
        line.push_str(&format!("\u{1b}[31mgoes back\u{1b}[0m · {} old", service.old));
        if service.new > 0 {
            line.push_str(&format!(" · {} new left", service.new));
        }
    } else {
        line.push_str(&format!(
            "{} {}/{} healthy",
            bar(service),
            service.healthy,
            service.asked
        ));
        if service.old > 0 {
            line.push_str(&format!(" · {} old", service.old));
        }
    }
    if let Some((failures, threshold)) = service.breaker.filter(|(failures, _)| *failures > 0) {
        line.push_str(&format!(" · \u{1b}[33mbreaker {failures}/{threshold}\u{1b}[0m"));
    }
    if let Some(lifecycle) = &service.lifecycle {
        line.push_str(&format!(" · {}", lifecycle.to_lowercase().replace('_', " ")));
    }
    let waits = service.waits.as_ref().filter(|_| !service.over);
    if let Some(waits) = waits {
        line.push_str(&format!("\u{1b}[2m · {waits}\u{1b}[0m"));
    }
    line
}

/// A cell for each new task that there shall be: healthy, there, or still to come.
fn bar(service: &ServiceNow) -> String {
    let cells = service.asked.clamp(0, CELLS);
    let share = |tasks: i64| match service.asked {
        0 => 0,
        asked => (tasks.min(asked) * cells / asked) as usize,
    };
    let (healthy, there) = (share(service.healthy), share(service.new.max(service.healthy)));
    format!(
        "\u{1b}[32m{}\u{1b}[0;33m{}\u{1b}[0;2m{}\u{1b}[0m",
        "▰".repeat(healthy),
        "▱".repeat(there - healthy),
        "·".repeat(cells as usize - there)
    )
}

/// How many rows lines take: a terminal that was made narrower since has wrapped them.
fn height(lines: &[String], columns: usize) -> usize {
    let rows = lines.iter().map(|line| line.chars().count().div_ceil(columns).max(1));
    rows.sum()
}

/// A line without its colours.
fn bare(line: &str) -> String {
    anstream::adapter::strip_str(line).to_string()
}

/// A line of so many columns at most; its colours stay whole.
fn cut(line: &str, columns: usize) -> String {
    if bare(line).chars().count() <= columns {
        return line.to_string();
    }
    let mut shown = String::new();
    let mut left = columns - 1;
    let mut is_code = false;
    for letter in line.chars() {
        is_code |= letter == '\u{1b}';
        if !is_code {
            if left == 0 {
                break;
            }
            left -= 1;
        }
        shown.push(letter);
        is_code &= letter != 'm';
    }
    shown + "…\u{1b}[0m"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(asked: i64, new: i64, healthy: i64) -> ServiceNow {
        ServiceNow {
            name: "web".to_string(),
            asked,
            new,
            healthy,
            old: 4,
            breaker: Some((1, 5)),
            lifecycle: None,
            going_back: false,
            over: false,
            waits: Some("waits for 1 to be healthy".to_string()),
        }
    }

    #[test]
    fn a_service_is_one_line() {
        let line = bare(&service_line(&service(4, 4, 3), 6));
        assert_eq!(
            line,
            "  web     ▰▰▰▱ 3/4 healthy · 4 old · breaker 1/5 · waits for 1 to be healthy"
        );
        assert!(line.chars().count() < 80);
        assert_eq!(bare(&bar(&service(200, 100, 30))), "▰▱▱▱▱·····");
        assert_eq!(bare(&bar(&service(0, 0, 0))), "");
    }

    #[test]
    fn a_line_is_cut_between_its_letters() {
        assert_eq!(cut("\u{1b}[1mabcdef\u{1b}[0m", 4), "\u{1b}[1mabc…\u{1b}[0m");
        assert_eq!(cut("abcd", 4), "abcd");
    }

    #[test]
    fn a_narrower_terminal_has_wrapped_the_frame() {
        let lines = ["".to_string(), "x".repeat(79), "y".repeat(30)];
        assert_eq!(height(&lines, 80), 3);
        assert_eq!(height(&lines, 40), 4);
    }
}
