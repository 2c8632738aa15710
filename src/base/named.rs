//! Enums whose variants have names that tables and JSON write.

/// A list of words that a column of a table may hold.
pub trait Vocabulary: Copy + Eq + 'static {
    /// The word as tables write it.
    fn name(self) -> &'static str;
    /// What a word means, if it is on the list.
    fn parse(word: &str) -> Option<Self>;
}

/// A word by which findings are told apart.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    /// As tables and JSON write it.
    pub word: &'static str,
    /// What it stands for.
    pub meaning: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

/// What can say what its words stand for.
pub trait Meaning: Copy {
    /// As tables and JSON write it.
    fn word(self) -> &'static str;
    /// What it stands for, as its definition says.
    fn meaning(self) -> &'static str;
}

/// Declares an enum whose variants each have a name: all of them in order, the name of each, and
/// JSON that writes it.
macro_rules! named_enum {
    (
        $(#[$about:meta])*
        $visibility:vis enum $type:ident {
            $($(#[doc = $meaning:literal])+ $variant:ident = $name:literal,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility enum $type {
            $($(#[doc = $meaning])+ $variant,)*
        }

        impl $type {
            /// All of them, in order.
            $visibility const ALL: [$type; [$($type::$variant),*].len()] = [$($type::$variant),*];

            /// The name as tables and JSON write it. A change is a breaking change.
            $visibility fn name(self) -> &'static str {
                match self {
                    $($type::$variant => $name,)*
                }
            }
        }

        impl $crate::base::named::Meaning for $type {
            fn word(self) -> &'static str {
                self.name()
            }

            fn meaning(self) -> &'static str {
                match self {
                    $($type::$variant => concat!($($meaning),+).trim_start(),)*
                }
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
                to.serialize_str(self.name())
            }
        }
    };
}

pub(crate) use named_enum;

/// Declares an enum as [`named_enum`] does, whose names are the words of a column.
macro_rules! vocabulary {
    (
        $(#[$about:meta])*
        pub enum $type:ident {
            $($(#[doc = $meaning:literal])+ $variant:ident = $name:literal,)*
        }
    ) => {
        $crate::base::named::named_enum! {
            $(#[$about])*
            pub enum $type {
                $($(#[doc = $meaning])+ $variant = $name,)*
            }
        }

        impl $type {
            /// What a word means, if it is on the list.
            pub fn parse(word: &str) -> Option<Self> {
                match word {
                    $($name => Some($type::$variant),)*
                    _ => None,
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(
                from: D,
            ) -> std::result::Result<Self, D::Error> {
                let word = <String as serde::Deserialize>::deserialize(from)?;
                $type::parse(&word).ok_or_else(|| {
                    serde::de::Error::custom(format!("`{word}` is none of the words known here"))
                })
            }
        }

        impl $crate::base::named::Vocabulary for $type {
            fn name(self) -> &'static str {
                self.name()
            }

            fn parse(word: &str) -> Option<Self> {
                $type::parse(word)
            }
        }
    };
}

pub(crate) use vocabulary;
