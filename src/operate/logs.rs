//! `logs`: what containers write and what the platform did to them, in one story. In: apps, since when. Out: [`Entry`]s by
//! their time, each once; what comes late comes later. Must not know how they are printed.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::time::Duration;

use serde::Serialize;

use crate::cloud::ecs::{Task, last_part};
use crate::cloud::outside::{FoundLine, LogSearch};
use crate::cloud::{Answer, Cloud, Moment};
use crate::deploy::causes::{self, Class};
use crate::deploy::conceal::concealed;
use crate::deploy::tail::Tail;
use crate::deploy::watch::Level;

use super::Unknown;
use super::ask::Asker;
use super::roster::{App, Roster};
use super::run::missing;
use super::whereabouts::{Whereabouts, family};

/// Between two looks, and for each place that is read: CloudWatch allows some requests a second in all.
const PACE: (Duration, Duration) = (Duration::from_secs(2), Duration::from_millis(300));

/// Every how many looks it is asked what the platform did.
const PLATFORM_EVERY: u64 = 3;

/// The pause after a refusal, and for how long they are borne.
const REFUSED: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(15 * 60));

/// Words of lines that tell of something wrong, in small letters.
const WRONG: &[&str] = &["error", "fatal", "panic", "exception", "traceback", "critical"];

/// What is read.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Not what was before.
    pub since: Moment,
    /// Whether it goes on.
    pub follows: bool,
    /// Only what holds this text.
    pub text: String,
    /// Only what tells of something wrong.
    pub errors: bool,
    /// Only of the task whose ID begins so.
    pub task: Option<String>,
    /// Only of this container.
    pub container: Option<String>,
}

/// An app, or one service or task of it.
#[derive(Clone, Debug)]
pub struct Chosen<'a> {
    /// The app.
    pub app: &'a App,
    /// The service or task.
    pub member: Option<String>,
}

/// A part of the story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Entry {
    /// A container wrote a line.
    Line(Line),
    /// The platform did something.
    Event(Happening),
}

/// A line of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Line {
    /// When it was written.
    pub at: Moment,
    /// The app.
    pub app: String,
    /// The service or task of the spec.
    pub name: String,
    /// The ID of the task.
    pub task: String,
    /// The container.
    pub container: String,
    /// The ID of the EC2 instance, where there is one and it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The availability zone, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// `family:revision`, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// What it wrote.
    pub text: String,
}

/// Something that the platform did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Happening {
    /// When.
    pub at: Moment,
    /// The app.
    pub app: String,
    /// The service or task of the spec.
    pub name: String,
    /// The ID of the task, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// How much it matters.
    pub level: Level,
    /// In words.
    pub text: String,
}

/// Who reads: whether they have left, and what they are told beside the story.
pub struct Reader<'a> {
    /// Whether they have left.
    pub left: &'a dyn Fn() -> bool,
    /// Told of what takes time.
    pub told: &'a dyn Fn(&str),
}

/// Who takes entries. Whoever breaks wants no more.
pub type Taker<'a> = dyn FnMut(Entry) -> ControlFlow<()> + 'a;

/// What `APP` or `APP/SERVICE` means; all apps without it.
pub fn choose<'a>(roster: &'a Roster, target: Option<&str>) -> Result<Vec<Chosen<'a>>, Unknown> {
    let whole = |app| Chosen { app, member: None };
    let Some(target) = target else {
        return Ok(roster.apps().map(whole).collect());
    };
    let (name, member) = match target.split_once('/') {
        Some((app, member)) => (app, Some(member)),
        None => (target, None),
    };
    let of: Vec<&App> = roster.apps().filter(|app| app.name == name).collect();
    if of.is_empty() {
        let names: Vec<&str> = roster.apps().map(|app| app.name.as_str()).collect();
        return Err(missing("app", name, &names));
    }
    let Some(member) = member else {
        return Ok(of.into_iter().map(whole).collect());
    };
    let has = |app: &&App| app.member(&app.family(member)).is_some();
    let found: Vec<Chosen> = of
        .iter()
        .copied()
        .filter(has)
        .map(|app| Chosen {
            app,
            member: Some(member.to_string()),
        })
        .collect();
    if found.is_empty() {
        let services = of[0].services.iter().map(|service| service.name.as_str());
        let names: Vec<&str> = services
            .chain(of[0].tasks.iter().map(|one| one.task.name.as_str()))
            .collect();
        return Err(missing("service or task", member, &names));
    }
    Ok(found)
}

/// Where lines of a service or task are looked for.
struct Place<'a> {
    app: &'a App,
    name: String,
    search: LogSearch,
}

fn places<'a>(chosen: &[Chosen<'a>], wish: &Wish) -> Vec<Place<'a>> {
    let mut found: Vec<Place<'a>> = Vec::new();
    for Chosen { app, member } in chosen {
        for log in &app.logs {
            let Some(name) = app.member(&log.family) else { continue };
            if member.as_ref().is_some_and(|member| member != name)
                || wish.container.as_ref().is_some_and(|only| *only != log.container)
            {
                continue;
            }
            // Streams are called `prefix/container/task`.
            let prefix = match (&wish.task, &wish.container) {
                (None, None) => format!("{}/", log.prefix),
                (None, Some(container)) => format!("{}/{container}/", log.prefix),
                (Some(task), _) => format!("{}/{}/{task}", log.prefix, log.container),
            };
            let search = LogSearch {
                group: log.group.clone(),
                prefix,
                from: wish.since,
                text: wish.text.clone(),
            };
            if !found.iter().any(|known| known.search == search) {
                let name = name.to_string();
                found.push(Place { app, name, search });
            }
        }
    }
    found
}

/// Whether anything of what was chosen writes to CloudWatch.
pub fn writes(chosen: &[Chosen<'_>], wish: &Wish) -> bool {
    !places(chosen, wish).is_empty()
}

/// Reads the story; to its end so far, or until the reader has left.
pub async fn read<C: Cloud>(
    chosen: &[Chosen<'_>],
    cloud: &C,
    wish: &Wish,
    reader: Reader<'_>,
    take: &mut Taker<'_>,
) -> Answer<()> {
    let places = places(chosen, wish);
    let searches: Vec<LogSearch> = places.iter().map(|place| place.search.clone()).collect();
    let pace = PACE.0.max(PACE.1 * u32::try_from(places.len()).unwrap_or(u32::MAX));
    let mut tail = Tail::new(wish.since);
    let mut platform = Platform::new(Asker::new(cloud, reader.told), chosen, wish).await?;
    let mut refused_since: Option<Moment> = None;
    let mut looks = 0;
    loop {
        if (reader.left)() {
            return Ok(());
        }
        let fresh = match looks % PLATFORM_EVERY {
            0 => platform.look().await?,
            _ => Vec::new(),
        };
        looks += 1;
        let mut fresh = fresh.into_iter().peekable();
        let mut has_left = false;
        let mut take_line = |at: usize, found: FoundLine| {
            while let Some(happening) = fresh.next_if(|one| one.at <= found.line.at) {
                if take(Entry::Event(happening)).is_break() {
                    has_left = true;
                    return ControlFlow::Break(());
                }
            }
            if wish.errors && !is_wrong(&found.line.text) {
                return ControlFlow::Continue(());
            }
            let line = platform.places.line(&places[at], found);
            let taken = take(Entry::Line(line));
            has_left = taken.is_break();
            taken
        };
        let answer = tail.look(cloud, &searches, &mut take_line).await;
        for happening in fresh {
            has_left = has_left || take(Entry::Event(happening)).is_break();
        }
        if has_left {
            return Ok(());
        }
        match answer {
            Err(error) if error.is_passing() => {
                let now = cloud.now();
                let since = *refused_since.get_or_insert_with(|| {
                    (reader.told)(&format!(
                        "AWS refuses {} ({}): asked again",
                        error.operation, error.code
                    ));
                    now
                });
                if now.since(since) > REFUSED.1 {
                    return Err(error);
                }
                cloud.sleep(REFUSED.0).await;
                continue;
            }
            Err(error) => return Err(error),
            Ok(()) => refused_since = None,
        }
        if !wish.follows {
            return Ok(());
        }
        cloud.sleep(pace).await;
    }
}

fn is_wrong(text: &str) -> bool {
    let text = text.to_lowercase();
    WRONG.iter().any(|word| text.contains(word))
}

/// What the platform did, and where tasks are.
struct Platform<'a, C: Cloud> {
    asker: Asker<'a, C>,
    chosen: &'a [Chosen<'a>],
    wish: &'a Wish,
    /// The names of services at AWS, by cluster, each with its app and its name in the spec.
    services: Vec<(String, String, &'a App, String)>,
    places: Everywhere,
    seen: BTreeSet<String>,
}

/// The whereabouts on each cluster.
#[derive(Default)]
struct Everywhere(Vec<Whereabouts>);

impl Everywhere {
    fn line(&self, place: &Place<'_>, found: FoundLine) -> Line {
        let mut parts = found.stream.rsplit('/');
        let id = parts.next().unwrap_or_default().to_string();
        let container = parts.next().unwrap_or_default().to_string();
        let known = self.0.iter().find_map(|one| Some((one, one.task(&id)?)));
        let instance = known.and_then(|(on, task)| on.instance(task));
        Line {
            at: found.line.at,
            app: place.app.name.clone(),
            name: place.name.clone(),
            container,
            instance: instance.map(|instance| instance.ec2.clone()),
            zone: known.and_then(|(on, task)| on.zone(task)),
            revision: known.map(|(_, task)| last_part(&task.task_definition).to_string()),
            task: id,
            text: found.line.text,
        }
    }
}

impl<'a, C: Cloud> Platform<'a, C> {
    async fn new(asker: Asker<'a, C>, chosen: &'a [Chosen<'a>], wish: &'a Wish) -> Answer<Platform<'a, C>> {
        let mut services = Vec::new();
        for Chosen { app, member } in chosen {
            let physical = super::status::physical(&asker, &app.stack).await?;
            for service in &app.services {
                let is_meant = member.as_ref().is_none_or(|member| *member == service.name);
                if let Some(arn) = physical.get(&service.logical).filter(|_| is_meant) {
                    let name = last_part(arn).to_string();
                    services.push((app.cluster.clone(), name, *app, service.name.clone()));
                }
            }
        }
        Ok(Platform {
            asker,
            chosen,
            wish,
            services,
            places: Everywhere::default(),
            seen: BTreeSet::new(),
        })
    }

    /// What is new, by its time.
    async fn look(&mut self) -> Answer<Vec<Happening>> {
        let clusters: BTreeSet<&str> = self.chosen.iter().map(|one| one.app.cluster.as_str()).collect();
        let mut everywhere = Everywhere::default();
        let mut found: Vec<(String, Happening)> = Vec::new();
        for cluster in clusters {
            let here = Whereabouts::look(&self.asker, cluster).await?;
            found.extend(here.stopped.iter().filter_map(|task| self.stopped(task)));
            everywhere.0.push(here);
            let names: Vec<String> = self
                .services
                .iter()
                .filter(|one| one.0 == cluster)
                .map(|one| one.1.clone())
                .collect();
            for ten in names.chunks(10) {
                let services = self
                    .asker
                    .aside(async |cloud: &C| cloud.describe_services(cluster, ten).await)
                    .await?;
                for service in services {
                    let known = self
                        .services
                        .iter()
                        .find(|one| one.0 == cluster && one.1 == service.name);
                    let Some((_, _, app, name)) = known else { continue };
                    let told = service.events.iter().map(|event| {
                        let happening = Happening {
                            at: event.at,
                            app: app.name.clone(),
                            name: name.clone(),
                            task: None,
                            level: causes::of_message(&event.message).map_or(Level::Step, |found| level(found.class)),
                            text: words(&event.message, &service.name),
                        };
                        (event.id.clone(), happening)
                    });
                    found.extend(told);
                }
            }
        }
        self.places = everywhere;
        found.retain(|(_, happening)| self.is_wanted(happening));
        found.retain(|(id, _)| self.seen.insert(id.clone()));
        let mut found: Vec<Happening> = found.into_iter().map(|(_, happening)| happening).collect();
        found.sort_by(|one, other| (one.at, &one.text).cmp(&(other.at, &other.text)));
        Ok(found)
    }

    fn is_wanted(&self, happening: &Happening) -> bool {
        let wish = self.wish;
        let is_of_task = |id: &String| match &happening.task {
            Some(task) => task.starts_with(id.as_str()),
            None => happening.text.contains(id.as_str()),
        };
        happening.at >= wish.since
            && happening.text.contains(&wish.text)
            && (!wish.errors || happening.level >= Level::Warning)
            && wish.task.as_ref().is_none_or(is_of_task)
    }

    /// That a task stopped, and why.
    fn stopped(&self, task: &Task) -> Option<(String, Happening)> {
        let at = task.stopped?;
        let family = family(&task.task_definition);
        let (app, name) = self.chosen.iter().find_map(|one| {
            let name = one.app.member(family)?;
            let is_meant = one.member.as_ref().is_none_or(|member| member == name);
            is_meant.then_some((one.app, name))
        })?;
        let reason = concealed(task.stopped_reason.as_deref().unwrap_or_default());
        let is_planned = task.stop_code.as_deref() == Some("ServiceSchedulerInitiated");
        let found = causes::of_task(task).filter(|_| !is_planned);
        let ended = task.containers.iter().filter_map(|one| one.exit_code).max();
        let (level, why) = match found {
            Some(found) => (level(found.class), concealed(&found.means)),
            None if is_planned || ended == Some(0) => (Level::Step, reason),
            None => (Level::Warning, reason),
        };
        let happening = Happening {
            at,
            app: app.name.clone(),
            name: name.to_string(),
            task: Some(task.id().to_string()),
            level,
            text: format!("stopped: {why}"),
        };
        Some((format!("stopped {}", task.arn), happening))
    }
}

fn level(class: Class) -> Level {
    match class {
        Class::Progress => Level::Step,
        Class::Warning => Level::Warning,
        Class::Failing | Class::Terminal => Level::Bad,
    }
}

/// AWS's words on a service, without its name at their beginning.
fn words(message: &str, service: &str) -> String {
    let message = concealed(message);
    let beginning = format!("(service {service}) ");
    message.strip_prefix(&beginning).unwrap_or(&message).to_string()
}
