//! What is wrong with a TOML file: the line, and for a key that is not known the nearest one.

use std::path::Path;

use toml::de::DeTable;

use super::error::{Code, Error};
use super::nearest::nearest;

/// What TOML says of a file that does not hold what it should.
pub fn error(code: Code, text: &str, file: &Path, error: &toml::de::Error) -> Error {
    let said = error.message().trim();
    let found = unknown_key(code, said).unwrap_or_else(|| Error::new(code, in_words(said)));
    let found = found.in_file(file);
    match error.span() {
        Some(span) => found.at_line(line(text, span.start)),
        None => found,
    }
}

/// What serde says, in one line, and without names of types.
fn in_words(said: &str) -> String {
    let name = |said: String, name| said.replace(name, "expected a whole number");
    ["expected usize", "expected u32", "expected u8"]
        .into_iter()
        .fold(said.replace('\n', "; "), name)
}

/// The line of a key of a TOML file that can be read, such as `csv.delimiter`; of the table where it
/// has no such key.
pub fn line_of_key(text: &str, key: &str) -> Option<u64> {
    let top = DeTable::parse(text).ok()?;
    let (mut table, mut found) = (Some(top.get_ref()), None);
    for part in key.split('.') {
        let Some((name, value)) = table.and_then(|table| table.get_key_value(part)) else { break };
        found = Some(line(text, name.span().start));
        table = value.get_ref().as_table();
    }
    found
}

/// The line of a byte, from 1.
pub fn line(text: &str, at: usize) -> u64 {
    let before = &text.as_bytes()[..at.min(text.len())];
    before.iter().filter(|&&byte| byte == b'\n').count() as u64 + 1
}

/// What serde says: unknown field `usgae`, expected one of `usage`, `book`.
fn unknown_key(code: Code, said: &str) -> Option<Error> {
    let (key, expected) = said.strip_prefix("unknown field `")?.split_once('`')?;
    // Between backticks stand the names; all else is words.
    let known = || expected.split('`').skip(1).step_by(2);
    let near = nearest(key, known()).map(|near| format!(", did you mean `{near}`?"));
    let found = Error::new(code, format!("unknown key `{key}`{}", near.unwrap_or_default()));
    let quoted: Vec<String> = known().map(|key| format!("`{key}`")).collect();
    Some(match quoted.as_slice() {
        [] => found,
        [one] => found.expected(one),
        several => found.expected(format!("one of {}", several.join(", "))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_at_its_line() {
        let text = "# job\nusage = \"u\"\n\n[csv]\ndelimiter = \";\"\n[instants]\nusage = 1\n";
        let found = |key| line_of_key(text, key);
        assert_eq!((found("usage"), found("csv.delimiter")), (Some(2), Some(5)));
        // A table is where it begins, if it has no such key.
        assert_eq!((found("csv.decimal"), found("book")), (Some(4), None));
    }
}
