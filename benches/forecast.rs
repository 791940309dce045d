//! How long the analysis of a rollout takes, by services and instances: all of one cluster deploy at once. The time grows with
//! the square of the number of different services, and hardly with the number of instances.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use loadline::rollout::Percents;
use loadline::rollout::forecast::judge::judge;
use loadline::rollout::forecast::proof::{Crowd, prove};
use loadline::rollout::forecast::system::{Course, Group, Service, Shape, System};

/// Services of which no two are alike, on instances of three kinds that they fill to `percent`.
fn system(services: i64, instances: i64, percent: i64, resized: bool) -> System {
    let group = |name: &str, count: i64, cpu: i64, memory: i64| Group {
        name: name.into(),
        count,
        least: [cpu, memory, 200, 0],
        most: [cpu, memory + 500, 200, 0],
        taken: Vec::new(),
    };
    let groups = vec![
        group("large", instances / 2, 65_536, 250_000),
        group("medium", instances / 3, 32_768, 120_000),
        group("small", instances - instances / 2 - instances / 3, 16_384, 60_000),
    ];
    let room: i64 = groups.iter().map(|group| group.count * group.least[1]).sum();
    let each = room * percent / 100 / services;
    let services = (0..services).map(|at| {
        let desired = (2 + at % 7) * (instances * 5 / services).max(1);
        let memory = (each / desired + at % 97).max(1);
        let shape = |memory: i64| Shape {
            amounts: [64 + at % 61, memory, i64::from(at % 3 == 0), 0],
            marks: Vec::new(),
        };
        Service {
            name: format!("s{at}").into(),
            desired,
            percents: Percents {
                healthy: if at % 2 == 0 { 100 } else { 50 },
                surge: 200,
            },
            old: shape(memory),
            new: shape(if resized { memory + 8 } else { memory }),
            fenced: false,
        }
    });
    System {
        services: services.collect(),
        groups,
        ..System::default()
    }
}

fn forecast(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("forecast");
    group.sample_size(10);
    group.warm_up_time(std::time::Duration::from_millis(500));
    group.measurement_time(std::time::Duration::from_secs(2));
    for (services, instances) in [(50, 100), (200, 100), (200, 1000), (1000, 1000), (5000, 1000)] {
        for (what, percent, resized) in [("roomy", 40, false), ("resized", 40, true), ("over-full", 130, false)] {
            let system = system(services, instances, percent, resized);
            let name = BenchmarkId::new(what, format!("{services}x{instances}"));
            group.bench_function(name, |bencher| {
                bencher.iter(|| judge(std::hint::black_box(&system), Course::Rollout));
            });
        }
        let system = system(services, instances, 97, false);
        let name = BenchmarkId::new("tight", format!("{services}x{instances}"));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                // Each course of a forecast once, and the search.
                prove(&system, Course::Fill, Crowd::Settled);
                judge(std::hint::black_box(&system), Course::Rollout)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, forecast);
criterion_main!(benches);
