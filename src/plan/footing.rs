//! What is declared of a cluster, for the forecast of rollouts. In: a spec. Out: a [`Footing`]. Must not know what is there.

use crate::rollout::forecast::declared::{Ground, Member, WhatIf, on_fargate};
use crate::spec::Spec;

/// What is declared of a cluster.
#[derive(Clone, Debug)]
pub struct Footing {
    /// The cluster.
    pub cluster: String,
    /// Its instances and all that runs on them; none without instances.
    pub ground: Option<Ground>,
    /// Its services on Fargate.
    pub fargate: Vec<Member>,
}

/// The footings of a project's clusters.
pub(super) fn of(spec: &Spec) -> Vec<Footing> {
    let clusters = spec.clusters.iter().enumerate();
    let footings = clusters.map(|(index, cluster)| Footing {
        cluster: cluster.name.to_string(),
        ground: Ground::of(spec, index, &WhatIf::default()).map(Ground::undecided),
        fargate: on_fargate(spec, index, &WhatIf::default()),
    });
    footings.collect()
}

impl Footing {
    /// What is declared of a service, by its app and its name there.
    pub fn member(&self, app: &str, name: &str) -> Option<&Member> {
        let ground = self.ground.iter().flat_map(|ground| &ground.members);
        let mut all = ground.chain(&self.fargate);
        all.find(|member| *member.app == *app && *member.own == *name)
    }
}
