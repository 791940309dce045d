//! All components of a run by name: the user's first, then the stdlib's, which are read when first asked for.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::diag::{Diagnostics, code};
use crate::source::Sources;
use crate::syntax::{self, Node};

use super::component::Component;
use super::stdlib;

/// The components of a run.
#[derive(Debug, Default)]
pub struct Library {
    components: BTreeMap<String, Rc<Component>>,
}

impl Library {
    /// Takes in a user's component. One that has the name of another is reported, and the first stays.
    pub fn add(&mut self, node: &Node, diags: &mut Diagnostics) {
        let component = Component::read(node, diags);
        let name = component.name.to_string();
        if name.is_empty() {
            return;
        }
        if stdlib::text(&name).is_some() {
            let message = format!("the standard library has a component `{name}`");
            diags
                .report(code::RESERVED_NAME, component.name.span, message)
                .hint(format!(
                    "choose another, such as `my-{name}`, here and where it is used"
                ));
            return;
        }
        if let Some(first) = self.components.get(&name) {
            let message = format!("the component `{name}` is declared twice");
            diags
                .report(code::DUPLICATE_DOCUMENT, component.name.span, message)
                .note(first.name.span, "first here")
                .hint("give one of them another name");
            return;
        }
        self.components.insert(name, Rc::new(component));
    }

    /// The component of this name; reads it from the stdlib when it is the first time.
    pub fn get(&mut self, name: &str, sources: &mut Sources, diags: &mut Diagnostics) -> Option<Rc<Component>> {
        if let Some(found) = self.components.get(name) {
            return Some(Rc::clone(found));
        }
        let text = stdlib::text(name)?;
        let file = sources.add(format!("std:{name}.yml"), text);
        let documents = syntax::parse(file, text, diags);
        let component = Rc::new(Component::read(documents.first()?, diags));
        self.components.insert(name.to_string(), Rc::clone(&component));
        Some(component)
    }

    /// The names of all components, the user's and the stdlib's.
    pub fn names(&self) -> Vec<&str> {
        let own = self.components.keys().map(String::as_str);
        let mut names: Vec<&str> = own.chain(stdlib::FILES.iter().map(|(name, _)| *name)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}
