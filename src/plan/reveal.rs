//! A preview for a reader who asks to see values. In: a [`Preview`]. Out: the same, with the values of environment variables.

use super::preview::{Preview, StagePreview};

/// Shows the values of environment variables. What comes of it is for the reader's eyes: it must not be kept in a plan.
pub fn revealed(preview: &Preview) -> Preview {
    let mut shown = preview.clone();
    for stage in &mut shown.stages {
        let StagePreview::Stack(stack) = stage else { continue };
        let edits = stack.consequences.iter_mut().flat_map(|one| &mut one.edits);
        edits.for_each(|edit| edit.reveal());
    }
    shown
}
