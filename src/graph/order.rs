//! Services in the order in which they call each other: who is called is there first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::library::{Data, Value};
use crate::source::Span;

use super::engine::Engine;
use super::model::Resource;
use super::scope::Member;
use super::unit::Named;

/// One service that calls another: both by their place among the instances, and the line of the link.
pub(super) struct Call {
    pub from: usize,
    pub to: usize,
    pub span: Span,
}

impl Engine<'_> {
    /// Makes each caller's service depend on the service it calls: the proxy of Service Connect only knows what was there
    /// when its task started (ECS guide, "Service Connect concepts: deployment order"). Where services call each other in
    /// a circle, one link of the circle gives no order.
    pub fn order(&mut self, calls: &[Call], instances: &[Named]) {
        let services = self.services(calls, instances);
        let both = |call: &&Call| match (services.get(&call.from), services.get(&call.to)) {
            (Some((from, _, _)), Some((to, _, _))) => from == to,
            _ => false,
        };
        let calls: Vec<&Call> = calls.iter().filter(both).collect();
        let closing = closing(&calls, instances.len());
        for (call, _) in calls.iter().zip(closing).filter(|(_, closes)| !closes) {
            let (stack, at, _) = services[&call.from];
            let id = Value::text(call.span, Arc::clone(&services[&call.to].2));
            depend(&mut self.graph.stacks[stack].resources[at], id, call.span);
        }
    }

    /// Where each instance has its service, with the service's logical ID.
    fn services(&self, calls: &[Call], instances: &[Named]) -> BTreeMap<usize, (usize, usize, Arc<str>)> {
        let called: BTreeSet<usize> = calls.iter().flat_map(|call| [call.from, call.to]).collect();
        let members = |instance: usize| instances[instance].made.members.iter();
        let stacks: BTreeSet<usize> = called.iter().flat_map(|at| members(*at)).map(|of| of.stack).collect();
        let mut places = BTreeMap::new();
        for stack in stacks {
            let resources = self.graph.stacks[stack].resources.iter().enumerate();
            let services = resources.filter(|(_, resource)| &**resource.kind == "AWS::ECS::Service");
            places.extend(services.map(|(at, resource)| ((stack, &*resource.id), at)));
        }
        let place = |of: &Member| Some((of.stack, *places.get(&(of.stack, &*of.id))?, Arc::clone(&of.id)));
        let found = called
            .into_iter()
            .filter_map(|instance| Some((instance, members(instance).find_map(place)?)));
        found.collect()
    }
}

fn depend(resource: &mut Resource, id: Value, span: Span) {
    let attributes = &mut resource.attributes;
    match attributes.iter_mut().find(|(name, _)| &**name == "DependsOn") {
        Some((
            _,
            Value {
                data: Data::List(ids), ..
            },
        )) => ids.push(id),
        Some((_, value)) => *value = Value::new(span, Data::List(vec![id])),
        None => attributes.insert(0, ("DependsOn".into(), Value::new(span, Data::List(vec![id])))),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Unseen,
    Open,
    Done,
}

/// Of each call, whether it closes a circle: a walk along the calls comes back by it to where it still is.
fn closing(calls: &[&Call], instances: usize) -> Vec<bool> {
    let mut leaving = vec![Vec::new(); instances];
    for (number, call) in calls.iter().enumerate() {
        leaving[call.from].push(number);
    }
    let mut state = vec![State::Unseen; instances];
    let mut closing = vec![false; calls.len()];
    for start in 0..instances {
        // A stack of its own, since a chain of calls may be as long as the app.
        let mut path = Vec::new();
        if state[start] == State::Unseen {
            state[start] = State::Open;
            path.push((start, 0));
        }
        while let Some((at, next)) = path.last_mut() {
            let Some(number) = leaving[*at].get(*next).copied() else {
                state[*at] = State::Done;
                path.pop();
                continue;
            };
            *next += 1;
            let to = calls[number].to;
            match state[to] {
                State::Unseen => {
                    state[to] = State::Open;
                    path.push((to, 0));
                }
                State::Open => closing[number] = true,
                State::Done => {}
            }
        }
    }
    closing
}
