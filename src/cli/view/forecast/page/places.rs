//! The instances as bins with their copies, by zone: with few copies and with many, and when an instance or a zone is lost. In:
//! an outlook. Out: markup.

use maud::{Markup, html};

use crate::cli::view::forecast::words;
use crate::rollout::forecast::bins::{Bin, DRAWN, Loss, Placement, place};
use crate::rollout::forecast::declared::{Ground, Member};
use crate::rollout::forecast::judge::Verdict;
use crate::rollout::forecast::outlook::{Outlook, Survival, fewest};
use crate::rollout::forecast::refute::Moment;
use crate::rollout::forecast::system::Measure;
use crate::rollout::forecast::words as model;

use super::colour;

/// The size of a bin in pixels, with its two columns.
const HEIGHT: f64 = 92.0;
const MEMORY: (f64, f64) = (2.0, 40.0);
const CPU: (f64, f64) = (45.0, 13.0);

/// A picture of all instances.
struct Scene {
    title: String,
    /// What is said of it.
    about: String,
    placement: Placement,
    /// What is declared then.
    ground: Ground,
    /// What copies that find no room are.
    waiting: &'static str,
}

/// All pictures.
pub(super) fn places(outlook: &Outlook) -> Markup {
    let ground = &outlook.ground;
    if ground.instances > DRAWN {
        return html! {
            h2 { "Instances" }
            p.quiet { (ground.instances) " instances are too many to draw." }
        };
    }
    html! {
        h2 { "Copies on instances" }
        p.legend {
            @for (number, member) in ground.members.iter().enumerate() {
                span class=(colour(number)) {
                    svg.chip width="10" height="10" aria-hidden="true" { rect.block width="10" height="10" rx="2" {} }
                    (member.name)
                }
            }
            span { svg.chip width="18" height="10" aria-hidden="true" {
                rect.bin width="11" height="10" rx="2" {} rect.bin x="13" width="5" height="10" rx="2" {}
            } "memory and CPU of an instance" }
        }
        @for scene in scenes(outlook) {
            figure {
                figcaption { strong { (scene.title) } " " span.quiet { (scene.about) } }
                div.zones {
                    @for zone in 0..scene.ground.zones { (zone_of(&scene, zone)) }
                    (waiting(&scene))
                }
            }
        }
    }
}

fn scenes(outlook: &Outlook) -> Vec<Scene> {
    let ground = &outlook.ground;
    let varies = ground.members.iter().any(|member| fewest(member) != member.most);
    let most = |member: &Member| member.most;
    let scene = |title: &str, about: String, placement| Scene {
        title: title.to_string(),
        about,
        placement,
        ground: ground.clone(),
        waiting: "no room for",
    };
    let load = |end: fn(&crate::rollout::forecast::clock::Range) -> i64| {
        let loads = outlook.load.iter();
        let loads = loads.filter(|(measure, _)| matches!(measure, Measure::Cpu | Measure::Memory));
        let loads = loads.map(|(measure, load)| {
            let name = if *measure == Measure::Cpu { "CPU" } else { "memory" };
            format!("{} % of {name}", end(load))
        });
        loads.collect::<Vec<String>>().join(", ")
    };
    let first = if varies { "with the fewest copies" } else { "all copies" };
    let mut scenes = vec![scene(
        first,
        load(|range| range.least),
        place(ground, Loss::Nothing, fewest),
    )];
    if varies {
        let all = place(ground, Loss::Nothing, most);
        scenes.push(scene("with the most copies", load(|range| range.most), all));
    }
    // The copy that must start beside those that have to stay.
    for (at, row) in outlook.rows.iter().enumerate() {
        let Verdict::Cannot(one) = &row.at_least else { continue };
        if one.moment != Moment::First(at) || scenes[0].placement.waiting.iter().any(|count| *count > 0) {
            continue;
        }
        let own = &ground.members[at].name;
        let next = place(ground, Loss::Nothing, |member| {
            fewest(member) + i64::from(member.name == *own)
        });
        if next.waiting.iter().any(|count| *count > 0) {
            scenes.push(Scene {
                waiting: "no room for the new copy",
                ..scene("the first new copy of a rollout", format!("of {own}"), next)
            });
        }
    }
    if outlook.at_least.joint != Verdict::Converges {
        scenes.extend(after(outlook));
        return scenes;
    }
    for (title, loss, event) in [
        ("an instance lost", Loss::Instance, outlook.instance),
        ("a zone lost", Loss::Zone, outlook.zone),
    ] {
        if event.left < 1 {
            continue;
        }
        let (copies, placement) = match event.survival {
            Survival::AtMost if varies => ("the most copies", place(ground, loss, most)),
            Survival::AtMost => ("all copies", place(ground, loss, most)),
            _ if varies => ("the fewest copies", place(ground, loss, fewest)),
            _ => ("all copies", place(ground, loss, fewest)),
        };
        let about = format!(
            "{copies}, {} left; {}",
            model::instances(event.left),
            words::survival(event)
        );
        scenes.push(scene(title, about, placement));
    }
    scenes
}

/// The instances once the first repair is made.
fn after(outlook: &Outlook) -> Option<Scene> {
    let troubled = outlook.rows.iter().filter(|row| row.at_least != Verdict::Converges);
    let mut ways = troubled.flat_map(|row| row.ways.iter().map(move |way| (row, way)));
    let (row, ground, way) = ways.find_map(|(row, way)| Some((row, way.after.as_deref()?, way)))?;
    Some(Scene {
        title: "repaired".to_string(),
        about: format!("{}: {}", row.name, way.repair.words().replace('`', "")),
        placement: place(ground, Loss::Nothing, fewest),
        ground: ground.clone(),
        waiting: "no room for",
    })
}

fn zone_of(scene: &Scene, zone: i64) -> Markup {
    let ground = &scene.ground;
    let bins: Vec<(usize, &Bin)> = scene
        .placement
        .bins
        .iter()
        .enumerate()
        .filter(|(_, bin)| bin.zone == zone)
        .collect();
    if bins.is_empty() {
        return html! {};
    }
    let lost = bins.iter().all(|(_, bin)| bin.lost);
    let sum = |part: fn(&Bin) -> i64| bins.iter().map(|(_, bin)| part(bin)).sum::<i64>();
    let (has, free) = (sum(|bin| bin.memory.0), sum(|bin| bin.memory.1));
    let (cpu, idle) = (sum(|bin| bin.cpu.0), sum(|bin| bin.cpu.1));
    html! {
        div class=(if lost { "zone lost" } else { "zone" }) {
            small { "zone " (zone + 1) @if lost { ", lost" } }
            div.bins { @for (number, bin) in bins { (bin_of(ground, number, bin)) } }
            @if !lost {
                (headroom("memory", &format!("{:.1} of {:.1} GiB free", gib(free), gib(has)), free, has))
                (headroom("CPU", &format!("{:.1} of {:.1} vCPU free", vcpu(idle), vcpu(cpu)), idle, cpu))
            }
        }
    }
}

fn gib(mib: i64) -> f64 {
    mib as f64 / 1024.0
}

fn vcpu(units: i64) -> f64 {
    units as f64 / 1024.0
}

/// A bar with what is taken, and what is free in words.
fn headroom(what: &str, said: &str, free: i64, has: i64) -> Markup {
    let taken = if has > 0 { (has - free) as f64 / has as f64 } else { 0.0 };
    let class = if taken > 0.9 { "taken full" } else { "taken" };
    html! {
        div.headroom {
            svg width="100%" height="6" role="img" {
                title { (what) ": " (said) }
                rect.bin width="100%" height="6" rx="3" {}
                rect class=(class) width=(format!("{:.1}%", taken * 100.0)) height="6" rx="3" {}
            }
            small { (said) }
        }
    }
}

/// An instance: a column of memory and one of CPU, filled from below.
fn bin_of(ground: &Ground, number: usize, bin: &Bin) -> Markup {
    html! {
        svg width="60" height=(HEIGHT + 4.0) viewBox={"0 0 60 " (HEIGHT + 4.0)} role="img" class=(if bin.lost { "gone" } else { "" }) {
            title { (title(ground, number, bin)) }
            rect.bin x=(MEMORY.0) y="2" width=(MEMORY.1) height=(HEIGHT) rx="3" {}
            rect.bin x=(CPU.0) y="2" width=(CPU.1) height=(HEIGHT) rx="3" {}
            @if bin.lost {
                line x1="6" y1="8" x2="54" y2=(HEIGHT - 4.0) {}
                line x1="54" y1="8" x2="6" y2=(HEIGHT - 4.0) {}
            }
            (column(ground, bin, Measure::Memory, bin.memory.0, MEMORY, true))
            (column(ground, bin, Measure::Cpu, bin.cpu.0, CPU, false))
            (ports(ground, bin))
        }
    }
}

fn column(ground: &Ground, bin: &Bin, measure: Measure, has: i64, (x, width): (f64, f64), counted: bool) -> Markup {
    let mut top = HEIGHT + 2.0;
    let mut blocks = Vec::new();
    for (at, (member, copies)) in ground.members.iter().zip(&bin.copies).enumerate() {
        let each = HEIGHT * member.shape.amounts[measure.at()] as f64 / has.max(1) as f64;
        let height = each * *copies as f64;
        if *copies > 0 && height > 0.0 {
            top -= height;
            blocks.push((at, *copies, top, each, height));
        }
    }
    html! {
        @for (at, copies, y, each, height) in blocks {
            g class=(colour(at)) {
                @if each >= 4.0 {
                    @for copy in 0..copies {
                        rect.block x=(x) y=(round(y + each * copy as f64 + 0.5)) width=(width) height=(round(each - 1.0)) rx="1.5" {}
                    }
                } @else {
                    rect.block x=(x) y=(round(y + 0.5)) width=(width) height=(round((height - 1.0).max(1.0))) rx="1.5" {}
                }
                @if counted && height >= 12.0 && copies > 1 {
                    text x=(x + width / 2.0) y=(round(y + height / 2.0 + 3.8)) text-anchor="middle" { (copies) }
                }
            }
        }
    }
}

/// The fixed ports that are taken.
fn ports(ground: &Ground, bin: &Bin) -> Markup {
    let taken = ground.members.iter().zip(&bin.copies).enumerate();
    let taken = taken.filter(|(_, (_, copies))| **copies > 0);
    let taken: Vec<(usize, i64)> = taken
        .filter_map(|(at, (member, _))| Some((at, member.port?.number)))
        .collect();
    html! {
        @for (line, (at, port)) in taken.iter().take(3).enumerate() {
            g class=(colour(*at)) { text.port x="5" y=(13 + 11 * line) { ":" (port) } }
        }
    }
}

fn round(number: f64) -> String {
    format!("{number:.1}")
}

fn title(ground: &Ground, number: usize, bin: &Bin) -> String {
    if bin.lost {
        return format!("instance {}: lost", number + 1);
    }
    let running = ground
        .members
        .iter()
        .zip(&bin.copies)
        .filter(|(_, copies)| **copies > 0);
    let running: Vec<String> = running
        .map(|(member, copies)| format!("{copies} {}", member.name))
        .collect();
    let running = if running.is_empty() {
        "nothing".to_string()
    } else {
        running.join(", ")
    };
    format!(
        "instance {}: {running}\nmemory: {:.1} of {:.1} GiB free\nCPU: {:.1} of {:.1} vCPU free",
        number + 1,
        gib(bin.memory.1),
        gib(bin.memory.0),
        vcpu(bin.cpu.1),
        vcpu(bin.cpu.0)
    )
}

/// The copies that find no room.
fn waiting(scene: &Scene) -> Markup {
    let ground = &scene.ground;
    let waiting = ground.members.iter().zip(&scene.placement.waiting).enumerate();
    let waiting: Vec<_> = waiting.filter(|(_, (_, count))| **count > 0).collect();
    if waiting.is_empty() {
        return html! {};
    }
    html! {
        div.zone.waiting {
            small { (scene.waiting) }
            div.bins {
                @for (at, (member, count)) in waiting {
                    div class={"homeless " (colour(at))} {
                        @for _ in 0..(*count).min(8) {
                            svg width="44" height=(tall(ground, member) + 4.0) aria-hidden="true" {
                                rect.homeless x="2" y="2" width="40" height=(round(tall(ground, member))) rx="2" {}
                            }
                        }
                        small {
                            (model::copies(*count)) " of " (member.name)
                            @if let Some(port) = member.port { ", each wants port " (port.number) }
                        }
                    }
                }
            }
        }
    }
}

fn tall(ground: &Ground, member: &Member) -> f64 {
    let has = ground.group.least[Measure::Memory.at()].max(1);
    (HEIGHT * member.shape.amounts[Measure::Memory.at()] as f64 / has as f64).clamp(6.0, HEIGHT)
}
