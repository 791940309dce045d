//! The world of a real run: files below one folder. The only file that touches the file system.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::source::{ReadError, World};

/// Files by paths relative to a folder, as the user wrote them.
pub(super) struct Disk {
    root: PathBuf,
}

impl Disk {
    /// All paths are relative to `root`.
    pub fn new(root: PathBuf) -> Disk {
        Disk { root }
    }

    /// Refuses a root that is no folder.
    pub fn accept(&self) -> Result<(), Failure> {
        match self.root.is_dir() {
            true => Ok(()),
            false => Err(Failure::usage(format!(
                "there is no folder at `{}`",
                self.root.display()
            ))),
        }
    }

    /// Whether something is at this path, a broken link included.
    pub fn holds(&self, path: &str) -> bool {
        fs::symlink_metadata(self.root.join(path)).is_ok()
    }

    /// Makes a folder and those above it.
    pub fn create_folder(&self, path: &str) -> Result<(), Failure> {
        fs::create_dir_all(self.root.join(path)).map_err(|error| Failure::write(Path::new(path), &error))
    }

    /// Writes a file whole or not at all, and keeps its permissions; a link stays a link.
    pub fn write(&self, path: &str, text: &str) -> Result<(), Failure> {
        let target = self.root.join(path);
        let target = fs::canonicalize(&target).unwrap_or(target);
        replace(&target, text).map_err(|error| Failure::write(Path::new(path), &error))
    }

    /// Writes a file anew that a command has read, unless somebody else has saved it since.
    pub fn rewrite(&self, path: &str, old: &str, new: &str, command: &str) -> Result<(), Failure> {
        if self.read(path)? != old.as_bytes() {
            let failure = Failure::usage(format!("`{path}` was saved by someone else meanwhile"));
            return Err(failure.hint(format!("run `{command}` again")));
        }
        self.write(path, new)
    }

    /// Adds to a file, and makes it where it is not there.
    pub fn append(&self, path: &str, text: &str) -> Result<(), Failure> {
        let mut options = fs::OpenOptions::new();
        let file = options.append(true).create(true).open(self.root.join(path));
        file.and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| Failure::write(Path::new(path), &error))
    }
}

fn replace(target: &Path, text: &str) -> io::Result<()> {
    let name = target.file_name().ok_or(ErrorKind::InvalidFilename)?;
    let draft = target.with_file_name(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    let written = fs::write(&draft, text)
        .and_then(|()| match fs::metadata(target) {
            Ok(old) => fs::set_permissions(&draft, old.permissions()),
            Err(_) => Ok(()),
        })
        .and_then(|()| fs::rename(&draft, target));
    if written.is_err() {
        // The first error is the one that counts.
        fs::remove_file(&draft).ok();
    }
    written
}

impl World for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        fs::read(self.root.join(path)).map_err(|error| read_error(path, &error))
    }

    fn list(&self, folder: &str) -> Result<Vec<String>, ReadError> {
        let path = self.root.join(folder);
        if !path.is_dir() {
            return Err(ReadError::Missing(folder.to_string()));
        }
        let refused = |error: io::Error| read_error(folder, &error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).map_err(refused)? {
            let entry = entry.map_err(refused)?;
            if entry.path().is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }
}

fn read_error(path: &str, error: &io::Error) -> ReadError {
    match error.kind() {
        ErrorKind::NotFound => ReadError::Missing(path.to_string()),
        _ => ReadError::Refused(path.to_string(), error.to_string()),
    }
}
