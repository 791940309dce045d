//! Variables of containers. In: a workload's arguments, in which they stand as written. Out: the same with expressions
//! evaluated; what is null then is no variable. Must not know where variables come from.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::Diagnostics;
use crate::library::types::{Mapping, Variable, VariableName};
use crate::library::{Data, Field, Value};
use crate::spec::Workload;
use crate::syntax::Content;

use super::body::expand;
use super::scope::Scope;

/// Evaluates the variables of a workload and of its sidecars; `granted` is what links add where nothing else is written.
pub(super) fn environments(
    arguments: &mut Value,
    workload: &Workload,
    granted: Vec<Field>,
    scope: &Scope<'_>,
    diags: &mut Diagnostics,
) {
    let Data::Map(fields) = &mut arguments.data else { return };
    for field in fields {
        match &**field.key {
            "environment" => {
                let mut own = variables(&workload.container.environment.value, scope, diags);
                let written: BTreeSet<Arc<str>> = own.iter().map(|field| Arc::clone(&field.key)).collect();
                let is_new = |field: &&Field| !field.value.is_null() && !written.contains(&*field.key.value);
                own.extend(granted.iter().filter(is_new).cloned());
                field.value.data = Data::Map(own);
            }
            "sidecars" => {
                let Data::Map(sidecars) = &mut field.value.data else {
                    continue;
                };
                for (name, sidecar) in workload.sidecars.value.sound() {
                    let written = sidecars.iter_mut().find(|field| *field.key == name.value);
                    let inner = written.and_then(|field| match &mut field.value.data {
                        Data::Map(inner) => inner.iter_mut().find(|field| &**field.key == "environment"),
                        _ => None,
                    });
                    if let Some(inner) = inner {
                        let own = variables(&sidecar.container.environment.value, scope, diags);
                        inner.value.data = Data::Map(own);
                    }
                }
            }
            _ => {}
        }
    }
}

fn variables(written: &Mapping<VariableName, Variable>, scope: &Scope<'_>, diags: &mut Diagnostics) -> Vec<Field> {
    let kept = written.sound().filter(|(_, variable)| !variable.is_removed());
    let evaluated = kept.map(|(name, variable)| Field {
        key: name.clone(),
        value: text(variable, scope, diags),
    });
    evaluated.filter(|field| !field.value.is_null()).collect()
}

/// A variable is text: a number stands as it was written, `1.10` and `0123` too.
fn text(variable: &Variable, scope: &Scope<'_>, diags: &mut Diagnostics) -> Value {
    let node = &variable.0;
    if let Content::Number(number) = &*node.content
        && node.tag.is_none()
    {
        return Value::text(node.span, number.text.clone());
    }
    let value = expand(node, scope, diags);
    match value.data {
        Data::Integer(number) => Value::text(value.span, number.to_string()),
        Data::Number(number) => Value::text(value.span, number.to_string()),
        Data::Bool(truth) => Value::text(value.span, truth.to_string()),
        _ => value,
    }
}
