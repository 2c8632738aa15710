//! Text that opens safely in a spreadsheet: our CSV puts an apostrophe before what would be taken
//! for a formula, and what reads our CSV takes it off again.

/// What a spreadsheet takes for the beginning of a formula.
const DANGEROUS: [u8; 6] = *b"=+-@\t\r";

/// Whether our CSV puts an apostrophe before a text: one that a spreadsheet would take for a
/// formula, or that looks as if it had been given an apostrophe.
#[inline]
pub fn needs_apostrophe(text: &str) -> bool {
    let begins_with = |text: &str| text.as_bytes().first().copied();
    match begins_with(text) {
        Some(b'\'') => {
            let bare = begins_with(text.trim_start_matches('\''));
            bare.is_some_and(|first| DANGEROUS.contains(&first))
        }
        first => first.is_some_and(|first| DANGEROUS.contains(&first)),
    }
}

/// The text of a cell of our CSV, without the apostrophe that it was given.
pub fn without_apostrophe(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| needs_apostrophe(text)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_apostrophe_is_put_before_formulas_and_taken_off_again() {
        for (text, cell) in [
            ("=a", "'=a"),
            ("'=a", "''=a"),
            ("''\ta", "'''\ta"),
            ("@", "'@"),
            ("'a", "'a"),
            ("a'=", "a'="),
            ("'", "'"),
            ("", ""),
        ] {
            assert_eq!(needs_apostrophe(text), text != cell, "{text}");
            assert_eq!(without_apostrophe(cell), text);
        }
    }
}
