//! What is wanted of a project: all of it or one cluster, with which images. In: arguments. Out: a plan.

use clap::Args;

#[derive(Args, Default)]
pub(super) struct Wanted {
    /// A spec, or a folder of specs; `apply` also takes a plan that was saved, and does not ask then
    #[arg(default_value = ".")]
    path: String,
    /// Only this cluster; or the file of a cluster that is no part of the project
    #[arg(long, value_name = "NAME|FILE")]
    cluster: Option<String>,
    /// Take this image of an app, not the one that was pushed last; may be repeated
    #[arg(long = "image", value_name = "APP=TAG|APP=@DIGEST", value_parser = image)]
    images: Vec<(String, String)>,
}

#[cfg(feature = "aws")]
impl Wanted {
    /// What is wanted, as it was asked for.
    pub fn words(&self) -> String {
        match &self.cluster {
            Some(cluster) => format!("{} {cluster}", self.path),
            None => self.path.clone(),
        }
    }
}

fn image(text: &str) -> Result<(String, String), String> {
    let form = || "it is written APP=TAG or APP=@sha256:…".to_string();
    let (app, image) = text.split_once('=').ok_or_else(form)?;
    let image = match image.strip_prefix('@') {
        Some(digest) if !digest.starts_with("sha256:") => return Err(form()),
        Some(digest) => digest,
        None => image,
    };
    if app.is_empty() || image.is_empty() {
        return Err(form());
    }
    Ok((app.to_string(), image.to_string()))
}

#[cfg(feature = "aws")]
pub(super) use planned::{is_file, narrow};

#[cfg(feature = "aws")]
mod planned {
    use super::Wanted;
    use crate::Compiled;
    use crate::cli::Session;
    use crate::cli::failure::Failure;
    use crate::cli::sound::sound;
    use crate::plan;
    use crate::spec::Spec;

    /// Whether `--cluster` is a file: a name has neither a dot nor a slash.
    pub(in crate::cli) fn is_file(cluster: &str) -> bool {
        cluster.contains(['.', '/'])
    }

    /// Leaves what does not belong to the cluster of this name.
    pub(in crate::cli) fn narrow(plan: &mut plan::Plan, name: &str, spec: &Spec) -> Result<(), Failure> {
        if !spec.clusters.iter().any(|cluster| *cluster.name == *name) {
            let names = spec.clusters.iter().map(|cluster| format!("`{}`", cluster.name));
            let names: Vec<String> = names.collect();
            let hint = format!("there is {}; a file is written with its ending", names.join(", "));
            return Err(Failure::usage(format!("there is no cluster `{name}`")).hint(hint));
        }
        plan.only(name, spec);
        Ok(())
    }

    impl Wanted {
        /// What it is made of, for a file.
        pub fn project(&self) -> plan::saved::Project {
            plan::saved::Project {
                path: self.path.clone(),
                cluster: self.cluster.clone(),
            }
        }

        /// The spec, or a plan that was saved.
        pub fn path(&self) -> &str {
            &self.path
        }

        /// Whether it is all of what is there, with the images that were pushed last.
        pub fn is_plain(&self) -> bool {
            self.cluster.is_none() && self.images.is_empty()
        }

        /// The same as a plan was made of.
        pub fn again(project: &plan::saved::Project) -> Wanted {
            Wanted {
                path: project.path.clone(),
                cluster: project.cluster.clone(),
                images: Vec::new(),
            }
        }

        /// Compiles and plans; nothing where there are faults, which are shown then.
        pub fn plan(&self, session: &Session) -> Result<Option<(Compiled, plan::Plan)>, Failure> {
            let file = self.cluster.clone().filter(|cluster| is_file(cluster));
            let Some(compiled) = sound(session, &self.path, file)? else {
                return Ok(None);
            };
            let plan = self.of(&compiled)?;
            Ok(Some((compiled, plan)))
        }

        fn of(&self, compiled: &Compiled) -> Result<plan::Plan, Failure> {
            let spec = &compiled.spec;
            let mut plan = plan::of(spec, &compiled.graph, &compiled.templates, &compiled.sources);
            if let Some(name) = self.cluster.as_ref().filter(|cluster| !is_file(cluster)) {
                narrow(&mut plan, name, spec)?;
            }
            for (app, image) in &self.images {
                if !plan.pin(app, image) {
                    let message = format!("no app `{app}` here takes an image from a repository of its own");
                    return Err(Failure::usage(message));
                }
            }
            if plan.stages.is_empty() {
                return Err(Failure::usage("there is nothing to deploy").hint("`loadline init` writes a first spec"));
            }
            Ok(plan)
        }
    }
}
