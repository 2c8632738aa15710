//! A JSON file that tells when it was changed: its last entry is the digest of all before it.

use serde_json::{Map, Value};

use crate::base::digest;

/// The name of the last entry.
const SEAL: &str = "seal";

/// The text of a sealed JSON file.
pub fn seal(mut facts: Map<String, Value>) -> String {
    facts.remove(SEAL);
    let digest = digest::of_bytes(text(&facts).as_bytes());
    facts.insert(SEAL.to_owned(), digest.into());
    text(&facts)
}

/// Whether a file's text is what was sealed, to the byte.
pub fn sealed(file: &str) -> bool {
    let facts = serde_json::from_str::<Map<String, Value>>(file);
    facts.is_ok_and(|facts| facts.contains_key(SEAL) && seal(facts) == file)
}

fn text(facts: &Map<String, Value>) -> String {
    format!("{:#}\n", Value::Object(facts.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_byte_is_found() {
        let facts = serde_json::json!({ "host": "a", "seconds": 1.25, "stages": [1, 2] });
        let file = seal(facts.as_object().cloned().unwrap());
        assert!(sealed(&file));
        for at in 0..file.len() {
            let mut bytes = file.clone().into_bytes();
            bytes[at] ^= 1;
            assert!(!String::from_utf8(bytes).is_ok_and(|text| sealed(&text)), "byte {at}");
        }
    }
}
