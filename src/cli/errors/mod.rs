//! `errors`: what a code, or a finding's word, stands for; and `docs/ERRORS.md`, made from the same tables.

mod words;

use std::fmt::Write;

use serde::Serialize;

use words::Words;

use crate::base::answer::Answer;
use crate::base::error::codes::{self, GROUPS, Group};
use crate::base::error::{Code, Error, Result};
use crate::base::named::Word;

/// What is known of codes and words, for `--json`.
#[derive(Serialize)]
struct Known<'a> {
    codes: Vec<KnownCode>,
    words: Vec<KnownWord<'a>>,
}

#[derive(Serialize)]
struct KnownCode {
    code: Code,
    kind: &'static str,
    exit_code: u8,
    title: &'static str,
    cause: &'static str,
    remedy: &'static str,
}

#[derive(Serialize)]
struct KnownWord<'a> {
    code: &'a str,
    of: &'a str,
    meaning: &'a str,
    remedy: &'a str,
}

/// All codes and words, or those that `asked` names, in whatever letters.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: there is none.
pub fn look_up(asked: Option<&str>) -> Result<Answer> {
    let is_asked = |name: &str| asked.is_none_or(|asked| asked.eq_ignore_ascii_case(name));
    let codes: Vec<Code> = codes::all().filter(|code| is_asked(&code.to_string())).collect();
    let words = words::all();
    let words = words.iter().flat_map(|of| of.words.iter().map(move |word| (of.title, word)));
    let words: Vec<(&'static str, &Word)> = words.filter(|(_, word)| is_asked(word.word)).collect();
    if codes.is_empty() && words.is_empty() {
        let message = format!("`{}` is no code", asked.unwrap_or_default());
        return Err(Error::new(Code::OPTION_VALUE, message)
            .expected("a code such as ME0313, or a finding's word such as late-usage")
            .hint("monthend errors lists all"));
    }
    let text = match asked {
        None => list(&codes, &words),
        Some(_) => {
            let entries = codes.iter().map(|code| format!("{code}: {}", entry(*code)));
            let entries = entries.chain(words.iter().map(|(of, word)| {
                format!("{} ({of}): {}\n\n*What to do*: {}\n", word.word, word.meaning, word.remedy)
            }));
            entries.collect::<Vec<_>>().join("\n").replace(['*', '`'], "")
        }
    };
    Ok(Answer::new(text, &known(&codes, &words), 0))
}

fn known<'a>(codes: &[Code], words: &[(&'a str, &'a Word)]) -> Known<'a> {
    let code = |code: &Code| KnownCode {
        code: *code,
        kind: code.kind().name(),
        exit_code: code.kind().exit_code(),
        title: code.title,
        cause: code.cause,
        remedy: code.remedy,
    };
    let word = |&(of, Word { word, meaning, remedy }): &(&'a str, &'a Word)| KnownWord {
        code: word,
        of,
        meaning,
        remedy,
    };
    Known { codes: codes.iter().map(code).collect(), words: words.iter().map(word).collect() }
}

/// A line for each.
fn list(codes: &[Code], words: &[(&str, &Word)]) -> String {
    let codes = codes.iter().map(|code| format!("{code}  {}\n", code.title));
    let words = words.iter().map(|(_, word)| format!("{:22}  {}\n", word.word, word.meaning));
    codes.chain(words).collect::<String>().replace('`', "")
}

/// How the page begins.
const BEGINNING: &str = "\
# Errors and findings

What each code says, how it comes to that, and what to do. A failure is told with its code, `error[ME0313]: …`, and with
`--json` and in JSON logs as `code`; a finding with a word, such as `late-usage`. `monthend errors ME0313` prints the
same as this page, which is made from the program's tables. Codes are stable: a number never comes to mean something
else.
";

/// `docs/ERRORS.md`.
pub fn page() -> String {
    let mut page = BEGINNING.to_owned();
    for Group { title, codes, hundreds } in GROUPS {
        let _ = write!(page, "\n## {title} (ME{hundreds:02}…)\n");
        for code in codes {
            let _ = write!(page, "\n### {code}\n\n{}", entry(*code));
        }
    }
    for Words { title, about, words } in words::all() {
        let _ = write!(page, "\n## {title}\n\n{about}\n");
        page.push_str("\n| word | meaning | what to do |\n| --- | --- | --- |\n");
        for Word { word, meaning, remedy } in words {
            let _ = writeln!(page, "| `{word}` | {meaning} | {remedy} |");
        }
    }
    page
}

/// What there is to say of a code.
fn entry(code: Code) -> String {
    let (kind, exit) = (code.kind().name(), code.kind().exit_code());
    let (title, cause, remedy) = (code.title, code.cause, code.remedy);
    format!("{title}. Kind `{kind}`, exit code {exit}.\n\n{cause}\n\n*What to do*: {remedy}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_words_are_looked_up() {
        let found = look_up(Some("me0313")).unwrap();
        assert!(found.text.starts_with("ME0313: A column is missing. Kind input, exit code 1.\n"));
        assert_eq!(found.result["codes"][0]["kind"], "input");
        let both = look_up(Some("late-usage")).unwrap();
        assert_eq!(both.result["words"].as_array().map(Vec::len), Some(2), "{}", both.text);
        assert_eq!(look_up(Some("ME9999")).unwrap_err().code(), Code::OPTION_VALUE);
        let all = look_up(None).unwrap();
        assert_eq!(all.result["codes"].as_array().map(Vec::len), Some(codes::all().count()));
    }
}
