//! `docs/ERRORS.md`, made from the tables.

use std::fmt::Write;

use super::words::{self, Words};
use crate::base::error::Code;
use crate::base::error::codes::{GROUPS, Group};
use crate::base::named::Word;

const BEGINNING: &str = "\
# Errors and findings

What each code says, how it comes to that, and what to do. A failure is told with its code, `error[ME0313]: …`, and with
`--json` and in JSON logs as `code`; a finding with a word, such as `late-usage`. `monthend errors ME0313` prints the
same as this page, which is made from the program's tables. Codes are stable: a number never comes to mean something
else.
";

/// The page.
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
pub(super) fn entry(code: Code) -> String {
    let (kind, exit) = (code.kind().name(), code.kind().exit_code());
    let (title, cause, remedy) = (code.title(), code.cause(), code.remedy());
    format!("{title}. Kind `{kind}`, exit code {exit}.\n\n{cause}\n\n*What to do*: {remedy}\n")
}
