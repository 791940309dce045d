//! How a cluster's instances are replaced: only within what Auto Scaling takes.

use crate::diag::{Diagnostics, code};
use crate::rollout::refresh::Refresh;
use crate::spec::{Cluster, Roll};

pub(super) fn check(cluster: &Cluster, diags: &mut Diagnostics) {
    let instances = cluster.capacity.instances.sound().and_then(Option::as_ref);
    if let Some(roll) = instances.and_then(|instances| instances.roll.sound()) {
        check_roll(roll, diags);
    }
}

fn check_roll(roll: &Roll, diags: &mut Diagnostics) {
    let (Some(healthy), Some(surge)) = (roll.healthy.sound(), roll.surge.sound()) else {
        return;
    };
    let (healthy, surge) = (healthy.0, surge.0);
    let refresh = Refresh {
        healthy,
        most: Some(100 + surge),
    };
    if refresh.is_valid() {
        return;
    }
    let (least, most) = (healthy, 100 + surge);
    let message = format!(
        "between {least}% and {most}% of the instances lie {}%, and Auto Scaling takes no more than 100%",
        most - least
    );
    if roll.surge.is_given() {
        let fault = diags.report(code::ROLL_TOO_WIDE, roll.surge.span, message);
        fault.note(roll.healthy.place(), "what stays in service");
        fault.hint(format!("write `surge: {healthy}%`, or raise `healthy` to {surge}%"));
        fault.suggest(format!("write `{healthy}%`"), roll.surge.span, format!("{healthy}%"));
    } else {
        let fault = diags.report(code::ROLL_TOO_WIDE, roll.healthy.span, message);
        fault.label(format!("without `surge:` up to {surge}% are added"));
        fault.hint(format!("add `surge: {healthy}%`, or raise this to {surge}%"));
        fault.suggest(format!("write `{surge}%`"), roll.healthy.span, format!("{surge}%"));
    }
}
