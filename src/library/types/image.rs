//! Names of images, as a container runtime reads them.

use std::sync::Arc;

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use crate::diag::{Diagnostics, code};
use crate::library::Value;
use crate::source::Span;
use crate::syntax::Node;

use super::{Text, Type, expected, fault, text_of};

/// An image somewhere else: `nginx:1.27`, `ghcr.io/acme/shop@sha256:…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image(pub Arc<str>);

/// A repository of a private registry of Amazon ECR, in whichever account and region it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivateRepository<'text> {
    /// The account that it belongs to: twelve digits.
    pub account: &'text str,
    /// Its region, such as `eu-west-1`.
    pub region: &'text str,
    /// Its name, which may have slashes.
    pub name: &'text str,
}

impl<'text> PrivateRepository<'text> {
    /// The repository of an image such as `111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/shop:v1`
    /// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html>); `None` for an image of another registry.
    pub fn of(image: &'text str) -> Option<PrivateRepository<'text>> {
        let (registry, image) = image.split_once('/')?;
        let (account, registry) = registry.split_once('.')?;
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let (service, registry) = registry.split_once("ecr")?;
        let (region, domain) = registry
            .strip_prefix("-fips")
            .unwrap_or(registry)
            .strip_prefix('.')?
            .split_once('.')?;
        if !matches!(service, "dkr." | "dkr-") || !domain.contains("aws") {
            return None;
        }
        let name = image.split('@').next()?;
        let name = name.split(':').next()?;
        Some(PrivateRepository { account, region, name })
    }
}

impl Type for Image {
    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "[:/@]"})
    }

    fn decode(node: &Node, diags: &mut Diagnostics) -> Option<Image> {
        let Some(text) = text_of(node) else {
            expected("an image such as `nginx:1.27`", node, diags);
            return None;
        };
        if !text.contains([':', '/', '@']) {
            let message = format!("`{text}` may be a repository of yours or an image of Docker Hub");
            let fault = fault(node, code::BARE_IMAGE, message, diags);
            fault.hint(format!(
                "write `{{repository: {text}}}` for your own, `{text}:` and a version for the other"
            ));
            if !text.is_empty() {
                fault.suggest(
                    format!("use your own repository `{text}`"),
                    node.span,
                    format!("{{repository: {text}}}"),
                );
            }
            return None;
        }
        Text::plain(text, node, diags).map(Image)
    }

    fn value(&self, span: Span) -> Value {
        Value::text(span, self.0.clone())
    }

    fn example() -> serde_json::Value {
        json!("nginx:1.27")
    }
}

#[cfg(test)]
mod tests {
    use super::PrivateRepository;

    #[test]
    fn private_repositories_are_told_from_others() {
        let of = |image| PrivateRepository::of(image).map(|found| (found.account, found.region, found.name));
        let shop = Some(("111122223333", "eu-west-1", "team/shop"));
        for image in [
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/shop:v1",
            "111122223333.dkr.ecr-fips.eu-west-1.amazonaws.com/team/shop@sha256:0123",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com.cn/team/shop:v1@sha256:0123",
            "111122223333.dkr-ecr.eu-west-1.on.aws/team/shop",
        ] {
            assert_eq!(of(image), shop, "{image}");
        }
        for image in [
            "nginx:1.27",
            "public.ecr.aws/nginx/nginx:1.27",
            "1234.dkr.ecr.eu-west-1.amazonaws.com/shop:v1",
            "111122223333.dkr.ecr.example.com/shop:v1",
        ] {
            assert_eq!(of(image), None, "{image}");
        }
    }
}
