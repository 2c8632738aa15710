//! How long a file's code is, and its functions: without unit tests, comments and blank lines.

use std::collections::BTreeSet;

use crate::modules::{group, is_for_tests, item};
use crate::tokens::{Token, tokens};

/// The sizes of a file.
pub struct Sizes {
    /// Lines of code.
    pub code: usize,
    pub functions: Vec<Function>,
}

/// A function that is no test's.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    /// The line of its `fn`.
    pub line: usize,
    /// How many lines it has, to the last brace.
    pub length: usize,
}

/// Measures a file.
pub fn measure(text: &str) -> Sizes {
    let tokens = tokens(text);
    let (mut code, mut functions) = (BTreeSet::new(), Vec::new());
    let mut tests_end = 0;
    for (at, token) in tokens.iter().enumerate() {
        let behind = &tokens[at + 1..];
        if token.is('#') {
            let attribute = group(behind);
            if is_for_tests(&behind[..attribute]) {
                tests_end = tests_end.max(at + 1 + attribute + item(&behind[attribute..]));
            }
        }
        if at < tests_end {
            continue;
        }
        code.extend(token.lines.0..=token.lines.1);
        if token.word() == Some("fn")
            && let Some(name) = behind.first().and_then(Token::word)
        {
            let last = &behind[item(behind) - 1];
            functions.push(Function {
                name: name.to_owned(),
                line: token.lines.0,
                length: last.lines.1 - token.lines.0 + 1,
            });
        }
    }
    Sizes { code: code.len(), functions }
}

#[test]
fn unit_tests_comments_and_blanks_do_not_count() {
    let text = "//! A file.

use a::B; // of a

/// Does.
fn does() {
    // Why.
    B::b();
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_does() {
        super::does();
    }
}
";
    let sizes = measure(text);
    assert_eq!(sizes.code, 4);
    let function = |name: &str, line, length| Function { name: name.to_owned(), line, length };
    assert_eq!(sizes.functions, [function("does", 6, 4)]);
}
