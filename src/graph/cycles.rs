//! Resources of one stack that need each other in a circle: CloudFormation refuses such a template.

use std::collections::BTreeMap;

use crate::diag::{Diagnostics, code};
use crate::library::{Data, Reference, Target, Value};

use super::model::{Graph, Resource, Stack};

/// Reports each circle once.
pub(super) fn check(graph: &Graph, diags: &mut Diagnostics) {
    for stack in &graph.stacks {
        let needs = needs(stack);
        let mut state = vec![State::Unseen; stack.resources.len()];
        for start in 0..stack.resources.len() {
            search(start, stack, &needs, &mut state, diags);
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Unseen,
    Open,
    Done,
}

/// Walks the needs from `start` with a stack of its own, since a chain may be as long as the template.
fn search(start: usize, stack: &Stack, needs: &[Vec<usize>], state: &mut [State], diags: &mut Diagnostics) {
    if state[start] != State::Unseen {
        return;
    }
    let mut path: Vec<(usize, usize)> = vec![(start, 0)];
    state[start] = State::Open;
    while let Some((at, next)) = path.last_mut() {
        let Some(need) = needs[*at].get(*next).copied() else {
            state[*at] = State::Done;
            path.pop();
            continue;
        };
        *next += 1;
        match state[need] {
            State::Unseen => {
                state[need] = State::Open;
                path.push((need, 0));
            }
            State::Open => {
                let from = path.iter().position(|(open, _)| *open == need).expect("it is open");
                let circle: Vec<&Resource> = path[from..].iter().map(|(open, _)| &stack.resources[*open]).collect();
                report(&circle, diags);
            }
            State::Done => {}
        }
    }
}

fn report(circle: &[&Resource], diags: &mut Diagnostics) {
    let mut names: Vec<String> = circle.iter().map(|resource| format!("`{}`", resource.id)).collect();
    names.push(names[0].clone());
    let message = match circle {
        [only] => format!("the resource `{}` needs itself", only.id),
        _ => format!("resources need each other in a circle: {}", names.join(" → ")),
    };
    let first = &circle[0].origin;
    let fault = diags.report(code::RESOURCE_CYCLE, first.user, message);
    fault.hint("take out one of the references, or one `DependsOn`");
    for (resource, next) in circle.iter().zip(&names[1..]) {
        let needs = format!("needs {next}");
        if resource.origin.body == first.user {
            fault.label(needs);
        } else {
            fault.note(resource.origin.body, format!("`{}` {needs}", resource.id));
        }
    }
}

/// For each resource, those it refers to or depends on.
fn needs(stack: &Stack) -> Vec<Vec<usize>> {
    // Which of two resources with one ID is meant is unknown, and another fault.
    let mut index: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    for (resource, at) in stack.resources.iter().zip(0..) {
        let place = index.entry(&*resource.id);
        place.and_modify(|known| *known = None).or_insert(Some(at));
    }
    let mut all = Vec::new();
    for resource in &stack.resources {
        let mut needed = Vec::new();
        let mut add = |id: &str| needed.extend(index.get(id).copied().flatten());
        collect(&resource.properties, &mut add);
        for (name, value) in &resource.attributes {
            match (&**name, &value.data) {
                ("DependsOn", Data::List(items)) => items.iter().filter_map(Value::as_text).for_each(&mut add),
                ("DependsOn", Data::Text(id)) => add(id),
                _ => collect(value, &mut add),
            }
        }
        all.push(needed);
    }
    all
}

fn collect(value: &Value, add: &mut impl FnMut(&str)) {
    match &value.data {
        Data::Reference(Reference {
            target: Target::Resource(_, id),
            ..
        }) => add(id),
        Data::List(items) | Data::Concat(items) => items.iter().for_each(|item| collect(item, add)),
        Data::Map(fields) => fields.iter().for_each(|field| collect(&field.value, add)),
        Data::Intrinsic(_, argument) => collect(argument, add),
        _ => {}
    }
}
