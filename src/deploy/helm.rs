//! The helm: what whoever deploys wishes while it goes on, and what going back would mean then. Between the two, nothing else:
//! whether it was a signal, a question or a flag is none of its concern.

use std::cell::Cell;

/// What going back means at this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WayBack {
    /// Nothing is under way that could go back.
    #[default]
    Nothing,
    /// The update of a stack is cancelled, and what was before comes back.
    Cancel,
    /// A stack is being made: it is deleted again.
    Delete,
    /// It goes back already.
    Going,
}

/// What is wished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    /// Whether a stack that is being made may be deleted.
    pub deletes: bool,
}

/// The helm of a deployment.
#[derive(Debug, Default)]
pub struct Helm {
    wish: Cell<Option<Wish>>,
    way_back: Cell<WayBack>,
}

impl Helm {
    /// Wishes that the deployment goes back. A stack that is being made goes back only where it may be deleted.
    pub fn turn_back(&self, deletes: bool) {
        self.wish.set(Some(Wish { deletes }));
    }

    /// What going back would mean now.
    pub fn way_back(&self) -> WayBack {
        self.way_back.get()
    }

    pub(super) fn wish(&self) -> Option<Wish> {
        self.wish.get()
    }

    pub(super) fn point(&self, way: WayBack) {
        self.way_back.set(way);
    }
}
