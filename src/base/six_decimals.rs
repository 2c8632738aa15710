//! Micro-credits as JSON has them: text with six decimals, such as `12.500000`.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

use super::digits::plain_decimal;

/// For `#[serde(with = …)]`.
///
/// # Errors
/// What the serializer says.
pub fn serialize<S: Serializer>(micros: &i128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&plain_decimal(*micros, 6))
}

/// For `#[serde(with = …)]`; nothing but digits with six decimals is read.
///
/// # Errors
/// It is no such text, or too long a number.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i128, D::Error> {
    let text = String::deserialize(deserializer)?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let plain = digits(whole) && digits(decimals) && decimals.len() == 6;
    let micros = format!("{whole}{decimals}").parse().ok().filter(|_| plain);
    micros.ok_or_else(|| D::Error::custom("is not digits with six decimals"))
}
