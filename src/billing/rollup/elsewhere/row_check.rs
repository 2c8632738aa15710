//! What a row is known by where rows are added up: its check.

use xxhash_rust::xxh64::xxh64;

use crate::base::calendar::Instant;
use crate::base::credits::Credits;

/// The seed that Spark gives its `xxhash64`.
const SEED: u64 = 42;

/// The check of a row, as Spark's `xxhash64(event_id, account_id, at, credits)`: each hash is the seed of the next.
pub(super) fn check(event: &str, account: &str, at: Instant, credits: Credits) -> u64 {
    let of_event = xxh64(event.as_bytes(), SEED);
    let of_account = xxh64(account.as_bytes(), of_event);
    let of_instant = xxh64(&at.micros().to_le_bytes(), of_account);
    xxh64(&credits.micros().to_le_bytes(), of_instant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::part::bucket;

    #[test]
    fn checks_and_buckets_are_sparks() {
        let at = Instant::parse("2026-04-15T10:00:00.000001Z").unwrap();
        let credits = |micros: i128| Credits::from_micros(micros).unwrap();
        // By Spark 4.3: xxhash64('e-1', 'acct-é', timestamp'2026-04-15 10:00:00.000001Z', cast(1.5 as
        // decimal(18,6))), the same of '' and 0, and crc32('acct-é') % 4096.
        assert_eq!(
            check("e-1", "acct-é", at, credits(1_500_000)).cast_signed(),
            1_874_778_813_182_519_200
        );
        assert_eq!(check("", "acct-é", at, credits(0)).cast_signed(), 1_918_516_088_537_880_008);
        assert_eq!(bucket("acct-é"), 1535);
    }
}
