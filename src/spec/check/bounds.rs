//! Ranges and what a service is scaled by.

use crate::diag::{Diagnostics, code};
use crate::source::Span;
use crate::spec::{Count, Memory, Scaling, Workload};

use super::Running;

pub(super) fn check(running: &Running, diags: &mut Diagnostics) {
    check_workload(running.workload, diags);
    if let Some(service) = running.service
        && let Some(Count::Range(scaling)) = service.count.sound()
    {
        check_scaling(scaling, diags);
    }
}

fn reversed(least: i64, most: i64, place: Span, diags: &mut Diagnostics) {
    if least > most {
        let message = format!("the least, {least}, is more than the most, {most}");
        let fault = diags.report(code::REVERSED_RANGE, place, message);
        fault.hint("swap the two");
    }
}

fn check_workload(workload: &Workload, diags: &mut Diagnostics) {
    check_memory(&workload.memory, diags);
    for entry in workload.ulimits.value.sound_entries() {
        let limit = &entry.setting.value;
        reversed(limit.soft, limit.hard, entry.setting.span, diags);
    }
    for (_, sidecar) in workload.sidecars.value.sound() {
        check_memory(&sidecar.memory, diags);
    }
}

fn check_memory(memory: &Memory, diags: &mut Diagnostics) {
    let (Some(Some(limit)), Some(Some(reserve))) = (memory.limit.sound(), memory.reserve.sound()) else {
        return;
    };
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html: the limit is the larger one.
    if reserve.0 >= limit.0 {
        let message = format!(
            "what is reserved, {}, is not less than the limit, {}",
            reserve.show(),
            limit.show()
        );
        let fault = diags.report(code::REVERSED_RANGE, memory.reserve.span, message);
        fault.note(memory.limit.span, "the limit");
        fault.hint("leave `reserve` out to reserve the whole limit");
    }
}

fn check_scaling(scaling: &Scaling, diags: &mut Diagnostics) {
    let (Some(min), Some(max)) = (scaling.min.sound(), scaling.max.sound()) else {
        return;
    };
    reversed(min.0, max.0, scaling.min.span, diags);
    let (Some(cpu), Some(memory), Some(requests), Some(schedule)) = (
        scaling.cpu.sound(),
        scaling.memory.sound(),
        scaling.requests.sound(),
        scaling.schedule.sound(),
    ) else {
        return;
    };
    for shift in &schedule.0 {
        if let (Some(Some(least)), Some(Some(most))) = (shift.min.sound(), shift.max.sound()) {
            reversed(least.0, most.0, shift.min.span, diags);
        }
    }
    let measured = cpu.is_some() || memory.is_some() || requests.is_some();
    let queued = scaling.queue.is_given();
    if !measured && schedule.0.is_empty() && !queued && min.0 < max.0 {
        let message = "nothing says when the count changes, so it stays where it is";
        let fault = diags.report(code::SCALING_WITHOUT_TARGET, scaling.max.place(), message);
        fault.hint("add `cpu: 60%`, `memory: 70%`, `requests: 1000` or a `schedule:`");
    }
    if min.0 == 0 && max.0 > 0 && measured && schedule.0.is_empty() && !queued {
        let message = "a service of no copies uses no CPU and gets no requests: it never scales out again";
        let fault = diags.report(code::SCALE_TO_ZERO_DEAF, scaling.min.span, message);
        fault.hint("keep one copy: `min: 1`, or say when it comes back with `schedule:`");
        fault.suggest("write `1`", scaling.min.span, "1");
    }
}
