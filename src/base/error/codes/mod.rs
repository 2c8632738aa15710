//! All codes, each with its kind, cause and remedy, in the order of their numbers. A number is never used again, and
//! never comes to mean something else; between the groups' numbers there is room.

/// Defines the codes of a group, and the list of them.
macro_rules! codes {
    ($($number:literal $name:ident: $kind:expr, $title:literal, $cause:literal, $remedy:literal;)+) => {
        use crate::base::error::code::{Code, Entry};
        use crate::base::error::code::Kind::{self, *};

        impl Code {
            $(
                #[doc = $title]
                pub const $name: Code = Code(&Entry {
                    name: stringify!($name),
                    number: $number,
                    kind: { const KIND: Kind = $kind; KIND },
                    title: $title,
                    cause: $cause,
                    remedy: $remedy,
                });
            )+
        }

        pub(super) const CODES: &[Code] = &[$(Code::$name),+];
    };
}

mod book;
mod catalogue;
mod command_line;
mod inputs;
mod machine;
mod openings;
mod program;
mod result;

use super::code::Code;

/// A group of codes: what it is about, the hundreds of its numbers, and its codes in order.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// What it is about.
    pub title: &'static str,
    /// The hundreds of the numbers.
    pub hundreds: u16,
    /// In the order of their numbers.
    pub codes: &'static [Code],
}

/// All codes.
pub const GROUPS: [Group; 8] = [
    Group { title: "Command line and job file", hundreds: 1, codes: command_line::CODES },
    Group { title: "Catalogue", hundreds: 2, codes: catalogue::CODES },
    Group { title: "Inputs", hundreds: 3, codes: inputs::CODES },
    Group { title: "Opening states", hundreds: 4, codes: openings::CODES },
    Group { title: "Book", hundreds: 5, codes: book::CODES },
    Group { title: "Result of a month", hundreds: 6, codes: result::CODES },
    Group { title: "Machine", hundreds: 7, codes: machine::CODES },
    Group { title: "Faults of the program", hundreds: 9, codes: program::CODES },
];

/// All codes, in order.
pub fn all() -> impl Iterator<Item = Code> {
    GROUPS.iter().flat_map(|group| group.codes).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_within_their_group_and_texts_are_sentences() {
        for Group { hundreds, codes, .. } in GROUPS {
            assert!(codes.iter().all(|code| code.number / 100 == hundreds), "{codes:?}");
            assert!(codes.is_sorted_by(|a, b| a.number < b.number), "{codes:?}");
        }
        for code in all() {
            let [first, last] = [code.title.chars().next(), code.title.chars().last()];
            assert!(!first.is_some_and(char::is_lowercase) && last != Some('.'), "{code:?}");
            for text in [code.cause, code.remedy] {
                assert!(text.ends_with('.') && !text.contains("  "), "{code:?}: {text}");
            }
        }
    }
}
