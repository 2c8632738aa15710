//! Which of the words that are known is meant by one that is not: did you mean …?

/// The known word that is nearest to one that is not known, where any is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |word: &str| -> Vec<char> {
        let plain = |character: char| if character == '-' { '_' } else { character };
        word.chars().map(plain).flat_map(char::to_lowercase).collect()
    };
    let asked = plain(word);
    let distance = |known: &str| strsim::generic_damerau_levenshtein(&plain(known), &asked);
    let nearest = known.into_iter().map(|known| (distance(known), known)).min()?;
    // A slip or two in a word; in a short one, one.
    let slips = (asked.len() / 3).clamp(1, 3);
    (nearest.0 <= slips).then_some(nearest.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_seen_through_and_another_word_is_not() {
        let known = ["usage", "changes", "max_reject_share", "book"];
        for (word, near) in [
            ("usgae", Some("usage")),
            ("Usage", Some("usage")),
            ("max-reject-share", Some("max_reject_share")),
            ("bok", Some("book")),
            ("price", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), near, "{word}");
        }
    }
}
