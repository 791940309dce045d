//! All integration tests, as one program. Tests are data: see the folders beside this file.

mod house;
