//! What AWS has published of machine images. In: the parameter that names the newest. Out: names, dates, versions by the ID of
//! an image. Who may not read it knows the IDs only.
//!
//! Sources: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html>,
//! <https://bottlerocket.dev/en/os/latest/#/install/quickstart/aws/ecs/>.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cloud::Cloud;
use crate::cloud::outside::Parameter;
use crate::operate::patience::all;

/// A machine image, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// Its ID.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// When it was made, `2026-01-05`.
    pub date: Option<String>,
    /// The version of the ECS agent in it.
    pub agent: Option<String>,
    /// The version of Docker in it, in AWS's words.
    pub docker: Option<String>,
    /// The version of the kernel in it.
    pub kernel: Option<String>,
}

/// The images of one family and architecture, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    images: Vec<Image>,
}

/// Reads it; what is refused is not known.
pub(super) async fn read<C: Cloud>(published: &str, cloud: &C) -> Catalogue {
    let amazon = published.strip_suffix("/recommended/image_id");
    let bottlerocket = published.strip_suffix("/latest/image_id");
    let (folder, deep) = match (amazon, bottlerocket) {
        (Some(folder), _) => (folder, false),
        (_, Some(folder)) => (folder, true),
        _ => return Catalogue::default(),
    };
    let below = all(cloud, async |cloud: &C, page| {
        cloud.parameters_below(folder, deep, page).await
    });
    let below = below.await.unwrap_or_default();
    let mut images: BTreeMap<String, Image> = BTreeMap::new();
    for parameter in &below {
        let Some(image) = (if deep {
            of_bottlerocket(folder, parameter)
        } else {
            of_amazon(parameter)
        }) else {
            continue;
        };
        let known = images.entry(image.id.clone()).or_default();
        if known.name.is_none() {
            *known = image;
        }
    }
    let mut images: Vec<Image> = images.into_values().collect();
    images.sort_by_key(order);
    Catalogue { images }
}

/// By what images are put in order: the date, or the numbers of the version.
fn order(image: &Image) -> (Option<String>, Vec<u64>) {
    let name = image.name.as_deref().unwrap_or_default();
    let numbers = name.split(|letter: char| !letter.is_ascii_digit());
    let numbers = numbers.filter_map(|part| part.parse().ok());
    (image.date.clone(), numbers.collect())
}

/// `…/amazon-linux-2023/al2023-ami-ecs-hvm-2023.0.20260105-kernel-6.1-arm64` holds JSON.
fn of_amazon(parameter: &Parameter) -> Option<Image> {
    let about: Value = serde_json::from_str(&parameter.value).ok()?;
    let field = |key: &str| about[key].as_str().map(str::to_string);
    let name = field("image_name");
    let mut parts = name.iter().flat_map(|name| name.split(['.', '-']));
    let date = parts.find(|part| part.len() == 8 && part.bytes().all(|byte| byte.is_ascii_digit()));
    let date = date.map(|date| format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]));
    let kernel = name.as_deref().and_then(|name| name.split_once("kernel-"));
    let kernel = kernel.map(|(_, rest)| rest.split('-').next().unwrap_or(rest).to_string());
    Some(Image {
        id: field("image_id")?,
        agent: field("ecs_agent_version"),
        docker: field("ecs_runtime_version").map(|text| text.trim_start_matches("Docker version ").to_string()),
        date,
        kernel,
        name,
    })
}

/// `…/aws-ecs-2/arm64/1.20.0/image_id` holds the ID.
fn of_bottlerocket(folder: &str, parameter: &Parameter) -> Option<Image> {
    let rest = parameter.name.strip_prefix(folder)?.strip_prefix('/')?;
    let version = rest.strip_suffix("/image_id")?;
    // `latest` and `1.20.0` name one image: the number says more.
    let is_number = version.starts_with(|letter: char| letter.is_ascii_digit());
    Some(Image {
        id: parameter.value.clone(),
        name: is_number.then(|| format!("Bottlerocket {version}")),
        ..Image::default()
    })
}

impl Catalogue {
    /// What is known of an image.
    pub fn image(&self, id: &str) -> Image {
        let known = self.images.iter().find(|image| image.id == id).cloned();
        known.unwrap_or_else(|| Image {
            id: id.to_string(),
            ..Image::default()
        })
    }

    /// How many images were published after `old`, up to `new`.
    pub fn behind(&self, old: &str, new: &str) -> Option<usize> {
        let place = |id: &str| self.images.iter().position(|image| image.id == id);
        place(new)?.checked_sub(place(old)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_is_read() {
        let value = r#"{"schema_version": 1, "image_name": "al2023-ami-ecs-hvm-2023.0.20260105-kernel-6.1-arm64",
            "image_id": "ami-1", "os": "Amazon Linux 2023", "ecs_runtime_version": "Docker version 25.0.8",
            "ecs_agent_version": "1.101.0"}"#;
        let parameter = |name: &str, value: &str| Parameter {
            name: name.to_string(),
            value: value.to_string(),
            version: 1,
        };
        let image = of_amazon(&parameter("x", value)).expect("it is JSON");
        assert_eq!(image.date.as_deref(), Some("2026-01-05"));
        assert_eq!(image.kernel.as_deref(), Some("6.1"));
        assert_eq!(
            (image.docker.as_deref(), image.agent.as_deref()),
            (Some("25.0.8"), Some("1.101.0"))
        );
        let image = of_bottlerocket("/a/arm64", &parameter("/a/arm64/1.9.0/image_id", "ami-2"));
        assert_eq!(
            image.and_then(|image| image.name).as_deref(),
            Some("Bottlerocket 1.9.0")
        );
        assert_eq!(
            of_bottlerocket("/a/arm64", &parameter("/a/arm64/1.9.0/image_version", "1.9.0")),
            None
        );
    }
}
