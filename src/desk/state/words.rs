//! A state in words.

use crate::base::calendar::Instant;
use crate::base::credits::Credits;
use crate::base::digits::plain_decimal;

/// Credits for people, such as `3603.25`.
pub(super) fn credits(credits: impl Into<i128>) -> String {
    let text = plain_decimal(credits.into(), 6);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The overage switch (O2).
pub(super) fn switch(on: Option<bool>) -> &'static str {
    match on {
        Some(true) => "on",
        Some(false) => "off",
        None => "not recorded",
    }
}

/// An instant that may never have come.
pub(super) fn instant(at: Option<Instant>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| at.to_string())
}

/// What is left of a trial (C2), and until when, where that is known.
pub(super) fn trial(left: Credits, ends_at: Option<Instant>) -> String {
    match ends_at {
        Some(end) => format!("{} credits until {end}", credits(left)),
        None if !left.is_zero() => format!("{} credits", credits(left)),
        None => "none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credits_have_no_needless_zeros() {
        for (micros, text) in [(0, "0"), (500_000_000, "500"), (1_250_000, "1.25"), (1, "0.000001")]
        {
            assert_eq!(credits(micros), text);
        }
    }
}
