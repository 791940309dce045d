//! Which requests a service answers: `shop.example.com/`, `/api`, `*.example.com/v1`.

use std::sync::Arc;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::{Diagnostics, code};
use crate::library::{Data, Value};
use crate::source::Span;
use crate::syntax::Node;

use super::{Type, expected, fault, text_of};

/// A host and a path, either of them perhaps missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The host, in lowercase, perhaps with `*` for its first label; `None` for any.
    pub host: Option<Arc<str>>,
    /// The path, begun by `/` and without one at its end; `None` for all.
    pub path: Option<Arc<str>>,
    /// The TCP port of a network load balancer, in place of host and path.
    pub tcp: Option<u16>,
}

/// A host: labels of letters, digits and hyphens, the first perhaps `*`.
fn host(text: &str) -> Option<Arc<str>> {
    let lower = text.to_ascii_lowercase();
    let labels: Vec<&str> = lower.split('.').collect();
    let label = |label: &str| {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && label.bytes().all(inside) && !label.starts_with('-') && !label.ends_with('-')
    };
    let first = labels[0] == "*" || label(labels[0]);
    let named = first && labels.len() > 1 && labels[1..].iter().all(|text| label(text));
    // 128 characters is the most of a rule's value:
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
    (named && lower.len() <= 128).then(|| lower.into())
}

/// A path: `Ok(None)` for `/`. Errors with what is wrong.
fn path(text: &str) -> Result<Option<Arc<str>>, &'static str> {
    let trimmed = text.trim_end_matches('/');
    if trimmed.is_empty() {
        return Ok(None);
    }
    if trimmed.contains(['*', '?']) {
        return Err("a path is a prefix and takes no `*` or `?`");
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.$/~\"'@:+&%!,;=()".contains(&byte);
    if !trimmed.starts_with('/') || !trimmed.bytes().all(allowed) || trimmed.contains("//") {
        return Err("a path is begun by `/` and made of words between single `/`");
    }
    if trimmed.len() > 126 {
        return Err("a path has at most 126 characters");
    }
    Ok(Some(trimmed.into()))
}

impl Route {
    /// The route of these parts, as the long form gives them.
    pub fn of_parts(
        named: Option<(&str, Span)>,
        prefix: Option<(&str, Span)>,
        diags: &mut Diagnostics,
    ) -> Option<Route> {
        let mut route = Route {
            host: None,
            path: None,
            tcp: None,
        };
        if let Some((text, span)) = named {
            route.host = host(text);
            if route.host.is_none() {
                let fault = diags.report(code::BAD_ROUTE, span, format!("`{text}` is no host"));
                fault.hint("write a name such as `shop.example.com` or `*.example.com`");
                return None;
            }
        }
        if let Some((text, span)) = prefix {
            match path(text) {
                Ok(path) => route.path = path,
                Err(why) => {
                    diags.report(code::BAD_ROUTE, span, why);
                    return None;
                }
            }
        }
        Some(route)
    }

    /// As a user would write it.
    pub fn show(&self) -> String {
        match self.tcp {
            Some(port) => format!("tcp:{port}"),
            None => {
                let host = self.host.as_deref().unwrap_or("");
                format!("{host}{}", self.path.as_deref().unwrap_or("/"))
            }
        }
    }

    /// Whether each request that `other` answers is one of this too.
    pub fn covers(&self, other: &Route) -> bool {
        let host = match (&self.host, &other.host) {
            (None, _) => true,
            (Some(own), Some(other)) => own == other || own.strip_prefix('*').is_some_and(|end| other.ends_with(end)),
            (Some(_), None) => false,
        };
        let path = match (&self.path, &other.path) {
            (None, _) => true,
            (Some(own), Some(other)) => other
                .strip_prefix(&**own)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            (Some(_), None) => false,
        };
        host && path && self.tcp == other.tcp
    }
}

impl Type for Route {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "minLength": 1})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Route> {
        let Some(text) = text_of(node).filter(|text| !text.is_empty()) else {
            expected("a route such as `shop.example.com/` or `/api`", node, diags);
            return None;
        };
        let bad = |why: &str, diags: &mut Diagnostics| {
            fault(node, code::BAD_ROUTE, why, diags).hint("write `host/path`, `host` or `/path`");
        };
        if let Some(port) = text.strip_prefix("tcp:") {
            let port = port.parse().ok().filter(|port| *port > 0);
            if port.is_none() {
                bad(&format!("`{text}` names no port"), diags);
            }
            return port.map(|port| Route {
                host: None,
                path: None,
                tcp: Some(port),
            });
        }
        if text.contains("${") {
            let fault = fault(node, code::MISPLACED_EXPRESSION, "no expression may stand here", diags);
            fault.hint("write the host and path; per cluster, they can differ under `clusters:`");
            return None;
        }
        if let Some((scheme, rest)) = text.split_once("://") {
            let message = format!("a route has no scheme, `{scheme}://` says too much");
            let fault = fault(node, code::BAD_ROUTE, message, diags);
            let written = match rest.starts_with('*') {
                true => format!("\"{rest}\""),
                false => rest.to_string(),
            };
            fault.fix(format!("write `{rest}`"), node.span, written);
            return None;
        }
        let slash = text.find('/').unwrap_or(text.len());
        let (named, rest) = text.split_at(slash);
        let host = match named {
            "" => None,
            named => match host(named) {
                Some(host) => Some(host),
                None => {
                    bad(&format!("`{named}` is no host"), diags);
                    return None;
                }
            },
        };
        match path(rest) {
            Ok(path) => Some(Route { host, path, tcp: None }),
            Err(why) => {
                let fault = fault(node, code::BAD_ROUTE, why, diags);
                fault.hint("write `host/path`, `host` or `/path`");
                // What a load balancer's own rules would say.
                if let Some(prefix) = text.strip_suffix("/*").filter(|prefix| !prefix.contains(['*', '?'])) {
                    let meant = if prefix.contains('/') {
                        prefix.to_string()
                    } else {
                        format!("{prefix}/")
                    };
                    let title = format!("write `{meant}`");
                    fault.hint(title.clone()).suggest(title, node.span, meant);
                }
                None
            }
        }
    }

    fn value(&self, span: Span) -> Value {
        let maybe = |text: &Option<Arc<str>>| match text {
            Some(text) => Value::text(span, text.clone()),
            None => Value::new(span, Data::Null),
        };
        let list = |items: Vec<Value>| Value::new(span, Data::List(items));
        let hosts = match &self.host {
            Some(host) => list(vec![Value::text(span, host.clone())]),
            None => Value::new(span, Data::Null),
        };
        let paths = match (&self.path, &self.host) {
            (Some(path), _) => list(vec![
                Value::text(span, path.clone()),
                Value::text(span, format!("{path}/*")),
            ]),
            (None, Some(_)) => Value::new(span, Data::Null),
            // A rule of a listener must have a condition.
            (None, None) => list(vec![Value::text(span, "/*")]),
        };
        Value::map(
            span,
            [
                ("host", maybe(&self.host)),
                ("path", maybe(&self.path)),
                ("hosts", hosts),
                ("paths", paths),
            ],
        )
    }

    fn example() -> serde_json::Value {
        json!("shop.example.com/")
    }
}
