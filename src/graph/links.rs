//! Links: what a service or task may use, as policy statements and variables. In: the links of a workload and what its app
//! has made so far. Out: what they grant. Must not know which components there are.

use std::sync::Arc;

use crate::diag::code;
use crate::library::{Data, Field, Value};
use crate::source::Spanned;
use crate::spec::{Calls, Workload};

use super::engine::Engine;
use super::evaluate::{quoted, unknown};
use super::unit::{Named, identity};

/// What the links of a service or task give it.
#[derive(Default)]
pub(super) struct Granted {
    /// Policy statements of its role.
    pub policy: Vec<Value>,
    /// Variables.
    pub environment: Vec<Field>,
}

/// What links grant; a name or an access that is not there is reported.
pub(super) fn grants(engine: &mut Engine<'_>, workload: &Workload, links: &Calls, others: &[Named]) -> Granted {
    let mut granted = Granted::default();
    for link in &workload.links.entries {
        let Some(access) = link.setting.sound() else { continue };
        let (to, access) = (&link.name, Spanned::new(Arc::clone(&access.0), link.setting.span));
        if links.service(to).is_some() {
            // A service is found by its name in the cluster's namespace.
            if &*access.value != "call" {
                unknown(&access, ["call"].into_iter(), "is no access of a service", engine.diags);
            } else if let Some(address) = address(links, to) {
                granted.environment.push(Field {
                    key: Spanned::new(format!("{}_URL", shout(to)).into(), to.span),
                    value: Value::text(to.span, address),
                });
            }
            continue;
        }
        // The spec has reported a name that is neither.
        let Some(target) = others.iter().find(|other| other.name == to.value) else {
            continue;
        };
        let grant = target.made.access.iter().find(|field| **field.key == *access.value);
        let Some(grant) = grant else {
            let known: Vec<&str> = target.made.access.iter().map(|field| &**field.key).collect();
            if known.is_empty() {
                let message = format!("`{}` has nothing to grant", to.value);
                engine
                    .diags
                    .report(code::UNKNOWN_REFERENCE, access.span, message)
                    .hint("its component has no `access`");
            } else {
                let what = format!("is no access of `{}`; it has {}", to.value, quoted(&known));
                unknown(&access, known.into_iter(), &what, engine.diags);
            }
            continue;
        };
        if let Some(Data::List(statements)) = grant.value.get("policy").map(|policy| &policy.data) {
            granted.policy.extend(statements.iter().cloned());
        }
        if let Some(Data::Map(fields)) = grant.value.get("environment").map(|fields| &fields.data) {
            granted.environment.extend(fields.iter().map(|field| Field {
                key: Spanned::new(format!("{}_{}", shout(to), *field.key).into(), to.span),
                value: field.value.clone(),
            }));
        }
    }
    granted
}

/// Where a service of the app is found: its name in the cluster's namespace, which apps share, and its port.
fn address(links: &Calls, name: &str) -> Option<String> {
    let entry = links.service(name)?;
    let service = entry.setting.sound()?;
    let port = service.port.sound()?.as_ref()?.container.sound()?.0;
    let identity = identity(&service.workload, &entry.name);
    Some(format!("http://{identity}.{}:{port}", links.app.name))
}

/// `image-jobs` as an environment variable begins: `IMAGE_JOBS`.
fn shout(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}
