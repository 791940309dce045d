//! The one door through which a compile sees files. Out: bytes by path. Must not know what they hold.

use std::collections::BTreeMap;
use thiserror::Error;

/// Why a file could not be had.
#[derive(Debug, Error)]
pub enum ReadError {
    /// There is nothing at this path.
    #[error("there is no file or folder at `{0}`")]
    Missing(String),
    /// The path exists but the system refused it; the second field is its reason.
    #[error("cannot read `{0}`: {1}")]
    Refused(String, String),
}

/// All that a compile may know of the outside: files, by paths as the user wrote them, with `/`.
pub trait World {
    /// The bytes of a file. Errors when it is missing or unreadable.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// The names of the files directly in a folder, sorted; [`ReadError::Missing`] when it is no folder.
    fn list(&self, folder: &str) -> Result<Vec<String>, ReadError>;
}

/// A world of given texts, for tests, benches and embedding.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<String, Vec<u8>>,
}

impl Memory {
    /// Adds a file.
    pub fn with(mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Memory {
        self.files.insert(path.into(), bytes.into());
        self
    }
}

impl World for Memory {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let found = self.files.get(path).cloned();
        found.ok_or_else(|| ReadError::Missing(path.to_string()))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        let prefix = match folder {
            "." => String::new(),
            _ => format!("{}/", folder.trim_end_matches('/')),
        };
        let inside = self.files.keys().filter_map(|path| path.strip_prefix(prefix.as_str()));
        let names: Vec<String> = inside.filter(|rest| !rest.contains('/')).map(str::to_string).collect();
        if names.is_empty() {
            return Err(ReadError::Missing(folder.to_string()));
        }
        Ok(names)
    }
}

/// A world with some of its files as they would be after an edit.
pub struct Edited<'a> {
    world: &'a dyn World,
    files: BTreeMap<String, String>,
}

impl<'a> Edited<'a> {
    /// The world as it is.
    pub fn new(world: &'a dyn World) -> Edited<'a> {
        Edited {
            world,
            files: BTreeMap::new(),
        }
    }

    /// Puts another text in the place of a file.
    pub fn put(&mut self, path: impl Into<String>, text: impl Into<String>) {
        self.files.insert(path.into(), text.into());
    }

    /// The files that differ, with their texts.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (&**path, &**text))
    }
}

impl World for Edited<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match self.files.get(path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => self.world.read(path),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        self.world.list(folder)
    }
}
