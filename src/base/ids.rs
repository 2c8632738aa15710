//! Ids of accounts and events: UTF-8 text of 1 to 256 bytes without control characters.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// An id by its own type: text that is not taken for another id.
macro_rules! id_type {
    ($(#[$about:meta])* $name:ident) => {
        $(#[$about])*
        #[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        // Ordered and hashed as its text, so that maps are asked with a text.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                $name(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                $name(text.into())
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                *self.0 == *other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                *self.0 == **other
            }
        }

        impl PartialEq<String> for $name {
            fn eq(&self, other: &String) -> bool {
                *self.0 == **other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

id_type! {
    /// The id of an account. Whoever reads one from a log has checked it with [`check_id`].
    AccountId
}

id_type! {
    /// The id of a usage event.
    EventId
}

/// The text of a UUID in the making.
pub type UuidText = [u8; Hyphenated::LENGTH];

/// A UUID's usual text, put into `buffer`: 36 characters in lower case.
#[inline]
pub fn uuid_text(uuid: [u8; 16], buffer: &mut UuidText) -> &str {
    Uuid::from_bytes(uuid).hyphenated().encode_lower(buffer)
}

/// The UUID that a text is the usual one of, if it is: its letters are in lower case.
#[inline]
pub fn uuid_of(text: &str) -> Option<[u8; 16]> {
    // Of so many characters, the crate reads the form with hyphens alone.
    if text.len() != Hyphenated::LENGTH || text.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    Uuid::try_parse_ascii(text.as_bytes()).ok().map(Uuid::into_bytes)
}

/// The longest id in bytes.
pub const ID_BYTES_MAX: usize = 256;

/// Why a text is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdFault {
    /// No text.
    Empty,
    /// Longer than [`ID_BYTES_MAX`].
    TooLong,
    /// Contains a control character.
    Control(char),
}

impl fmt::Display for IdFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IdFault::Empty => f.write_str("is empty; expected an id of 1 to 256 bytes"),
            IdFault::TooLong => {
                f.write_str("is longer than 256 bytes; expected an id of 1 to 256 bytes")
            }
            IdFault::Control(found) => {
                let code = u32::from(*found);
                write!(f, "contains the control character U+{code:04X}; expected plain text")
            }
        }
    }
}

/// Checks that a text is an id: 1 to 256 bytes without control characters.
///
/// # Errors
/// The first [`IdFault`] found.
pub fn check_id(text: &str) -> Result<(), IdFault> {
    if text.is_empty() {
        return Err(IdFault::Empty);
    }
    if text.len() > ID_BYTES_MAX {
        return Err(IdFault::TooLong);
    }
    if is_plain(text) {
        return Ok(());
    }
    match text.chars().find(|c| c.is_control()) {
        Some(found) => Err(IdFault::Control(found)),
        None => Ok(()),
    }
}

/// Whether a text is an id of plain ASCII, the usual case, which is settled without decoding
/// characters.
#[inline]
pub fn is_plain(text: &str) -> bool {
    let plain = text.bytes().fold(true, |plain, b| plain & (0x20..0x7f).contains(&b));
    plain && (1..=ID_BYTES_MAX).contains(&text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_usual_text_is_a_uuid() {
        let usual = "f0010203-0405-0607-0809-0a0b9c9d9eff";
        let mut buffer = [0; 36];
        assert_eq!(uuid_of(usual).map(|uuid| uuid_text(uuid, &mut buffer)), Some(usual));
        for other in [
            "F0010203-0405-0607-0809-0a0b9c9d9eff",
            "g0010203-0405-0607-0809-0a0b9c9d9eff",
            "f0010203-0405-0607-0809-0a0b9c9d9ef",
            "f0010203-0405-0607-0809a0a0b9c9d9eff",
            "f001020304050607-0809-0a0b9c9d9eff--",
            "f0010203-0405-0607-080:-0a0b9c9d9eff",
            "f0010203-0405-0607-0809-0a0b9c9d9eé",
            "{f001020304050607080900a0b9c9d9eff0}",
            "",
        ] {
            assert_eq!(uuid_of(other), None, "{other}");
        }
    }
}
