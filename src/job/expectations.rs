//! What a sound month looks like, as it stands in a job file.

use rust_decimal::Decimal;

use super::job_file::Layers;
use super::settings::{BoundSettings, ExpectSettings};
use crate::base::calendar::TimeSpan;
use crate::base::error::{Code, Error, Faults, Result};
use crate::book::{Bounds, Expectations};

/// What can be a bound, and how that is said: a number of things that are counted, or an amount of money.
type Measure = (&'static str, fn(&Decimal) -> bool);
const NUMBER: Measure = ("a whole number, 0 or more", |n| n.is_integer() && !n.is_sign_negative());
const AMOUNT: Measure = ("an amount in the currency, such as 1000.00", |_| true);

/// What the job file expects of a month.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`], with all of it that cannot be understood.
pub(super) fn resolve(said: &Layers<'_>) -> Result<Expectations> {
    of(&said.file.expect).map_err(|e| said.blame(e, false, "expect"))
}

fn of(expect: &ExpectSettings) -> Result<Expectations> {
    let mut faults = Faults::default();
    let mut bounds = |key: &str, said: Option<&BoundSettings>, measure| {
        let bounds = said.map(|said| bounds(key, said, measure));
        bounds.and_then(|bounds| faults.take(bounds)).unwrap_or_default()
    };
    let events = bounds("events", expect.events.as_ref(), NUMBER);
    let total = bounds("total", expect.total.as_ref(), AMOUNT);
    let accounts = bounds("accounts", expect.accounts.as_ref(), NUMBER);
    let complete_until = expect.complete_until.as_deref().map(complete_until);
    let complete_until = complete_until.and_then(|span| faults.take(span));
    faults.check("faults in `[expect]`")?;
    Ok(Expectations { complete_until, events, total, accounts })
}

fn complete_until(text: &str) -> Result<TimeSpan> {
    text.parse().map_err(|()| {
        let message = format!("expect.complete_until `{text}` is no span of time before the end");
        Error::new(Code::EXPECTATION_SETTING, message)
            .expected("minutes, hours or days, such as \"90m\", \"6h\" or \"2d\"; at most \"31d\"")
    })
}

/// A greater change than any that someone means to bound.
const MOST_CHANGE: Decimal = Decimal::ONE_THOUSAND;
/// Decimals of a change.
const CHANGE_DECIMALS: u32 = 6;

fn bounds(key: &str, said: &BoundSettings, (expected, is): Measure) -> Result<Bounds> {
    let read = |name: &str, text: &Option<String>, expected: &str, is: fn(&Decimal) -> bool| {
        let read = |text: &String| {
            let number = Decimal::from_str_exact(text).ok().map(|number| number.normalize());
            number.filter(is).ok_or_else(|| {
                let message = format!("expect.{key}.{name} `{text}` cannot be a bound");
                Error::new(Code::EXPECTATION_SETTING, message).expected(expected)
            })
        };
        text.as_ref().map(read).transpose()
    };
    let is_change = |change: &Decimal| {
        (Decimal::ZERO..=MOST_CHANGE).contains(change) && change.scale() <= CHANGE_DECIMALS
    };
    let bounds = Bounds {
        min: read("min", &said.min, expected, is)?,
        max: read("max", &said.max, expected, is)?,
        change: read(
            "change",
            &said.change,
            "a share from 0 to 1000 with at most six decimals, such as 0.5 for half as many more or \
             less than in the month before",
            is_change,
        )?,
    };
    let message = match bounds {
        Bounds { min: None, max: None, change: None } => format!("expect.{key} says nothing"),
        Bounds { min: Some(min), max: Some(max), .. } if min > max => {
            format!("expect.{key}.min {min} is more than max {max}")
        }
        _ => return Ok(bounds),
    };
    Err(Error::new(Code::EXPECTATION_SETTING, message)
        .expected("min, max or change, such as { min = 1000, change = 0.5 }"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> std::result::Result<Expectations, String> {
        let settings = toml::from_str(text).map_err(|e: toml::de::Error| e.message().to_owned())?;
        of(&settings).map_err(|e| e.to_string())
    }

    #[test]
    fn numbers_are_read_as_they_stand() {
        let expect = read(
            "complete_until = '6h'\nevents = { min = 1000, change = 0.3 }\ntotal = { max = '12.50' }",
        )
        .unwrap();
        assert_eq!(expect.complete_until.unwrap().to_string(), "6h");
        assert_eq!(expect.events.change, Some(Decimal::new(3, 1)));
        assert_eq!(expect.events.min, Some(Decimal::from(1000)));
        assert_eq!(expect.total.max, Some(Decimal::new(125, 1)));
        assert!(expect.accounts.is_open());
        assert!(read("").unwrap().are_none());
    }

    #[test]
    fn what_is_no_bound_is_refused() {
        for (text, told) in [
            ("events = { min = 1.5 }", "expect.events.min `1.5` cannot be a bound"),
            ("events = { min = -1 }", "expect.events.min `-1` cannot be a bound"),
            ("accounts = { change = -0.1 }", "expect.accounts.change `-0.1` cannot be a bound"),
            ("accounts = { change = 1001 }", "expect.accounts.change `1001` cannot be a bound"),
            ("total = { change = 'half' }", "expect.total.change `half` cannot be a bound"),
            ("total = { min = 2, max = 1 }", "expect.total.min 2 is more than max 1"),
            ("total = {}", "expect.total says nothing"),
            ("complete_until = '6'", "expect.complete_until `6` is no span of time"),
            ("events = { least = 3 }", "unknown field `least`"),
            ("sums = { min = 3 }", "unknown field `sums`"),
        ] {
            let fault = read(text).unwrap_err();
            assert!(fault.contains(told), "{text}: {fault}");
        }
        let both = read("events = { min = -1 }\ncomplete_until = '6'").unwrap_err();
        assert!(both.starts_with("2 faults in `[expect]`"), "{both}");
    }
}
