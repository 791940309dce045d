//! Which stacks are meant: by the name of an app, a cluster or a stack, with the spec or without. In: arguments. Out: targets.

use clap::Args;

#[derive(Args)]
pub(super) struct Aimed {
    /// An app, a cluster or a stack, and the path of the spec: what has a dot or a slash in it is a path [default: all of `.`]
    #[arg(value_name = "NAME|PATH", num_args = 0..=2)]
    about: Vec<String>,
    /// Only this cluster; or the file of a cluster that is no part of the project
    #[arg(long, value_name = "NAME|FILE")]
    cluster: Option<String>,
}

impl Aimed {
    /// Whether nothing was said.
    #[cfg(not(feature = "aws"))]
    pub fn is_empty(&self) -> bool {
        self.about.is_empty() && self.cluster.is_none()
    }
}

#[cfg(feature = "aws")]
mod found {
    use super::Aimed;
    use crate::Request;
    use crate::cli::Session;
    use crate::cli::failure::Failure;
    use crate::compile;
    use crate::deploy::attach::{Target, targets};
    use crate::diag::Severity;
    use crate::plan::{self, Plan};
    use crate::spec::Spec;
    use crate::template::Format;

    /// What is meant.
    pub(in crate::cli) struct Aim {
        /// The stacks, in the order of deployment.
        pub targets: Vec<Target>,
        /// What guards the account and the region.
        pub spec: Spec,
        /// The clusters, as far as they are known.
        pub clusters: Vec<String>,
        /// The stack that is known by its name only.
        pub stranger: Option<String>,
    }

    /// A name has neither a dot nor a slash.
    fn is_path(word: &str) -> bool {
        word.contains(['.', '/', '\\'])
    }

    impl Aimed {
        /// Finds what is meant.
        pub fn find(&self, session: &Session) -> Result<Aim, Failure> {
            let (paths, names): (Vec<&String>, Vec<&String>) = self.about.iter().partition(|word| is_path(word));
            let (path, name) = match (&paths[..], &names[..]) {
                ([], []) => (None, None),
                ([path], []) => (Some(*path), None),
                ([], [name]) => (None, Some(*name)),
                ([path], [name]) => (Some(*path), Some(*name)),
                _ => return Err(Failure::usage("give one name and one path at most")),
            };
            let (spec, plan) = self.project(session, path)?;
            let Some(name) = name else {
                let targets = targets(&plan);
                if targets.is_empty() {
                    let failure = Failure::usage("there is no spec here, and no stack was named");
                    return Err(failure.hint("name a stack, such as `production-shop`, or give the path of a spec"));
                }
                return Ok(aim(targets, spec, None));
            };
            let found = named(&plan, &spec, name);
            Ok(match found.is_empty() {
                false => aim(found, spec, None),
                true => {
                    let target = Target {
                        stack: name.clone(),
                        known: None,
                    };
                    aim(vec![target], spec, Some(name.clone()))
                }
            })
        }

        /// The project, as far as there is one: its faults do not keep anybody from seeing what runs.
        fn project(&self, session: &Session, path: Option<&String>) -> Result<(Spec, Plan), Failure> {
            let file = self.cluster.clone().filter(|cluster| is_path(cluster));
            let request = Request {
                path: path.cloned().unwrap_or_else(|| ".".to_string()),
                cluster: file,
                format: Format::Json,
            };
            let compiled = match compile(&session.disk, &request) {
                Ok(compiled) => compiled,
                Err(error) if path.is_some() || self.cluster.is_some() => return Err(error.into()),
                Err(_) => return Ok((Spec::default(), Plan::default())),
            };
            let mut faults = compiled.diagnostics.iter();
            let is_faulty = faults.any(|fault| fault.code.severity() == Severity::Error);
            if is_faulty {
                if path.is_some() || !compiled.spec.apps.is_empty() || !compiled.spec.clusters.is_empty() {
                    session
                        .terminal
                        .remark("the spec has faults, so that it is left out here: `loadline check` shows them\n");
                }
                return Ok((Spec::default(), Plan::default()));
            }
            let mut plan = plan::of(&compiled.spec, &compiled.graph, &compiled.templates, &compiled.sources);
            if let Some(name) = self.cluster.as_ref().filter(|cluster| !is_path(cluster)) {
                plan.only(name, &compiled.spec);
            }
            Ok((compiled.spec, plan))
        }
    }

    fn aim(targets: Vec<Target>, spec: Spec, stranger: Option<String>) -> Aim {
        let known = targets.iter().filter_map(|target| target.known.as_ref());
        let mut clusters: Vec<String> = known.filter_map(|known| known.cluster.clone()).collect();
        clusters.sort();
        clusters.dedup();
        Aim {
            targets,
            spec,
            clusters,
            stranger,
        }
    }

    /// The stacks that a name means: its own, those of an app, or all on a cluster.
    fn named(plan: &Plan, spec: &Spec, name: &str) -> Vec<Target> {
        let mut all = targets(plan);
        if let Some(at) = all.iter().position(|target| target.stack == name) {
            return vec![all.swap_remove(at)];
        }
        if spec.clusters.iter().any(|cluster| *cluster.name == *name) {
            let mut plan = plan.clone();
            plan.only(name, spec);
            return targets(&plan);
        }
        let of_app = |stack: &str| {
            stack == format!("{name}-registry")
                || spec.clusters.iter().any(|cluster| {
                    let stem = format!("{}-{name}", cluster.name);
                    ["", "-base", "-release"]
                        .iter()
                        .any(|end| stack == format!("{stem}{end}"))
                })
        };
        all.retain(|target| of_app(&target.stack));
        all
    }
}
