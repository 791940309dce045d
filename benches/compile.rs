//! How long a compile takes in process: the shop of the examples, and projects of 1, 10 and 50 apps with 20 services each. The time per
//! service should be the same in all of them, within a factor of two. How long parsing alone takes tells what is left to gain.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use loadline::diag::Diagnostics;
use loadline::source::{FileId, Memory, World};
use loadline::template::Format;
use loadline::{Request, compile, syntax};

const SERVICES: usize = 20;

fn shop() -> Memory {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/shop");
    let files = fs::read_dir(folder)
        .expect("the example is there")
        .map(|entry| entry.expect("an entry").path());
    files.fold(Memory::default(), |world, path| {
        let name = path.file_name().and_then(|name| name.to_str()).expect("UTF-8");
        world.with(format!("project/{name}"), fs::read(&path).expect("it can be read"))
    })
}

/// A cluster and this many apps, all that a service can have spread over their services.
fn fleet(apps: usize) -> Memory {
    let cluster = "cluster: fleet\n\
        capacity: {instances: {type: m7g.16xlarge, count: {min: 3, max: 60}}, fargate: true}\n\
        ingress: {public: {domain: example.com, zone: Z0123456789ABCDEFGHIJ, certificate: auto}}\n";
    (0..apps).fold(Memory::default().with("project/fleet.yml", cluster), |world, number| {
        world.with(format!("project/app{number}.yml"), app(number))
    })
}

fn app(number: usize) -> String {
    let mut text = format!(
        "app: app{number}\ncluster: fleet\nimage: {{repository: app{number}}}\nenvironment: {{MODE: production}}\n\
         components:\n  jobs: {{use: queue}}\nservices:\n"
    );
    for service in 0..SERVICES {
        let kind = match service % 4 {
            0 => format!(
                "    port: 3000\n    route: app{number}.example.com/s{service}\n    health: {{path: /check, boot: 20s}}\n    \
                 count: {{min: 2, max: 8, cpu: 60%}}\n"
            ),
            1 => "    links: {jobs: consume}\n    count: 4\n".to_string(),
            2 => "    capacity: fargate\n    cpu: 0.25 vCPU\n    secrets: {KEY: \"secretsmanager:keys#main\"}\n"
                .to_string(),
            _ => "    network: task\n    probe: {command: \"true\"}\n    stop: {timeout: 60s}\n".to_string(),
        };
        write!(
            text,
            "  s{service}:\n    command: serve {service}\n    memory: 512 MiB\n{kind}"
        )
        .expect("a string takes all");
    }
    text
}

/// The bytes of all templates, so that nothing of the work can be left out. A bench on a spec with faults would measure the wrong thing.
fn run(world: &Memory) -> usize {
    let request = Request {
        path: "project".to_string(),
        cluster: None,
        format: Format::Json,
    };
    let compiled = compile(world, &request).expect("the project can be read");
    assert!(compiled.diagnostics.is_empty(), "{:?}", compiled.diagnostics);
    compiled.templates.iter().map(|template| template.body.len()).sum()
}

fn examples(criterion: &mut Criterion) {
    let shop = shop();
    criterion.bench_function("examples/shop", |bencher| bencher.iter(|| run(&shop)));
    let texts = texts(&shop);
    criterion.bench_function("examples/shop, parsed only", |bencher| {
        bencher.iter(|| parse(texts.iter().map(String::as_str)));
    });
    let stdlib = loadline::library::stdlib::FILES;
    criterion.bench_function("stdlib, parsed only", |bencher| {
        bencher.iter(|| parse(stdlib.iter().map(|(_, text)| *text)));
    });
}

fn texts(world: &Memory) -> Vec<String> {
    let names = world.list("project").expect("the project is there").into_iter();
    let bytes = names.map(|name| world.read(&format!("project/{name}")).expect("it can be read"));
    bytes
        .map(|bytes| String::from_utf8(bytes).expect("it is UTF-8"))
        .collect()
}

/// How many documents the texts hold.
fn parse<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    let mut diags = Diagnostics::default();
    let documents = texts.map(|text| syntax::parse(FileId(0), text, &mut diags).len()).sum();
    assert!(diags.is_empty(), "{diags:?}");
    documents
}

fn fleets(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fleet");
    group.sample_size(10);
    for apps in [1, 10, 50] {
        let fleet = fleet(apps);
        group.throughput(Throughput::Elements((apps * SERVICES) as u64));
        group.bench_with_input(
            BenchmarkId::new("apps of 20 services", apps),
            &fleet,
            |bencher, fleet| {
                bencher.iter(|| run(fleet));
            },
        );
    }
    group.finish();
}

criterion_group!(benches, examples, fleets);
criterion_main!(benches);
