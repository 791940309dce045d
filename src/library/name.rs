//! From the names that users write to the parts of logical IDs. In: `web-task`. Out: `WebTask`.

/// The name in PascalCase: each run of ASCII letters and digits begins with a capital, all else falls away.
///
/// It is injective over the rule for names, `[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*`: each capital begins a word.
pub fn pascal(name: &str) -> String {
    let words = name.split(|character: char| !character.is_ascii_alphanumeric());
    let mut pascal = String::with_capacity(name.len());
    for word in words {
        let mut characters = word.chars();
        pascal.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        pascal.push_str(characters.as_str());
    }
    pascal
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_begin_with_capitals() {
        for (name, expected) in [
            ("web", "Web"),
            ("web-task", "WebTask"),
            ("a1-b2", "A1B2"),
            ("public/https", "PublicHttps"),
            ("JobsQueue.Arn", "JobsQueueArn"),
            ("", ""),
            ("1a", "1a"),
        ] {
            assert_eq!(pascal(name), expected, "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_two_names_share_one(a in "[ab][ab1]{0,3}(-[ab][ab1]{0,3}){0,3}", b in "[ab][ab1]{0,3}(-[ab][ab1]{0,3}){0,3}") {
            prop_assert_eq!(pascal(&a) == pascal(&b), a == b);
        }

        #[test]
        fn the_name_can_be_read_back(name in "[a-z][a-z0-9]{0,5}(-[a-z][a-z0-9]{0,5}){0,4}") {
            let mut back = String::new();
            for character in pascal(&name).chars() {
                if character.is_ascii_uppercase() && !back.is_empty() {
                    back.push('-');
                }
                back.push(character.to_ascii_lowercase());
            }
            prop_assert_eq!(back, name);
        }
    }
}
