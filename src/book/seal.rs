//! A JSON file that tells when it was changed: its last entry is the digest of all before it.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::base::digest;
use crate::base::error::{Code, Error, Result};

/// The name of the last entry.
const SEAL: &str = "seal";

/// The text of a sealed JSON file that says `facts`, a structure or a map.
///
/// # Errors
/// It is none.
pub fn seal(facts: &impl Serialize) -> Result<String> {
    match serde_json::to_value(facts) {
        Ok(Value::Object(facts)) => Ok(seal_map(facts)),
        Ok(_) => Err(Error::new(Code::IMPOSSIBLE, "what is to be sealed has no entries")),
        Err(e) => Err(Error::new(Code::IMPOSSIBLE, "what is to be sealed is no JSON").caused_by(e)),
    }
}

fn seal_map(mut facts: Map<String, Value>) -> String {
    let text = |facts: &Map<String, Value>| format!("{:#}\n", Value::Object(facts.clone()));
    facts.shift_remove(SEAL);
    let digest = digest::of_bytes(text(&facts).as_bytes());
    facts.insert(SEAL.to_owned(), digest.into());
    text(&facts)
}

/// Whether a file's text is what was sealed, to the byte.
pub fn is_sealed(file: &str) -> bool {
    let facts = serde_json::from_str::<Map<String, Value>>(file);
    facts.is_ok_and(|facts| facts.contains_key(SEAL) && seal_map(facts) == file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_byte_is_found() {
        let facts = serde_json::json!({ "host": "a", "seconds": 1.25, "stages": [1, 2] });
        let file = seal(&facts).unwrap();
        assert!(is_sealed(&file));
        for at in 0..file.len() {
            let mut bytes = file.clone().into_bytes();
            bytes[at] ^= 1;
            assert!(!String::from_utf8(bytes).is_ok_and(|text| is_sealed(&text)), "byte {at}");
        }
        assert!(seal(&1).is_err());
    }
}
