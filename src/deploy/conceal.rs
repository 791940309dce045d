//! What must not be passed on: AWS's text on a secret that is no JSON shows a letter of it. In: a fact. Out: the same without.
//! Must not know who reads it.

use super::event::What;

/// What stands before the letter: Go's JSON reader, by which the agent of ECS reads secrets.
const BEFORE: &str = "invalid character '";

/// Takes the letters of secrets out of AWS's texts.
pub(super) fn conceal(what: &mut What) {
    match what {
        What::Task { task, .. } => {
            let reasons = task.containers.iter_mut().filter_map(|one| one.reason.as_mut());
            reasons.chain(task.stopped_reason.as_mut()).for_each(mask);
        }
        What::Message { text, .. } => mask(text),
        What::StageFailed { reason, .. } | What::Unplaced { reason, .. } => mask(reason),
        What::Resource { reason, .. } | What::Stack { reason, .. } => reason.iter_mut().for_each(mask),
        _ => {}
    }
}

/// A text of AWS without them.
pub(crate) fn concealed(text: &str) -> String {
    let mut text = text.to_string();
    mask(&mut text);
    text
}

/// Takes the letters of secrets out of a text of AWS.
pub(super) fn mask(text: &mut String) {
    let mut from = 0;
    while let Some(found) = text[from..].find(BEFORE) {
        let start = from + found + BEFORE.len();
        // The letter may itself be a quote.
        let letter = text[start..].chars().next().map_or(0, char::len_utf8);
        let end = text[start + letter..]
            .find('\'')
            .map_or(text.len(), |at| start + letter + at);
        text.replace_range(start..end, "•");
        from = start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letter_of_a_secret_is_taken_out() {
        let masked = |text: &str| {
            let mut text = text.to_string();
            mask(&mut text);
            text
        };
        assert_eq!(masked("invalid character 'h' looking"), "invalid character '•' looking");
        assert_eq!(masked("a: invalid character ''' x"), "a: invalid character '•' x");
        assert_eq!(masked(r"invalid character '\u00e4' in"), "invalid character '•' in");
        assert_eq!(masked("invalid character 'ü"), "invalid character '•");
        assert_eq!(masked("invalid character '"), "invalid character '•");
        assert_eq!(
            masked("invalid character 'a' and invalid character 'b'."),
            "invalid character '•' and invalid character '•'."
        );
        assert_eq!(masked("nothing"), "nothing");
    }
}
