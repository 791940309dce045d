//! Which files make a project, and what kind of document each holds.

use loadline::diag::{Diagnostic, Diagnostics};
use loadline::source::{Memory, ReadError, Sources};
use loadline::spec::project::{self, Document, Kind};

struct Project {
    sources: Sources,
    diagnostics: Vec<Diagnostic>,
    documents: Vec<Document>,
}

fn run(world: &Memory, path: &str, cluster: Option<&str>) -> Result<Project, ReadError> {
    let mut sources = Sources::default();
    let mut diags = Diagnostics::default();
    let mut documents = project::read(world, path, &mut sources, &mut diags)?;
    documents.extend(project::read_clusters(
        world,
        path,
        cluster,
        &documents,
        &mut sources,
        &mut diags,
    )?);
    Ok(Project {
        sources,
        diagnostics: diags.sorted(),
        documents,
    })
}

/// The documents as `path kind`, and the messages of all faults.
fn read(world: &Memory, path: &str, cluster: Option<&str>) -> (Vec<String>, Vec<String>) {
    let project = run(world, path, cluster).expect("the world is in memory");
    let documents = project.documents.iter().map(|document| {
        let path = &project.sources.get(document.file).path;
        format!("{path} {:?}", document.kind)
    });
    let messages = project.diagnostics.iter().map(|fault| fault.message.clone());
    (documents.collect(), messages.collect())
}

fn world() -> Memory {
    Memory::default()
        .with("specs/b.yaml", "image: nginx:1.27\ncluster: production\napp: shop\n")
        .with(
            "specs/a.yml",
            "---\n---\ncluster: staging\n---\n{component: jobs, cluster: x}\n",
        )
        .with("specs/.hidden.yml", "nothing: of ours\n")
        .with("specs/package.json", "{}")
        .with("specs/deeper/c.yml", "nothing: of ours\n")
        .with("specs/clusters/production.yml", "cluster: production\n")
        .with("specs/clusters/other.yml", "cluster: other\n")
        .with("other.json", "{\"cluster\": \"other\"}")
}

#[test]
fn a_folder_is_all_its_own_yaml_files_by_name() {
    let (documents, _) = read(&world(), "specs", None);
    let expected = [
        "specs/a.yml Cluster",
        "specs/a.yml Component",
        "specs/b.yaml App",
        "specs/clusters/production.yml Cluster",
    ];
    assert_eq!(documents, expected);
}

#[test]
fn a_file_finds_its_cluster_beside_it_or_given() {
    let with = |cluster| read(&world(), "specs/b.yaml", cluster).0;
    let own = ["specs/b.yaml App", "specs/clusters/production.yml Cluster"];
    assert_eq!(with(None), own);
    assert_eq!(with(Some("./other.json")), [&own[..], &["other.json Cluster"]].concat());
    assert_eq!(with(Some("specs/b.yaml")), own, "what was read is not read again");
    let (documents, _) = read(&world(), "other.json", None);
    assert_eq!(documents, ["other.json Cluster"]);
}

#[test]
fn every_cluster_that_an_app_names_is_looked_for() {
    let world = world().with(
        "specs/all.yml",
        "app: shop\nclusters: {other: {}, production: {}, ../secret: {}, gone: {}}\n",
    );
    let (documents, _) = read(&world, "specs/all.yml", None);
    let expected = [
        "specs/all.yml App",
        "specs/clusters/other.yml Cluster",
        "specs/clusters/production.yml Cluster",
    ];
    assert_eq!(documents, expected);
}

#[test]
fn what_is_not_there_is_an_error_of_the_world() {
    for (path, cluster) in [("nowhere.yml", None), ("other.json", Some("nowhere.yml"))] {
        let error = run(&world(), path, cluster).err().expect("there is no such file");
        assert_eq!(error.to_string(), "there is no file or folder at `nowhere.yml`");
    }
}

#[test]
fn documents_of_other_tools_are_named() {
    let cases = [
        ("Resources: {}", "a CloudFormation template"),
        ("services: {web: {build: .}}", "a Compose file"),
        ("version: \"3\"\nservices: {web: {image: a}}", "a Compose file"),
        ("name: web\ntype: Load Balanced Web Service", "a Copilot manifest"),
        ("name: test\ntype: Environment", "a Copilot manifest"),
        ("apiVersion: v1\nkind: Pod", "a Kubernetes manifest"),
        (
            "{\"family\": \"web\", \"containerDefinitions\": []}",
            "an ECS task definition",
        ),
        ("- a\n- b", "a list"),
        ("hello", "a string"),
    ];
    for (text, what) in cases {
        let (documents, messages) = read(&Memory::default().with("x.yml", text), "x.yml", None);
        assert!(documents.is_empty());
        let expected = format!("this document is {what}, not an app, a cluster or a component");
        assert_eq!(messages, [expected], "{text}");
    }
}

#[test]
fn a_missing_first_key_is_guessed_from_the_others() {
    let cases = [
        ("aap: shop\nservices: {}", "did you mean `app`?"),
        ("clutser: production", "did you mean `cluster`?"),
        ("services: {web: {port: 80}}", "begin the document with `app: <name>`"),
        ("capacity: {}", "begin the document with `cluster: <name>`"),
        ("parameters: {}", "begin the document with `component: <name>`"),
        (
            "on: push\njobs: {}",
            "begin it with the key that says what it is, or name the spec's own file or folder",
        ),
    ];
    for (text, help) in cases {
        let world = Memory::default().with("x.yml", text);
        let project = run(&world, "x.yml", None).expect("the world is in memory");
        let said: Vec<Option<&str>> = project.diagnostics.iter().map(Diagnostic::help).collect();
        assert_eq!(said, [Some(help)], "{text}");
    }
}

#[test]
fn other_encodings_are_read_as_well_as_can_be() {
    let utf16: Vec<u8> = "\u{feff}cluster: größe\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let world = Memory::default()
        .with("x.yml", utf16)
        .with("y.yml", b"cluster: a\nb: \xff\n".as_slice());
    let project = run(&world, "x.yml", None).expect("the world is in memory");
    assert_eq!(project.diagnostics.len(), 1);
    assert_eq!(project.documents[0].kind, Kind::Cluster);
    assert_eq!(
        project.documents[0].node.get("cluster").and_then(|name| name.text()),
        Some("größe")
    );
    let project = run(&world, "y.yml", None).expect("the world is in memory");
    let fault = &project.diagnostics[0];
    assert_eq!(
        (fault.code.name(), project.sources.place(fault.span).as_str()),
        ("not-utf8", "y.yml:2")
    );
    assert_eq!(project.sources.text(fault.span), "\u{fffd}");
}

#[test]
fn a_document_that_cannot_be_read_is_not_unknown() {
    let (_, messages) = read(&Memory::default().with("x.yml", "a: [\napp: shop\n"), "x.yml", None);
    assert_eq!(messages, ["this `[` is not closed"]);
}
