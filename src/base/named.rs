//! Enums whose variants have names that tables and JSON write.

/// A list of words that a column of a table may hold.
pub trait Vocabulary: Copy + Eq + 'static {
    /// The word as tables write it.
    fn name(self) -> &'static str;
    /// What a word means, if it is on the list.
    fn parse(word: &str) -> Option<Self>;
}

/// Declares an enum whose variants each have a name: all of them in order, the name of each, and
/// JSON that writes it.
macro_rules! named_enum {
    (
        $(#[$about:meta])*
        $visibility:vis enum $type:ident {
            $($(#[$of_variant:meta])* $variant:ident = $name:literal,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility enum $type {
            $($(#[$of_variant])* $variant,)*
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
            $($(#[$of_variant:meta])* $variant:ident = $name:literal,)*
        }
    ) => {
        $crate::base::named::named_enum! {
            $(#[$about])*
            pub enum $type {
                $($(#[$of_variant])* $variant = $name,)*
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
