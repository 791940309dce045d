//! Services that have no room on the instances, each taken alone: by a fixed port, by wish, by network interfaces, by memory,
//! by CPU.

use crate::diag::{Code, Diagnostics, code};
use crate::library::types::MemorySize;
use crate::rollout::bounds::{Percents, most_healthy};
use crate::rollout::convergence::{Case, Verdict};
use crate::rollout::host::Lack;
use crate::rollout::memory::Registered;
use crate::source::Span;
use crate::spec::Service;

use super::fleet::Fleet;
use super::{Kept, Tenant, copies, counts, instances, percents};

/// Returns whether a service has surely no room.
pub(super) fn check(fleet: &Fleet, tenants: &[Tenant], diags: &mut Diagnostics) -> bool {
    let mut crowded = false;
    for tenant in tenants {
        let Kept::Service(service) = tenant.kept else { continue };
        let (Some((least, most)), Some(percents)) = (counts(service), percents(service)) else {
            continue;
        };
        if most == 0 || least > most {
            continue;
        }
        let rooms = rooms(fleet, tenant, service);
        let short = rooms.iter().filter_map(|room| {
            let shortage = room.shortage(fleet.most, least.max(1), most, percents)?;
            Some((room, shortage))
        });
        // The surest first; of those the one that is told first.
        if let Some((room, shortage)) = short.min_by_key(|(_, shortage)| shortage.doubt) {
            crowded |= shortage.doubt == Doubt::None;
            room.report(tenant, fleet, shortage, percents, diags);
        }
    }
    crowded
}

/// For how many copies of a service there is surely room, on all instances and without other services; `None` where that is
/// not known.
pub(super) fn sure(fleet: &Fleet, tenant: &Tenant, service: &Service) -> Option<i64> {
    let rooms = rooms(fleet, tenant, service).into_iter();
    rooms.map(|room| room.slots.least.max(0) * fleet.most).min()
}

/// How many copies an instance can run at once, and why no more.
struct Room {
    lack: Lack,
    /// At the worst and at best.
    slots: Registered,
    place: Span,
    /// What to do about it, but for more instances.
    repair: &'static str,
    /// As in "port 80 lets an instance run one copy"; the number at best, or at the worst where that decides.
    why: Box<dyn Fn(i64) -> String>,
}

/// How sure it is that there is no room.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Doubt {
    None,
    /// There is none once the service has been scaled out.
    Scaled,
    /// That depends on the machine image, or on which types there are.
    Image,
}

#[derive(Clone, Copy)]
struct Shortage {
    doubt: Doubt,
    /// How many copies have no room, at the fewest.
    count: i64,
    /// How many there may be.
    most: i64,
    /// How many copies an instance runs.
    slots: i64,
    verdict: Verdict,
}

/// What limits a service, what the user can change most easily first.
fn rooms(fleet: &Fleet, tenant: &Tenant, service: &Service) -> Vec<Room> {
    let mut rooms = Vec::new();
    let workload = tenant.workload;
    if let Some((port, place)) = tenant.port() {
        rooms.push(Room {
            lack: Lack::Ports,
            slots: Registered::exactly(1),
            place,
            repair: super::free_port(workload),
            why: Box::new(move |_| format!("port {} lets an instance run one copy", port.number)),
        });
    }
    if service.place.distinct.sound() == Some(&true) {
        rooms.push(Room {
            lack: Lack::Distinct,
            slots: Registered::exactly(1),
            place: service.place.distinct.span,
            repair: "leave `distinct` out",
            why: Box::new(|_| "`distinct` lets an instance run one copy".to_string()),
        });
    }
    if let Some(slots) = fleet.interfaces().filter(|_| tenant.has_interface()) {
        rooms.push(Room {
            lack: Lack::Interfaces,
            slots,
            place: match service.network.is_given() {
                true => service.network.span,
                false => tenant.name.span,
            },
            repair: match fleet.trunking {
                true => "write `network: bridge`",
                false => "write `network: bridge`, turn on `trunking`",
            },
            why: Box::new(|slots| format!("an instance has network interfaces for {}", copies(slots.max(0)))),
        });
    }
    let (Some(need), Some(memory), Some(cpu)) = (tenant.need(), fleet.memory(), fleet.cpu()) else {
        return rooms;
    };
    let mut measured = |lack, need: i64, has: Registered, place: Span, why: Box<dyn Fn(i64) -> String>| {
        // A task that does not surely fit an empty instance has been reported.
        if need > 0 && has.least >= need {
            let (least, most) = has.slots(need);
            rooms.push(Room {
                lack,
                slots: Registered { least, most },
                place,
                repair: match lack {
                    Lack::Cpu => "ask for less CPU",
                    _ => "ask for less memory",
                },
                why,
            });
        }
    };
    let show = MemorySize::<0>(need.memory).show();
    let why = Box::new(move |slots| format!("an instance has memory for {} of {show}", copies(slots)));
    let place = workload.memory.key.map_or(tenant.name.span, |_| workload.memory.span);
    measured(Lack::Memory, need.memory, memory, place, why);
    let why = Box::new(move |slots| format!("an instance has CPU for {} of {} units", copies(slots), need.cpu));
    let place = workload.cpu.key.map_or(tenant.name.span, |_| workload.cpu.span);
    measured(Lack::Cpu, need.cpu, cpu, place, why);
    rooms
}

impl Room {
    fn code(&self, doubt: Doubt) -> Code {
        match (doubt, self.lack) {
            (Doubt::Scaled, _) => code::SCALING_BEYOND_ROOM,
            (Doubt::Image, _) => code::TIGHT_CAPACITY,
            (Doubt::None, Lack::Ports) => code::STATIC_PORT,
            (Doubt::None, Lack::Distinct) => code::DISTINCT_INSTANCES,
            (Doubt::None, Lack::Interfaces) => code::TOO_FEW_INTERFACES,
            (Doubt::None, Lack::Cpu | Lack::Memory | Lack::Gpu) => code::TOO_FEW_INSTANCES,
        }
    }

    /// What is short for a service of `least` to `most` copies on `number` instances.
    fn shortage(&self, number: i64, least: i64, most: i64, percents: Percents) -> Option<Shortage> {
        let short = |doubt, slots: i64, counts: std::ops::RangeInclusive<i64>| {
            let case = |desired| Case {
                desired,
                percents,
                slots: slots.max(0) * number,
            };
            let count = counts.into_iter().find(|count| case(*count).lacks_room())?;
            Some(Shortage {
                doubt,
                count,
                most: if doubt == Doubt::None { count } else { most },
                slots,
                verdict: case(count).verdict(),
            })
        };
        short(Doubt::None, self.slots.most, least..=least)
            .or_else(|| short(Doubt::Scaled, self.slots.most, least..=most))
            .or_else(|| short(Doubt::Image, self.slots.least, least..=most))
    }

    fn report(&self, tenant: &Tenant, fleet: &Fleet, shortage: Shortage, percents: Percents, diags: &mut Diagnostics) {
        let Shortage {
            doubt,
            count,
            most,
            slots,
            verdict,
        } = shortage;
        let why = (self.why)(slots);
        let there = slots.max(0) * fleet.most;
        let rest = match verdict {
            Verdict::NoSpare => format!(
                "{} fill all the room, so a rollout can start none and may stop none",
                copies(count)
            ),
            _ => format!("there is room for {}, not for {count}", copies(there)),
        };
        let message = match doubt {
            Doubt::Image => format!("at worst {why}: {rest}"),
            _ => format!("{why}: {rest}"),
        };
        let fault = diags.report(self.code(doubt), self.place, message);
        if doubt == Doubt::Scaled {
            fault.label(format!("`{}` may be scaled to {}", tenant.name.value, copies(count)));
        } else if self.lack == Lack::Memory {
            tenant.explain(fault);
        }
        fault.note(fleet.place, "the instances");
        let mut ways = vec![self.repair.to_string()];
        // What is advised is sure on every machine image.
        let sure = self.slots.least;
        if sure > 0 {
            let spare = i64::from(percents.lower(most) >= most);
            let enough = (most + spare + sure - 1) / sure;
            ways.push(format!("allow {}", instances(enough)));
        }
        let there = |desired| Case {
            desired,
            percents,
            slots: sure.max(0) * fleet.most,
        };
        let fitting = (1..count).rev().find(|count| !there(*count).lacks_room());
        if let Some(fitting) = fitting.filter(|_| doubt == Doubt::Scaled) {
            ways.push(format!("scale to {} at most", copies(fitting)));
        } else if doubt != Doubt::Scaled && verdict == Verdict::NoSpare {
            ways.push(format!("write `rollout: {{healthy: {}%}}`", most_healthy(count)));
        }
        let last = ways.pop().expect("the first way is always there");
        fault.hint(match ways.is_empty() {
            true => last,
            false => format!("{}, or {last}", ways.join(", ")),
        });
    }
}
