//! Tasks that run to their end: which run now, and how the last run ended. In: tasks that ECS still knows, and the release
//! record. Out: [`TaskStatus`]es.

use crate::cloud::ecs::Task;
use crate::cloud::{Answer, Cloud, ErrorKind};
use crate::deploy::causes;
use crate::deploy::conceal::concealed;
use crate::deploy::release;
use crate::operate::ask::Asker;
use crate::operate::roster::App;
use crate::operate::whereabouts::{Whereabouts, family};
use crate::plan::When;

use super::{LastRun, TaskStatus};

/// The tasks of an app, in the order of the spec.
pub(super) async fn all<C: Cloud>(asker: &Asker<'_, C>, app: &App, places: &Whereabouts) -> Answer<Vec<TaskStatus>> {
    let is_recorded = |when: &When| matches!(when, When::BeforeDeploy | When::AfterDeploy);
    let record = match app.tasks.iter().any(|one| is_recorded(&one.when)) {
        true => record(asker, app).await?,
        false => String::new(),
    };
    let mut all = Vec::new();
    for runnable in &app.tasks {
        let name = &runnable.task.name;
        let own = app.family(name);
        let is_own = |task: &&Task| family(&task.task_definition) == own;
        let mut running: Vec<_> = places.running.iter().filter(is_own).map(|task| task.created).collect();
        running.sort_unstable();
        let last = places.stopped.iter().filter(is_own).max_by_key(|task| task.stopped);
        let recorded = || {
            let (_, well) = release::last_run(&record, name)?;
            Some(LastRun {
                well,
                ..LastRun::default()
            })
        };
        all.push(TaskStatus {
            name: name.clone(),
            when: runnable.when.clone(),
            running,
            last: last.map(|task| ended(task, name)).or_else(recorded),
        });
    }
    Ok(all)
}

async fn record<C: Cloud>(asker: &Asker<'_, C>, app: &App) -> Answer<String> {
    let name = release::parameter(&app.cluster, &app.name);
    match asker.ask(async |cloud: &C| cloud.parameter(&name).await).await {
        Err(error) if error.kind() == ErrorKind::Missing => Ok(String::new()),
        found => found.map(|found| found.value),
    }
}

fn ended(task: &Task, name: &str) -> LastRun {
    let main = task.containers.iter().find(|one| one.name == name);
    let exit = main.or(task.containers.first()).and_then(|one| one.exit_code);
    let well = exit == Some(0);
    let why = || {
        let found = causes::of_task(task).map(|found| found.means);
        concealed(&found.or(task.stopped_reason.clone()).unwrap_or_default())
    };
    LastRun {
        well,
        at: task.stopped,
        exit,
        why: (!well).then(why),
    }
}
