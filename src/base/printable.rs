//! Text from inputs on a terminal: ids, names of columns and files, texts of catalogues and
//! manifests. No character of theirs is obeyed.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a terminal could obey a character instead of showing it: control characters, C0 and C1,
/// and those that turn the direction of what follows or break a line.
fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
        )
}

/// A text on one line: what a terminal would obey, as its escape.
pub fn on_one_line(text: &str) -> Cow<'_, str> {
    escaped(text, is_obeyed, |character, out| out.extend(character.escape_default()))
}

/// Lines of the program's own making, in which texts of others stand.
pub fn in_lines(text: &str) -> Cow<'_, str> {
    let obeyed = |character| character != '\n' && is_obeyed(character);
    escaped(text, obeyed, |character, out| out.extend(character.escape_default()))
}

/// JSON, of which such characters can only be within strings.
pub fn in_json(text: &str) -> Cow<'_, str> {
    let obeyed = |character| character != '\n' && is_obeyed(character);
    escaped(text, obeyed, |character, out| {
        // All of them are of the basic plane, so that one escape says each.
        let _ = write!(out, "\\u{:04x}", u32::from(character));
    })
}

fn escaped(
    text: &str,
    is_obeyed: impl Fn(char) -> bool,
    escape: impl Fn(char, &mut String),
) -> Cow<'_, str> {
    if !text.chars().any(&is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match is_obeyed(character) {
            true => escape(character, &mut out),
            false => out.push(character),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        for (text, line) in [
            ("zoë 日本 =1+1", "zoë 日本 =1+1"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("a\nerror: b\r\t", "a\\nerror: b\\r\\t"),
            ("\u{9b}31m \u{7f} \u{85}", "\\u{9b}31m \\u{7f} \\u{85}"),
            ("\u{202e}dlo\u{2066}\u{200f}\u{2028}", "\\u{202e}dlo\\u{2066}\\u{200f}\\u{2028}"),
        ] {
            assert_eq!(on_one_line(text), line);
        }
        assert_eq!(in_lines("one\ntwo\u{1b}\n"), "one\ntwo\\u{1b}\n");
    }

    #[test]
    fn json_says_the_same() {
        let text = "\u{1b}\u{9b}\u{202e}\u{7f} zoë\n";
        let json = serde_json::to_string(text).unwrap();
        let printed = in_json(&json);
        assert!(printed.chars().all(|character| !is_obeyed(character)), "{printed}");
        assert_eq!(serde_json::from_str::<String>(&printed).unwrap(), text);
    }
}
