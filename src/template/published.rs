//! Values that another stack publishes under an SSM parameter name, and the template parameters that read them.

use std::collections::BTreeMap;

use crate::graph::Stack;
use crate::library::{Data, Target, Value, pascal};
use crate::source::Span;

use super::shape::Shape;

/// The parameters of one template that read published values, by SSM name and whether the value is a list.
pub(super) struct Published<'a> {
    parameters: BTreeMap<(&'a str, bool), Reader>,
}

/// One template parameter that reads a published value.
pub(super) struct Reader {
    pub(super) id: String,
    /// Where the stack first uses it.
    pub(super) span: Span,
}

impl<'a> Published<'a> {
    /// What a stack reads, each under a logical ID that nothing else in it has.
    pub(super) fn of(stack: &'a Stack) -> Published<'a> {
        let mut parameters = BTreeMap::new();
        for resource in &stack.resources {
            let attributes = resource.attributes.iter().map(|(_, value)| value);
            for value in attributes.chain([&resource.properties]) {
                find(value, &mut parameters);
            }
        }
        let inputs = stack.inputs.iter().map(|input| &*input.id);
        let mut taken: Vec<String> = inputs
            .chain(stack.resources.iter().map(|resource| &*resource.id))
            .map(str::to_string)
            .collect();
        taken.sort_unstable();
        for ((name, _), reader) in &mut parameters {
            let wanted = parameter_id(name);
            let numbered = (2..).map(|number| format!("{wanted}{number}"));
            let free = std::iter::once(wanted.clone()).chain(numbered).find_map(|id| {
                let place = taken.binary_search(&id).err()?;
                Some((place, id))
            });
            let (place, id) = free.expect("there are more numbers than names");
            taken.insert(place, id.clone());
            reader.id = id;
        }
        Published { parameters }
    }

    /// The logical ID of the parameter that reads a published value.
    pub(super) fn id(&self, name: &'a str, list: bool) -> &str {
        let reader = self.parameters.get(&(name, list));
        &reader.expect("every value of the stack was searched").id
    }

    pub(super) fn len(&self) -> usize {
        self.parameters.len()
    }

    pub(super) fn readers(&self) -> impl Iterator<Item = &Reader> {
        self.parameters.values()
    }

    /// The declarations, by logical ID.
    pub(super) fn declarations(&self) -> impl Iterator<Item = (&str, Shape<'a>)> {
        self.parameters.iter().map(|((name, list), reader)| {
            let kind = if *list { "List<String>" } else { "String" };
            let declaration = Shape::map([
                ("Type", Shape::text(format!("AWS::SSM::Parameter::Value<{kind}>"))),
                ("Default", Shape::text(*name)),
            ]);
            (&*reader.id, declaration)
        })
    }
}

/// The logical ID that reads the SSM parameter `name`, unless something else in the template has it already.
///
/// What a cluster publishes, `/loadline/<cluster>/v1/public/https`, is `ClusterPublicHttps`; what another stack of the
/// app does, `/loadline/<cluster>/apps/<app>/v1/JobsQueue.Arn`, is `AppJobsQueueArn`.
pub fn parameter_id(name: &str) -> String {
    own_id(name).unwrap_or_else(|| pascal(name))
}

fn own_id(name: &str) -> Option<String> {
    let (_cluster, below) = name.strip_prefix("/loadline/")?.split_once('/')?;
    if let Some(key) = below.strip_prefix("v1/") {
        return Some(format!("Cluster{}", pascal(key)));
    }
    let (_app, key) = below.strip_prefix("apps/")?.split_once("/v1/")?;
    Some(format!("App{}", pascal(key)))
}

fn find<'a>(value: &'a Value, found: &mut BTreeMap<(&'a str, bool), Reader>) {
    match &value.data {
        Data::List(values) | Data::Concat(values) => values.iter().for_each(|value| find(value, found)),
        Data::Map(fields) => fields.iter().for_each(|field| find(&field.value, found)),
        Data::Intrinsic(_, argument) => find(argument, found),
        Data::Reference(reference) => {
            if let Target::Published(name, list) = &reference.target {
                let unnamed = || Reader {
                    id: String::new(),
                    span: value.span,
                };
                found.entry((name, *list)).or_insert_with(unnamed);
            }
        }
        _ => {}
    }
}
