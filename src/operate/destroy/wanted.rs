//! What is meant by the words of a command. In: a spec, perhaps the names of an app and a cluster. Out: a [`Wish`].

use crate::spec::Spec;

use super::Wish;

/// Why the words are not enough, and what would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclear {
    /// A lowercase phrase.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl Wish {
    /// An app of that name, or the only one; or a cluster, where it is named alone. An app or a cluster that the spec no longer
    /// has is found by its name.
    pub fn of(spec: &Spec, app: Option<&str>, cluster: Option<&str>, registry: bool) -> Result<Wish, Unclear> {
        let app = match (app, cluster) {
            (Some(app), _) => app,
            (None, Some(cluster)) => return Ok(alone(spec, cluster)),
            (None, None) => only(spec)?,
        };
        let clusters = clusters(spec, app);
        let cluster = match (cluster, &clusters[..]) {
            (Some(cluster), _) => cluster.to_string(),
            (None, [one]) => one.clone(),
            (None, []) => {
                return Err(Unclear {
                    message: format!("there is no app `{app}` here"),
                    hint: "say where it is with `--cluster NAME`".to_string(),
                });
            }
            (None, many) => {
                return Err(Unclear {
                    message: format!("app `{app}` is on {}", many.join(", ")),
                    hint: "say which is meant with `--cluster NAME`".to_string(),
                });
            }
        };
        let others = clusters.into_iter().filter(|other| *other != cluster).collect();
        Ok(Wish::App {
            app: app.to_string(),
            cluster,
            registry: registry.then_some(others),
        })
    }
}

fn alone(spec: &Spec, cluster: &str) -> Wish {
    let apps = spec.apps.iter();
    let on_it = apps.filter(|app| spec.cluster_of(app).is_some_and(|one| *one.name == *cluster));
    Wish::Cluster {
        cluster: cluster.to_string(),
        apps: on_it.map(|app| app.name.to_string()).collect(),
    }
}

fn only(spec: &Spec) -> Result<&str, Unclear> {
    let mut names: Vec<&str> = spec.apps.iter().map(|app| &*app.name).collect();
    names.dedup();
    match names[..] {
        [one] => Ok(one),
        [] => Err(Unclear {
            message: "there is no app here".to_string(),
            hint: "a cluster is deleted with `--cluster NAME`".to_string(),
        }),
        _ => Err(Unclear {
            message: format!("there are the apps {}", names.join(", ")),
            hint: "say which is meant: `loadline destroy . APP`".to_string(),
        }),
    }
}

/// The clusters on which the spec has an app.
fn clusters(spec: &Spec, app: &str) -> Vec<String> {
    let apps = spec.apps.iter().filter(|one| *one.name == *app);
    apps.filter_map(|one| Some(spec.cluster_of(one)?.name.to_string()))
        .collect()
}
