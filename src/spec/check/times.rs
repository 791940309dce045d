//! The load balancer's checks: an answer must be due before the next question. A probe may take longer than its interval, since
//! the next one starts when it has ended: <https://docs.docker.com/reference/dockerfile/#healthcheck>.

use crate::diag::{Diagnostics, code};
use crate::library::types::{Seconds, Setting};

use super::Running;

pub(super) fn check(running: &Running, diags: &mut Diagnostics) {
    if let Some(service) = running.service
        && let Some(Some(health)) = service.health.sound()
    {
        check_pair(&health.timeout, &health.interval, diags);
    }
}

fn check_pair<const A: i64, const B: i64, const C: i64, const D: i64>(
    timeout: &Setting<Seconds<A, B>>,
    interval: &Setting<Seconds<C, D>>,
    diags: &mut Diagnostics,
) {
    let (Some(short), Some(long)) = (timeout.sound(), interval.sound()) else {
        return;
    };
    if short.0 < long.0 {
        return;
    }
    let (place, other, what) = match timeout.is_given() {
        true => (timeout.span, interval.span, "the interval"),
        false => (interval.span, timeout.span, "the timeout"),
    };
    let message = format!(
        "a timeout of {} is not shorter than the interval of {}",
        short.show(),
        long.show()
    );
    let fault = diags.report(code::HEALTH_TIMEOUT, place, message);
    if timeout.is_given() && interval.is_given() {
        fault.note(other, what);
    }
    fault.hint(format!(
        "raise the interval to more than {}, or lower the timeout",
        short.show()
    ));
}
