//! The forecast of each cluster of a project. In: a [`Spec`], what-ifs. Out: a [`Forecast`] a cluster. Must not print.

use std::sync::Arc;

use crate::spec::Spec;

use super::declared::WhatIf;
use super::mend::Way;
use super::outlook::Outlook;
use super::row::{Row, on_fargate};

/// The forecast of one cluster.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// The cluster.
    pub name: Arc<str>,
    /// Its place in [`Spec::clusters`].
    pub index: usize,
    /// Of what runs on instances.
    pub outlook: Option<Outlook>,
    /// Of what runs on Fargate.
    pub fargate: Vec<Row>,
    /// The fewest instances with which all converges and survives a zone, with the fewest and the most copies, where that was
    /// asked.
    pub minimum: Option<(Option<i64>, Option<i64>)>,
}

impl Forecast {
    /// Its services, those on instances first.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        let own = self.outlook.iter().flat_map(|outlook| &outlook.rows);
        own.chain(&self.fargate)
    }

    /// The same, to add to them.
    pub fn rows_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        let own = self.outlook.iter_mut().flat_map(|outlook| &mut outlook.rows);
        own.chain(&mut self.fargate)
    }

    /// Whether a deployment is refused.
    pub fn is_refused(&self) -> bool {
        self.outlook.as_ref().is_some_and(Outlook::is_refused) || self.rows().any(|row| row.refused)
    }
}

/// The forecasts of all clusters on which services run, with all that would help.
pub fn of(spec: &Spec, what_if: &WhatIf) -> Vec<Forecast> {
    let mut forecasts = judged(spec, what_if);
    for one in &mut forecasts {
        let Some(outlook) = &mut one.outlook else { continue };
        for at in 0..outlook.rows.len() {
            let repairs = outlook.repairs(at, spec, one.index, what_if);
            outlook.rows[at].ways.extend(repairs.into_iter().map(Way::from));
        }
    }
    forecasts
}

/// The same without looking for what would help.
pub fn judged(spec: &Spec, what_if: &WhatIf) -> Vec<Forecast> {
    let clusters = spec.clusters.iter().enumerate().map(|(index, cluster)| Forecast {
        name: Arc::clone(&cluster.name),
        index,
        outlook: Outlook::of(spec, index, what_if).filter(|outlook| !outlook.rows.is_empty()),
        fargate: on_fargate(spec, index, what_if),
        minimum: None,
    });
    clusters.filter(|one| one.rows().next().is_some()).collect()
}
