//! Services in the order in which they call each other: who is called is there first.

use std::sync::Arc;

use crate::library::{Data, Value};
use crate::source::Span;

use super::engine::Engine;
use super::scope::Member;

/// One service that calls another: their resources, and the line of the link.
pub(super) struct Call {
    pub from: Vec<Member>,
    pub to: Vec<Member>,
    pub span: Span,
}

impl Engine<'_> {
    /// Makes each caller's service depend on the service it calls: the proxy of Service Connect only knows what was there
    /// when its task started (ECS guide, "Service Connect concepts: deployment order"). Where services call each other in
    /// a circle, the last link of the circle gives no order.
    pub fn order(&mut self, calls: &[Call]) {
        let mut edges: Vec<(Arc<str>, Arc<str>)> = Vec::new();
        for call in calls {
            let (Some(from), Some(to)) = (self.service_of(&call.from), self.service_of(&call.to)) else {
                continue;
            };
            if from.stack != to.stack || reaches(&to.id, &from.id, &edges) {
                continue;
            }
            edges.push((Arc::clone(&from.id), Arc::clone(&to.id)));
            let mut resources = self.graph.stacks[from.stack].resources.iter_mut();
            let resource = resources.find(|resource| resource.id == from.id);
            let attributes = &mut resource.expect("it was just found").attributes;
            let id = Value::text(call.span, Arc::clone(&to.id));
            match attributes.iter_mut().find(|(name, _)| &**name == "DependsOn") {
                Some((
                    _,
                    Value {
                        data: Data::List(ids), ..
                    },
                )) => ids.push(id),
                Some((_, value)) => *value = Value::new(call.span, Data::List(vec![id])),
                None => attributes.insert(0, ("DependsOn".into(), Value::new(call.span, Data::List(vec![id])))),
            }
        }
    }

    fn service_of(&self, members: &[Member]) -> Option<Member> {
        let is_service = |member: &&Member| {
            let mut resources = self.graph.stacks[member.stack].resources.iter();
            resources.any(|resource| resource.id == member.id && &**resource.kind == "AWS::ECS::Service")
        };
        members.iter().find(is_service).cloned()
    }
}

/// Whether a chain of edges leads from one service to another, or they are the same.
fn reaches(from: &Arc<str>, to: &Arc<str>, edges: &[(Arc<str>, Arc<str>)]) -> bool {
    let mut seen = vec![from];
    let mut at = 0;
    while let Some(service) = seen.get(at).copied() {
        if service == to {
            return true;
        }
        let next = edges.iter().filter(|(start, _)| start == service).map(|(_, end)| end);
        let next: Vec<&Arc<str>> = next.filter(|end| !seen.contains(end)).collect();
        seen.extend(next);
        at += 1;
    }
    false
}
