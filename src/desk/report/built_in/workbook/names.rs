//! Names of sheets, as spreadsheets allow them.

/// The name of the first sheet.
pub(super) const CONTENTS: &str = "Report";

/// The longest name, in characters.
const LONGEST: usize = 31;

/// Characters that no name has.
const FORBIDDEN: &[char] = &['[', ']', ':', '*', '?', '/', '\\'];

/// A name for each title: the title, or what fits of it, and a number where others are alike.
pub(super) fn sheet_names<'t>(titles: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut names: Vec<String> = vec![CONTENTS.to_owned()];
    for title in titles {
        let title = title.replace(FORBIDDEN, " ");
        let is_new = |name: &String| !names.iter().any(|other| other.eq_ignore_ascii_case(name));
        let numbered = (2..).map(|number| {
            let number = format!(" {number}");
            fitting(&title, LONGEST - number.len()) + &number
        });
        let name = std::iter::once(fitting(&title, LONGEST)).chain(numbered).find(is_new);
        names.extend(name);
    }
    names.split_off(1)
}

/// As much of a title as fits: up to its last comma, or to its last word, and a sign that there is more.
fn fitting(title: &str, longest: usize) -> String {
    let whole = title.trim_matches([' ', '\'']);
    if whole.chars().count() <= longest {
        return whole.to_owned();
    }
    let start: String = whole.chars().take(longest - 1).collect();
    match (start.rfind(','), start.rfind(' ')) {
        (Some(comma), _) => start[..comma].to_owned(),
        (None, blank) => format!("{}…", &start[..blank.unwrap_or(start.len())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_plain_and_different() {
        let titles = [
            "Movements of recurring revenue",
            "Credits that expired, and their worth",
            "What bought grants still owe in all currencies",
            "Plans: which? [all]",
            "report",
            "'Notes'",
            "notes",
            "ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ",
        ];
        assert_eq!(
            sheet_names(titles.into_iter()),
            [
                "Movements of recurring revenue",
                "Credits that expired",
                "What bought grants still owe…",
                "Plans  which   all",
                "report 2",
                "Notes",
                "notes 2",
                "ÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄÄ…",
            ]
        );
    }
}
