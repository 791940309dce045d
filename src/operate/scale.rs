//! Another number of copies, written into the spec. In: files, the services and their numbers. Out: the files as they would be;
//! comments and layout stay. Must not write, and must not know AWS.

use std::str::FromStr;

use crate::diag::{Diagnostics, Edit, fix, nearest};
use crate::source::{FileId, ReadError, Sources, World};
use crate::spec::project;
use crate::syntax::edit::{insert_entry, set_value};
use crate::syntax::{Content, Node};

/// `shop/web=6` or `shop/web=4-20`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The app.
    pub app: String,
    /// The service.
    pub service: String,
    /// The fewest copies.
    pub least: u32,
    /// The most copies; as many as the fewest where there is one number.
    pub most: u32,
}

/// The most copies that a service may have: what `count:` takes.
const MOST: u32 = 5000;

impl FromStr for Wish {
    type Err = String;

    fn from_str(text: &str) -> Result<Wish, String> {
        let form = || "it is written APP/SERVICE=6 or APP/SERVICE=4-20".to_string();
        let (name, count) = text.split_once('=').ok_or_else(form)?;
        let (app, service) = name.split_once('/').ok_or_else(form)?;
        let number = |text: &str| text.parse::<u32>().map_err(|_| form());
        let (least, most) = match count.split_once('-') {
            Some((least, most)) => (number(least)?, number(most)?),
            None => (number(count)?, number(count)?),
        };
        if app.is_empty() || service.is_empty() || service.contains('/') {
            return Err(form());
        }
        if least > most || most > MOST {
            return Err(format!("the numbers ascend, and are {MOST} at most"));
        }
        Ok(Wish {
            app: app.to_string(),
            service: service.to_string(),
            least,
            most,
        })
    }
}

/// A file as it would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// Its path.
    pub path: String,
    /// What it holds.
    pub before: String,
    /// What it would.
    pub after: String,
    /// What changes, each with its place: `shop.yml:12:5` and `shop/web: 4 becomes 6`.
    pub done: Vec<(String, String)>,
}

/// Why a number cannot be written down.
#[derive(Debug, thiserror::Error)]
pub enum Unclear {
    /// A file cannot be read.
    #[error(transparent)]
    Unread(#[from] ReadError),
    /// There is no such app.
    #[error("there is no app `{0}` here")]
    NoApp(String),
    /// The app has no such service; the last is the one that was meant perhaps, as a question.
    #[error("app `{0}` has no service `{1}`{2}")]
    NoService(String, String, String),
    /// It has other numbers on some clusters.
    #[error("`{0}` has a number of its own on {1}: say which cluster is meant with `--cluster NAME`")]
    ByCluster(String, String),
    /// It stands where an edit would change more than it.
    #[error("{0}: `{1}` is written by way of an alias or an anchor: change it by hand")]
    Shared(String, String),
}

/// Writes the numbers into the files of a project; `cluster` is meant where a service has a number of its own there.
pub fn edit(world: &dyn World, path: &str, wishes: &[Wish], cluster: Option<&str>) -> Result<Vec<Edited>, Unclear> {
    let mut sources = Sources::default();
    // What is faulty in the files is said by whoever compiles them.
    let documents = project::read(world, path, &mut sources, &mut Diagnostics::default())?;
    let mut edits: Vec<(Edit, String)> = Vec::new();
    for wish in wishes {
        let name = format!("{}/{}", wish.app, wish.service);
        let mut apps = documents
            .iter()
            .map(|document| &document.node)
            .filter(|node| node.get("app").and_then(Node::text) == Some(&wish.app));
        let app = apps.next().ok_or_else(|| Unclear::NoApp(wish.app.clone()))?;
        let service = place(app, wish, cluster)?;
        let source = &sources.get(service.span.file).text;
        let shared = || Unclear::Shared(sources.place(service.span).to_string(), name.clone());
        for (edit, before, after) in counted(source, service, wish).ok_or_else(shared)? {
            edits.push((edit, format!("{name}: {before} becomes {after}")));
        }
    }
    edits.sort_by_key(|(edit, _)| (edit.span.file, edit.span.start));
    let mut files: Vec<Edited> = Vec::new();
    for some in edits.chunk_by(|(one, _), (other, _)| one.span.file == other.span.file) {
        let file: FileId = some[0].0.span.file;
        let source = sources.get(file);
        let own: Vec<&Edit> = some.iter().map(|(edit, _)| edit).collect();
        let done = some
            .iter()
            .map(|(edit, text)| (sources.place(edit.span).to_string(), text.clone()));
        files.push(Edited {
            path: source.path.clone(),
            before: source.text.clone(),
            after: fix::edited(&source.text, &own),
            done: done.collect(),
        });
    }
    Ok(files)
}

/// The mapping of the service in which its number stands, or would stand.
fn place<'a>(app: &'a Node, wish: &Wish, cluster: Option<&str>) -> Result<&'a Node, Unclear> {
    let of = |node: &'a Node| node.get("services")?.get(&wish.service);
    let overrides = app
        .get("clusters")
        .and_then(Node::map)
        .into_iter()
        .flat_map(|map| &map.entries);
    let overrides = overrides.filter(|entry| of(&entry.value).is_some_and(|service| service.get("count").is_some()));
    let own: Vec<(&str, &'a Node)> = overrides
        .filter_map(|entry| Some((&**entry.key, of(&entry.value)?)))
        .collect();
    let base = of(app).ok_or_else(|| {
        let services = app.get("services").and_then(Node::map);
        let names = services
            .into_iter()
            .flat_map(|map| &map.entries)
            .map(|entry| &**entry.key);
        let near = nearest(&wish.service, names).map(|near| format!(": did you mean `{near}`?"));
        Unclear::NoService(wish.app.clone(), wish.service.clone(), near.unwrap_or_default())
    });
    match cluster {
        Some(cluster) => match own.iter().find(|(name, _)| *name == cluster) {
            Some((_, service)) => Ok(service),
            None => base,
        },
        None if own.is_empty() => base,
        None => {
            let names: Vec<&str> = own.iter().map(|(name, _)| *name).collect();
            Err(Unclear::ByCluster(wish.service.clone(), names.join(", ")))
        }
    }
}

/// The edits of a count, each with what stood there and what will; nothing where it is not written where it stands.
fn counted(source: &str, service: &Node, wish: &Wish) -> Option<Vec<(Edit, String, String)>> {
    let (least, most) = (wish.least.to_string(), wish.most.to_string());
    let whole = match least == most {
        true => least.clone(),
        false => format!("{{min: {least}, max: {most}}}"),
    };
    // What has an anchor stands in other places too.
    let has_anchor = |node: &Node| {
        let before = source[..node.span.start as usize].trim_end_matches([' ', '\t']);
        let word = before.rsplit([' ', '\t', '\n']).next().unwrap_or_default();
        word.starts_with('&')
    };
    let is_here = |node: &Node| !source[node.span.range()].starts_with(['*', '&']) && !has_anchor(node);
    let Some(count) = service
        .get("count")
        .filter(|count| !matches!(&*count.content, Content::Null))
    else {
        let edit = match service.get("count") {
            Some(empty) => set_value(source, empty, &whole),
            None => insert_entry(source, service, "count", &whole)?,
        };
        return Some(vec![(edit, "1".to_string(), whole)]);
    };
    if !is_here(count) {
        return None;
    }
    if count.map().is_none() {
        let before = source[count.span.range()].to_string();
        return (before != whole)
            .then(|| vec![(set_value(source, count, &whole), before, whole)])
            .or(Some(Vec::new()));
    }
    // A range that is scaled keeps what it is scaled by.
    let mut edits = Vec::new();
    for (key, number) in [("min", &least), ("max", &most)] {
        match count.get(key) {
            Some(bound) if !is_here(bound) => return None,
            Some(bound) => {
                let before = source[bound.span.range()].to_string();
                if before != *number {
                    edits.push((
                        set_value(source, bound, number),
                        format!("{key} {before}"),
                        number.clone(),
                    ));
                }
            }
            None => edits.push((
                insert_entry(source, count, key, number)?,
                format!("no {key}"),
                number.clone(),
            )),
        }
    }
    Some(edits)
}

/// Files as they would be, over the world as it is.
pub struct Overlay<'a> {
    /// What is there.
    pub under: &'a dyn World,
    /// What would be.
    pub over: &'a [Edited],
}

impl World for Overlay<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let changed = self.over.iter().find(|file| file.path == path);
        changed.map_or_else(|| self.under.read(path), |file| Ok(file.after.clone().into_bytes()))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        self.under.list(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Memory;

    fn after(spec: &str, wishes: &[&str], cluster: Option<&str>) -> Result<String, String> {
        let world = Memory::default().with("shop.yml", spec);
        let wishes: Vec<Wish> = wishes.iter().map(|text| text.parse().expect("it is a wish")).collect();
        let files = edit(&world, "shop.yml", &wishes, cluster).map_err(|unclear| unclear.to_string())?;
        Ok(files
            .first()
            .map_or_else(|| spec.to_string(), |file| file.after.clone()))
    }

    #[test]
    fn numbers_are_written_and_comments_stay() {
        let cases = [
            (
                "  web: {count: 4, port: 80} # c\n",
                "shop/web=6",
                "  web: {count: 6, port: 80} # c\n",
            ),
            (
                "  web:\n    count: 4 # by day\n",
                "shop/web=4-20",
                "  web:\n    count: {min: 4, max: 20} # by day\n",
            ),
            (
                "  web:\n    count: {min: 4, max: 20, cpu: 60%} # peak\n",
                "shop/web=6-30",
                "  web:\n    count: {min: 6, max: 30, cpu: 60%} # peak\n",
            ),
            (
                "  web:\n    count:\n      min: 4 # night\n      max: 20 # day\n      cpu: 60%\n",
                "shop/web=8",
                "  web:\n    count:\n      min: 8 # night\n      max: 8 # day\n      cpu: 60%\n",
            ),
            (
                "  web:\n    port: 80\n  b: {}\n",
                "shop/web=2",
                "  web:\n    port: 80\n    count: 2\n  b: {}\n",
            ),
            ("  web: {count: 4}\n", "shop/web=4", "  web: {count: 4}\n"),
        ];
        for (before, wish, expected) in cases {
            let head = "# the shop\napp: shop\ncluster: far\nservices:\n";
            let found = after(&format!("{head}{before}"), &[wish], None);
            assert_eq!(found, Ok(format!("{head}{expected}")), "{wish}");
        }
    }

    #[test]
    fn a_number_of_a_cluster_is_changed_there() {
        let spec =
            "app: shop\nclusters: {far: {services: {web: {count: 2}}}, near: {}}\nservices:\n  web: {count: 4}\n";
        let unclear = after(spec, &["shop/web=6"], None).expect_err("it may be either");
        assert!(unclear.contains("--cluster NAME"), "{unclear}");
        let far = after(spec, &["shop/web=6"], Some("far")).expect("it is clear");
        assert!(
            far.contains("far: {services: {web: {count: 6}}}") && far.ends_with("web: {count: 4}\n"),
            "{far}"
        );
        let near = after(spec, &["shop/web=6"], Some("near")).expect("it is clear");
        assert!(
            near.contains("count: 2") && near.ends_with("web: {count: 6}\n"),
            "{near}"
        );
    }

    #[test]
    fn what_is_not_there_or_shared_is_told() {
        let spec = "app: shop\nservices:\n  web: {count: &n 4}\n  b: {count: *n}\n";
        for (wish, expected) in [
            ("shop/api=2", "app `shop` has no service `api`"),
            ("shop/wbe=2", "has no service `wbe`: did you mean `web`?"),
            ("desk/web=2", "there is no app `desk` here"),
            ("shop/b=2", "alias or an anchor"),
            ("shop/web=2", "alias or an anchor"),
        ] {
            let unclear = after(spec, &[wish], None).expect_err("it is unclear");
            assert!(unclear.contains(expected), "{unclear}");
        }
        for text in [
            "web=2",
            "shop/web",
            "shop/web=x",
            "shop/web=5-2",
            "shop/web=9999",
            "/web=2",
            "shop/a/b=2",
        ] {
            assert!(text.parse::<Wish>().is_err(), "{text}");
        }
    }
}
