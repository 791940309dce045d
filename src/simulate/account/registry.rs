//! Images. In: pushes. Out: digests, and whether an image can be pulled. Must not know task definitions.

use std::collections::BTreeMap;

use crate::cloud::{Answer, Error};

use super::Account;

/// The repositories of the account, each with its digests, oldest first.
#[derive(Default)]
pub(super) struct Registry {
    repositories: BTreeMap<String, Vec<String>>,
}

impl Registry {
    pub fn make(&mut self, name: &str) {
        self.repositories.entry(name.to_string()).or_default();
    }

    pub fn drop(&mut self, name: &str) {
        self.repositories.remove(name);
    }

    fn has(&self, name: &str) -> bool {
        self.repositories.contains_key(name)
    }

    /// Whether it is known that an image is missing: that is known of the account's own repositories only.
    pub fn lacks(&self, account: &str, image: &str) -> bool {
        let Some((host, path)) = image.split_once('/') else {
            return false;
        };
        if !host.starts_with(account) || !host.contains(".dkr.ecr.") {
            return false;
        }
        let name = path.split(['@', ':']).next().unwrap_or(path);
        let digest = path.split_once('@').map(|(_, digest)| digest);
        match (self.repositories.get(name), digest) {
            (Some(images), Some(digest)) => !images.iter().any(|image| image == digest),
            (Some(images), None) => images.is_empty(),
            // A repository that nobody made here may have all images.
            (None, _) => false,
        }
    }
}

impl Account {
    /// Puts an image into a repository. The repository may be one that stands outside CloudFormation.
    pub fn push_image(&mut self, repository: &str, digest: &str) {
        let images = self.registry.repositories.entry(repository.to_string()).or_default();
        images.retain(|image| image != digest);
        images.push(digest.to_string());
    }

    /// `DeleteRepository`.
    pub fn delete_repository(&mut self, name: &str) -> Answer<()> {
        if !self.registry.has(name) {
            let message = format!("The repository with name '{name}' does not exist");
            return Err(Error::new("DeleteRepository", "RepositoryNotFoundException", message));
        }
        self.registry.drop(name);
        Ok(())
    }

    /// Deletes an image from a repository.
    pub fn delete_image(&mut self, repository: &str, digest: &str) {
        if let Some(images) = self.registry.repositories.get_mut(repository) {
            images.retain(|image| image != digest);
        }
    }

    /// The digest of an image by its tag or digest. A tag is taken for the newest image.
    pub fn image_digest(&self, repository: &str, image: &str) -> Answer<Option<String>> {
        let Some(images) = self.registry.repositories.get(repository) else {
            let message = format!(
                "The repository with name '{repository}' does not exist in the registry with id '{}'",
                self.account
            );
            return Err(Error::new("DescribeImages", "RepositoryNotFoundException", message));
        };
        let known = |digest: &&String| !image.starts_with("sha256:") || *digest == image;
        Ok(images.iter().rev().find(known).cloned())
    }
}
