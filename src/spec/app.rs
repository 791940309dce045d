//! The app document: services and tasks, and the components they use.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::{Diagnostics, code};
use crate::library::types::{
    ClusterName, Label, Mapping, Name, Raw, TagName, Type, Variable, VariableName, expected, fault, schema_of,
};
use crate::library::{Data, Value};
use crate::source::{Span, Spanned};
use crate::syntax::Node;

use super::block::{self, block};
use super::container::{Picture, SecretSource};
use super::service::Service;
use super::task::Task;

block! {
    /// An app: services and tasks that are deployed together onto a cluster.
    pub struct AppDocument "app" needs ["cluster", "clusters"] {
        /// Its name.
        @engine app: ClusterName,
        /// The cluster it runs on.
        @engine cluster: Option<ClusterName> = null,
        /// The clusters it runs on, each with what is different there: mappings merge by key, all else replaces, `null`
        /// deletes.
        @engine clusters: Option<Mapping<ClusterName, Overlay>> = null,
        /// The image of all services and tasks that have none of their own.
        image: Option<Picture> = null,
        /// Variables of all services and tasks. Values may hold `${component.export}`.
        environment: Mapping<VariableName, Variable> = {},
        /// Variables whose values are secrets, of all services and tasks.
        secrets: Mapping<VariableName, SecretSource> = {},
        /// Queues, tables, buckets and what else the app uses.
        @engine components: Mapping<Name, Use> = {},
        /// What runs all the time.
        @engine services: Mapping<Name, Service> = {},
        /// What runs to its end.
        @engine tasks: Mapping<Name, Task> = {},
        /// Changes to the CloudFormation that comes of it, by the component's local names; `null` deletes.
        @engine r#override: Raw = {},
        /// Other CloudFormation resources in the app's stack, by logical ID.
        @engine resources: Raw = {},
        /// Tags of all its resources.
        tags: Mapping<TagName, Label> = {},
    }
}

/// What is different on one of an app's clusters. It is read once it lies over the app.
#[derive(Clone, Debug)]
pub struct Overlay;

/// The name of the overlay's schema: an app of which nothing must be there and anything may be null.
pub(super) const OVERLAY: &str = "overlay";

impl Type for Overlay {
    fn title() -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed(OVERLAY))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        // The module of schemas puts the app's fields in here, when it has them all.
        json_schema!({"type": ["object", "null"]})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Overlay> {
        if node.tag.is_none() && (node.map().is_some() || node.is_null()) {
            return Some(Overlay);
        }
        expected("a mapping", node, diags);
        None
    }

    fn value(&self, span: Span) -> Value {
        Value::new(span, Data::Null)
    }

    fn example() -> serde_json::Value {
        json!({})
    }
}

/// A component in use: its name, and arguments that its own declaration types.
#[derive(Clone, Debug)]
pub struct Use {
    /// The component.
    pub component: Spanned<Arc<str>>,
    /// The whole mapping, `use` and arguments.
    pub node: Node,
}

impl Type for Use {
    fn title() -> Option<Cow<'static, str>> {
        Some(Cow::Borrowed("use"))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let mut name = schema_of::<Name>(generator);
        name.insert("description".to_string(), json!("The component."));
        json_schema!({
            "description": "A component in use, with its arguments.",
            "type": "object",
            "properties": {"use": name},
            "required": ["use"],
        })
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Use> {
        let Some(map) = node.map().filter(|_| node.tag.is_none()) else {
            if let (Some(text), Some(fault)) = (node.text(), expected("a mapping", node, diags)) {
                let text = format!("{{use: {text}}}");
                fault.suggest(format!("write `{text}`"), node.span, text);
            }
            return None;
        };
        let Some(name) = map.get("use") else {
            let place = Node {
                span: block::place_of(node),
                ..node.clone()
            };
            fault(&place, code::MISSING_KEY, "`use` is missing", diags).hint("name the component: `use: queue`");
            return None;
        };
        let component = Name::<40>::decode(name, diags)?;
        Some(Use {
            component: Spanned::new(component.0, name.span),
            node: node.clone(),
        })
    }

    fn value(&self, span: Span) -> Value {
        Value::new(span, Data::Unknown)
    }

    fn example() -> serde_json::Value {
        json!({"use": "queue"})
    }
}
