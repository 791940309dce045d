//! Values that the language has and this version cannot do.

use crate::diag::Diagnostics;
use crate::spec::Strategy;
use crate::spec::block::report_later;
use crate::spec::container::LogDriver;

use super::Running;

pub(super) fn check(running: &Running, diags: &mut Diagnostics) {
    let driver = &running.workload.logs.driver;
    if let Some(other) = driver.sound().filter(|driver| **driver != LogDriver::Awslogs) {
        report_later(&format!("the driver `{}`", other.word()), driver.span, diags);
    }
    if let Some(service) = running.service {
        let strategy = &service.rollout.strategy;
        if let Some(other) = strategy.sound().filter(|strategy| **strategy != Strategy::Rolling) {
            report_later(&format!("the strategy `{}`", other.word()), strategy.span, diags);
        }
    }
}
