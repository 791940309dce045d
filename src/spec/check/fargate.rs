//! What Fargate cannot: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html>.

use crate::catalog;
use crate::diag::{Diagnostics, code};
use crate::library::types::MemorySize;
use crate::source::Span;

use super::Running;

/// In seconds.
const LONGEST_STOP: i64 = 120;

pub(super) fn check(running: &Running, diags: &mut Diagnostics) {
    let workload = running.workload;
    if !workload.is_on_fargate() || running.daemon.is_some() {
        return;
    }
    if let Some(timeout) = workload.stop.timeout.sound().filter(|timeout| timeout.0 > LONGEST_STOP) {
        let message = format!(
            "Fargate waits {LONGEST_STOP}s at most for a container to stop, not {}",
            timeout.show()
        );
        diags
            .report(code::STOP_TIMEOUT_FARGATE, workload.stop.timeout.span, message)
            .hint("write `120s`, or run it on instances")
            .suggest("write `120s`", workload.stop.timeout.span, "120s");
    }
    if workload.place.is_given() {
        let message = "on Fargate nothing can be said about the place";
        let fault = diags.report(code::PLACE_ON_FARGATE, workload.place.place(), message);
        fault.hint("leave it out: Fargate spreads copies over zones by itself");
    }
    for (_, volume) in workload.volumes.value.sound() {
        if let Some(Some(_)) = volume.host.sound() {
            let message = "Fargate has no instance whose folder could be shared";
            let fault = diags.report(code::HOST_VOLUME_ON_FARGATE, volume.host.place(), message);
            fault.hint("leave `host` out to have scratch space that goes with the task");
        }
    }
    check_size(running, diags);
}

fn check_size(running: &Running, diags: &mut Diagnostics) {
    let workload = running.workload;
    let (Some(cpu), Some(memory)) = (workload.cpu.sound(), workload.memory.sound()) else {
        return;
    };
    let Some(limit) = memory.limit.sound() else { return };
    let Some(limit) = limit else {
        let message = "on Fargate the memory of the whole task is bought, so it needs a limit";
        let fault = diags.report(code::FARGATE_SIZE, workload.memory.span, message);
        fault.hint("write `memory: 1 GiB`");
        return;
    };
    let (units, size) = (cpu.0.unsigned_abs(), limit.0.unsigned_abs());
    if catalog::fargate::size(units, size).is_none() {
        report_size(units, size, running, diags);
        return;
    }
    let mut sums = (0, 0);
    for (_, sidecar) in workload.sidecars.value.sound() {
        let memory = sidecar.memory.sound().and_then(|memory| {
            let limit = memory.limit.sound()?.map(|size| size.0);
            let reserve = memory.reserve.sound()?.map(|size| size.0);
            Some(reserve.or(limit).unwrap_or(0))
        });
        let (Some(units), Some(memory)) = (sidecar.cpu.sound(), memory) else {
            return;
        };
        sums = (sums.0 + units.0, sums.1 + memory);
    }
    if sums.0 >= cpu.0 && sums.0 > 0 || sums.1 >= limit.0 {
        let message = format!(
            "sidecars take {} CPU units and {} of the task's {} and {}: nothing is left for `{}`",
            sums.0,
            MemorySize::<0>(sums.1).show(),
            cpu.0,
            limit.show(),
            running.name.value
        );
        let fault = diags.report(code::SIDECARS_FILL_TASK, workload.sidecars.place(), message);
        fault.hint("on Fargate `cpu` and `memory` are of the whole task: raise them, or lower those of sidecars");
    }
}

fn report_size(units: u64, size: u64, running: &Running, diags: &mut Diagnostics) {
    let workload = running.workload;
    let (cpu, memory) = (&workload.cpu, &workload.memory);
    let place: Span = match (memory.is_given(), cpu.is_given()) {
        (true, _) => memory.span,
        (_, true) => cpu.span,
        _ => running.name.span,
    };
    let shown = |units: u64| crate::library::types::Cpu::<0>(units as i64).show();
    let show = |size: u64| MemorySize::<0>(size as i64).show();
    let message = format!("Fargate has no task of {} CPU units and {}", units, show(size));
    let fault = diags.report(code::FARGATE_SIZE, place, message);
    if memory.is_given() && cpu.is_given() {
        fault.note(cpu.span, "the CPU units");
    }
    let memories = catalog::fargate::memories(units);
    let near = memories
        .iter()
        .copied()
        .find(|other| *other >= size)
        .or(memories.last().copied());
    match (near, catalog::fargate::nearest(units, size)) {
        (Some(near), _) => {
            fault.hint(format!("with `cpu: {}` the nearest is `{}`", shown(units), show(near)));
            if memory.is_given() {
                fault.suggest(format!("write `{}`", show(near)), memory.span, show(near));
            }
        }
        (None, Some(other)) => {
            fault.hint(format!(
                "the nearest is `cpu: {}` with `memory: {}`",
                other.cpu,
                show(other.memory)
            ));
        }
        (None, None) => {}
    }
}
