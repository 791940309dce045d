//! Tasks whose health stays unknown, because only some of their essential containers have a probe.

use std::sync::Arc;

use crate::diag::{Diagnostics, code};
use crate::rollout::health::{Health, of_task};
use crate::source::Spanned;
use crate::spec::Workload;

pub(super) fn check(name: &Spanned<Arc<str>>, workload: &Workload, diags: &mut Diagnostics) {
    let mut containers = Vec::new();
    let Some(probe) = workload.probe.sound() else { return };
    containers.push((name, probe.is_some()));
    for entry in &workload.sidecars.entries {
        let Some(sidecar) = entry.setting.sound() else { return };
        let (Some(essential), Some(probe)) = (sidecar.essential.sound(), sidecar.probe.sound()) else {
            return;
        };
        if *essential {
            containers.push((&entry.name, probe.is_some()));
        }
    }
    // At best: every probe passes.
    let best = |probed: &bool| if *probed { Health::Healthy } else { Health::Unknown };
    let health: Vec<Health> = containers.iter().map(|(_, probed)| best(probed)).collect();
    let Some((probed, _)) = containers.iter().find(|(_, probed)| *probed) else {
        return;
    };
    if of_task(&health) == Health::Healthy {
        return;
    }
    for (bare, _) in containers.iter().filter(|(_, probed)| !probed) {
        let message = format!(
            "`{}` has a probe and `{}` has none: the health of the whole stays unknown",
            probed.value, bare.value
        );
        let fault = diags.report(code::HALF_PROBED, bare.span, message);
        fault.note(probed.span, "this one has a probe");
        if bare.span == name.span {
            fault.hint("add a `probe:` to it");
        } else {
            fault.hint("add a `probe:` to it, or write `essential: false` if the rest can do without it");
        }
    }
}
