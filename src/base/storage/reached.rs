//! How object storage is reached that speaks S3, where the job file says so. Credentials are never said there.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Deserializer, de};

/// Where the storage answers, and how it is spoken to. What is not said the environment says, or a profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reached {
    /// The server's address, such as `https://s3.example.com`.
    #[serde(deserialize_with = "address")]
    pub endpoint: Option<String>,
    /// The region, such as `eu-central-1`.
    pub region: Option<String>,
    /// How a bucket is addressed.
    pub addressing: Option<Addressing>,
}

/// How a bucket is addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Addressing {
    /// In the path: `https://host/bucket/key`.
    Path,
    /// In the name of the host: `https://bucket.host/key`.
    Host,
}

fn address<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(from)?;
    let host = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    match host.is_some_and(|host| !host.is_empty() && !host.contains('@')) {
        true => Ok(Some(text)),
        // What stands before an @ may be a password.
        false => Err(de::Error::custom(
            "this is no address of a server; expected one such as https://s3.example.com, without credentials",
        )),
    }
}

static SAID: Mutex<Option<Reached>> = Mutex::new(None);

fn locked() -> MutexGuard<'static, Option<Reached>> {
    SAID.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What was said; nothing where nobody said anything.
#[cfg_attr(not(feature = "cloud"), expect(dead_code, reason = "without storage nobody asks"))]
pub(super) fn said() -> Reached {
    locked().clone().unwrap_or_default()
}

/// Says how storage is reached from now on; gives whether that is news.
pub(super) fn say(reached: &Reached) -> bool {
    let before = locked().replace(reached.clone());
    before.as_ref() != Some(reached)
}
