//! A rollup made elsewhere of a log in object storage: requested there, given back there.

use std::fs;
use std::path::Path;

use monthend_tests::bucket::{Bucket, Fate};

use super::{Outcome, monthend, words};
use crate::common::{differing, run, tree};
use crate::rollup::engine::Rollup;
use crate::rollup::nasty::Nasty;

#[test]
fn a_rollup_in_storage_comes_to_the_same_bytes() -> Outcome {
    let (nasty, bucket) = (Nasty::new()?, Bucket::serve(|_, _, _| Fate::Answered)?);
    for (path, entry) in tree(&nasty.path("usage"))? {
        bucket.put(&format!("usage/{}", path.display()), entry.bytes.ok_or("no file")?);
    }
    let command = |name: &[&str]| {
        let mut command = monthend(name.iter().copied());
        command.args(["--month", "2026-04", "--opening", "genesis", "--max-reject-share", "0.5"]);
        command.args(["--catalog", "fixtures/catalogs", "--changes", "fixtures/changes"]);
        command.args(["--usage", "s3://logs/usage"]);
        bucket.known_to(&mut command);
        command
    };
    let bill = |book: &str, more: &[&str], code: i32| {
        run(command(&["run"]).args(more).arg("--book").arg(nasty.path(book)), code)
    };
    bill("own", &[], 3)?;
    const PLACE: &str = "s3://logs/roll ups/2026-04";
    // What lies there from before is written over.
    for _ in 0..2 {
        run(command(&["rollup", "request"]).args(["--out", PLACE]), 0)?;
    }
    let place = nasty.path("place");
    for (key, bytes) in bucket.objects("roll ups/2026-04/") {
        let path = place.join(key.trim_start_matches("roll ups/2026-04/"));
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        fs::write(path, bytes)?;
    }
    let rollup = Rollup::of_logs(&place, |path| nasty.path(path.trim_start_matches("s3://logs/")))?;
    rollup.write(&place)?;
    let refused = words(&bill("elsewhere", &["--rollup", PLACE], 1)?);
    assert!(refused.contains("ME0336"), "{refused}");
    let give_back = || -> Outcome {
        for (path, entry) in tree(&place)? {
            if let Some(bytes) = entry.bytes {
                bucket.put(&format!("roll ups/2026-04/{}", path.display()), bytes);
            }
        }
        Ok(())
    };
    give_back()?;
    bill("elsewhere", &["--rollup", PLACE], 3)?;
    let [own, other] = ["own", "elsewhere"].map(|book| nasty.path(book).join("2026-04/r001"));
    assert_eq!(differing(&own, &other)?, Vec::<std::path::PathBuf>::new());
    // An object that is another one by now.
    bucket.put(
        "roll ups/2026-04/sums/part-0.parquet",
        fs::read(place.join("recent/part-0.parquet"))?,
    );
    let refused = words(&bill("refused", &["--rollup", PLACE], 4)?);
    assert!(refused.contains("ME0627") && refused.contains("sums/part-0.parquet"), "{refused}");
    assert!(!Path::new(&nasty.path("refused/2026-04/r001")).exists());
    Ok(())
}
