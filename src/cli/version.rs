//! What `--version` says: the version, and of what, when and for which machine a release was built.

use std::sync::LazyLock;

use crate::base::calendar::Instant;

/// The commit, as the build script found it.
const COMMIT: Option<&str> = option_env!("MONTHEND_BUILT_OF");
/// When it was built, in seconds since 1970.
const SECONDS: Option<&str> = option_env!("MONTHEND_BUILT_AT");
/// What it was built for.
const TARGET: Option<&str> = option_env!("MONTHEND_BUILT_FOR");

/// The version on several lines. Nothing of the further ones goes into a book.
pub(super) static LONG: LazyLock<String> =
    LazyLock::new(|| long(COMMIT, date().as_deref(), TARGET));

/// The date of the build, such as 2026-04-01; unknown of a development build.
pub(super) fn date() -> Option<String> {
    date_of(SECONDS?)
}

fn date_of(seconds: &str) -> Option<String> {
    let micros = seconds.parse::<i64>().ok()?.checked_mul(1_000_000)?;
    Some(Instant::from_micros(micros)?.date().to_string())
}

fn long(commit: Option<&str>, date: Option<&str>, target: Option<&str>) -> String {
    let mut text = env!("CARGO_PKG_VERSION").to_owned();
    if let Some(commit) = commit {
        text += "\ncommit ";
        text += commit;
    }
    text += &date.map_or("\ndevelopment build".to_owned(), |date| format!("\nbuilt {date}"));
    if let Some(target) = target {
        text += " for ";
        text += target;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_is_known() {
        let version = env!("CARGO_PKG_VERSION");
        let date = date_of("1774990800");
        assert_eq!(
            long(Some("0123456789ab"), date.as_deref(), Some("x86_64-unknown-linux-musl")),
            format!(
                "{version}\ncommit 0123456789ab\nbuilt 2026-03-31 for x86_64-unknown-linux-musl"
            )
        );
        assert_eq!(long(None, None, None), format!("{version}\ndevelopment build"));
    }

    #[test]
    fn a_time_that_is_none_is_left_out() {
        for seconds in ["", "yesterday", "99999999999999", "9223372036854775807"] {
            assert_eq!(date_of(seconds), None, "{seconds}");
        }
    }
}
