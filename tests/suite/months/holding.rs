//! Holding a property to random cases.

use std::hash::{BuildHasher, RandomState};
use std::path::Path;

use proptest::strategy::Strategy;
use proptest::test_runner::{
    Config, RngSeed, TestCaseError, TestError, TestRunner, contextualize_config,
};
use tempfile::TempDir;

/// What a case comes to.
pub type Outcome<T> = Result<T, TestCaseError>;

/// Milliseconds in which a smaller case that fails is looked for.
const SHRINKING: u32 = 120_000;

/// Holds a property to as many cases, unless the environment asks for another number of them.
pub fn holds<S: Strategy>(cases: u32, of: S, property: impl Fn(S::Value) -> Outcome<()>) {
    let seed = RngSeed::Fixed(RandomState::new().hash_one("any"));
    let usual = Config {
        cases,
        rng_seed: seed,
        max_shrink_iters: 2_000,
        max_shrink_time: SHRINKING,
        ..Config::default()
    };
    let config = Config { failure_persistence: None, ..contextualize_config(usual) };
    let seed = config.rng_seed;
    let told = match TestRunner::new(config).run(&of, property) {
        Ok(()) => return,
        Err(TestError::Fail(reason, least)) => format!("{reason}\n\n{least:#?}"),
        Err(TestError::Abort(reason)) => reason.to_string(),
    };
    assert!(told.is_empty(), "{told}\nagain with PROPTEST_RNG_SEED={seed}");
}

/// A folder for a case: in memory where there is such a place, since no property is about the disk.
pub fn scratch() -> Outcome<TempDir> {
    let in_memory = Path::new("/dev/shm");
    match tempfile::tempdir_in(in_memory) {
        Ok(folder) => Ok(folder),
        Err(_) => Ok(tempfile::tempdir()?),
    }
}
