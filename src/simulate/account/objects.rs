//! Buckets of S3 and the objects in them. In: requests. Out: answers. Must not know what is kept there.

use std::collections::BTreeMap;

use crate::cloud::outside::Object;
use crate::cloud::{Answer, Error};

use super::Account;

/// The buckets of the account, each with its objects by key.
#[derive(Default)]
pub(super) struct Buckets {
    objects: BTreeMap<String, BTreeMap<String, String>>,
}

impl Buckets {
    pub fn make(&mut self, name: &str) -> Result<(), String> {
        if self.objects.contains_key(name) {
            return Err(format!("{name} already exists"));
        }
        self.objects.insert(name.to_string(), BTreeMap::new());
        Ok(())
    }

    pub fn drop(&mut self, name: &str) -> Result<(), String> {
        if self.objects.get(name).is_some_and(|objects| !objects.is_empty()) {
            return Err("The bucket you tried to delete is not empty".to_string());
        }
        self.objects.remove(name);
        Ok(())
    }
}

impl Account {
    /// `GetObject`.
    pub fn object(&self, object: &Object) -> Answer<&str> {
        const OPERATION: &str = "GetObject";
        let Some(objects) = self.buckets.objects.get(&object.bucket) else {
            return Err(no_bucket(OPERATION));
        };
        let missing = || Error::new(OPERATION, "NoSuchKey", "The specified key does not exist.");
        objects.get(&object.key).map(String::as_str).ok_or_else(missing)
    }

    /// `ListObjectVersions` and `DeleteObjects`: whether there were any. It keeps no versions.
    pub fn empty_bucket(&mut self, name: &str) -> Answer<bool> {
        match self.buckets.objects.get_mut(name) {
            None => Err(no_bucket("ListObjectVersions")),
            Some(objects) => Ok(!std::mem::take(objects).is_empty()),
        }
    }

    /// `DeleteBucket`.
    pub fn delete_bucket(&mut self, name: &str) -> Answer<()> {
        let missing = || no_bucket("DeleteBucket");
        self.buckets.objects.get(name).ok_or_else(missing)?;
        let not_empty = |text| Error::new("DeleteBucket", "BucketNotEmpty", text);
        self.buckets.drop(name).map_err(not_empty)
    }

    /// `PutObject`.
    pub fn put_object(&mut self, object: &Object, text: &str) -> Answer<()> {
        let Some(objects) = self.buckets.objects.get_mut(&object.bucket) else {
            return Err(no_bucket("PutObject"));
        };
        objects.insert(object.key.clone(), text.to_string());
        Ok(())
    }
}

fn no_bucket(operation: &str) -> Error {
    Error::new(operation, "NoSuchBucket", "The specified bucket does not exist")
}
