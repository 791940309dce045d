//! How long a compile takes in process: the shop of the examples, projects of 1, 10 and 50 apps with 20 services each, services that each
//! link to all later ones, and a service with thousands of variables. The time per service, link and variable should be the same
//! however many there are, within a factor of two. How long parsing alone takes tells what is left to gain.

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
            // With a priority of its own, since hundreds of routes on one listener come to the same one here and there.
            0 => format!(
                "    port: 3000\n    route: {{host: app{number}.example.com, path: /s{service}, priority: {}}}\n    health: {{path: /check, boot: 20s}}\n    \
                 count: {{min: 2, max: 8, cpu: 60%}}\n",
                number * SERVICES + service + 1
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

const ALONE: &str = "cluster: fleet\ncapacity: {instances: {type: m7g.16xlarge, count: {min: 3, max: 60}}}\n---\n\
    app: shop\ncluster: fleet\nimage: {repository: shop}\nservices:\n";

/// Services that each link to all later ones.
fn linked(services: usize) -> Memory {
    let mut text = ALONE.to_string();
    for from in 0..services {
        let links: Vec<String> = (from + 1..services).map(|to| format!("s{to}: call")).collect();
        let links = links.join(", ");
        writeln!(text, "  s{from}: {{port: 3000, links: {{{links}}}}}").expect("a string takes all");
    }
    Memory::default().with("project/shop.yml", text)
}

/// A service with this many variables.
fn configured(variables: usize) -> Memory {
    let mut text = format!("{ALONE}  web:\n    environment:\n");
    for number in 0..variables {
        writeln!(text, "      VARIABLE_{number}: v{number}").expect("a string takes all");
    }
    Memory::default().with("project/shop.yml", text)
}

fn growth(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("growth");
    group.sample_size(10);
    for services in [20, 40, 80] {
        let world = linked(services);
        group.throughput(Throughput::Elements((services * (services - 1) / 2) as u64));
        let name = BenchmarkId::new("services that link to all later ones", services);
        group.bench_with_input(name, &world, |bencher, world| bencher.iter(|| run(world)));
    }
    for variables in [500, 2000, 8000] {
        let world = configured(variables);
        group.throughput(Throughput::Elements(variables as u64));
        let name = BenchmarkId::new("variables of one service", variables);
        group.bench_with_input(name, &world, |bencher, world| bencher.iter(|| run(world)));
    }
    group.finish();
}

criterion_group!(benches, examples, fleets, growth);
criterion_main!(benches);
