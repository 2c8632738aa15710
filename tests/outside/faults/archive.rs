//! The machine fails, or the process dies, while a month is archived or put back: the month is whole in the book or
//! whole in the archive, and the same command again gets there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use monthend_tests::{Outcome, code, copy_folder, program, tree, words};

use super::{Act, Bench, EIO, ENOSPC, TRIED, next, said};

/// The month that goes, and comes back.
const MONTH: &str = "2026-04";

/// Calls, and the error that each fails with.
const CALLS: [(&str, i32); 6] = [
    ("open", EIO),
    ("read", EIO),
    ("write", ENOSPC),
    ("rename", EIO),
    ("flush", EIO),
    ("remove", EIO),
];

/// Which way the month goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Out,
    Back,
}

/// The bytes of files by their paths.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// The files of a month in a folder; none where it is not there.
fn month(folder: &Path) -> Outcome<Files> {
    let files = tree(&folder.join(MONTH))?.into_iter();
    Ok(files.filter_map(|(path, entry)| Some((path, entry.bytes?))).collect())
}

struct Archive {
    bench: Bench,
    /// The month as it was published.
    whole: Files,
}

impl Archive {
    fn new() -> Outcome<Self> {
        let bench = Bench::new()?;
        bench.prepare(Act::Rerun)?;
        let archive = Archive { whole: month(&bench.book())?, bench };
        archive.finish(Way::Out)?;
        copy_folder(&archive.bench.book(), &archive.bench.path("archived/book"))?;
        copy_folder(&archive.place(), &archive.bench.path("archived/archive"))?;
        Ok(archive)
    }

    fn place(&self) -> PathBuf {
        self.bench.path("work/archive")
    }

    /// Book and archive as a command finds them.
    fn prepare(&self, way: Way) -> Outcome {
        self.bench.prepare(Act::Rerun)?;
        if self.place().exists() {
            fs::remove_dir_all(self.place())?;
        }
        if way == Way::Back {
            fs::remove_dir_all(self.bench.book())?;
            copy_folder(&self.bench.path("archived/book"), &self.bench.book())?;
            copy_folder(&self.bench.path("archived/archive"), &self.place())?;
        }
        Ok(())
    }

    fn command(&self, way: Way) -> Command {
        let mut command = Command::new(program());
        match way {
            Way::Out => command.args(["archive", "--before", "2026-05", "--to"]).arg(self.place()),
            Way::Back => command.args(["unarchive", "--month", MONTH]),
        };
        command.arg("--book").arg(self.bench.book()).current_dir(self.bench.path("work"));
        command
    }

    /// Runs a command that must succeed.
    fn finish(&self, way: Way) -> Outcome {
        let output = self.command(way).output()?;
        assert_eq!(code(&output)?, 0, "{way:?} once more: {}", words(&output));
        self.check()?;
        let (home, place) = (month(&self.bench.book())?, month(&self.place())?);
        assert_eq!(place, self.whole, "in the archive, {way:?}");
        match way {
            Way::Out => {
                assert!(home.contains_key(Path::new("ARCHIVED")) && home.len() < place.len())
            }
            Way::Back => assert_eq!(home, self.whole, "in the book"),
        }
        let mut verify = Command::new(program());
        let verified = verify.args(["verify", "--book"]).arg(self.bench.book()).output()?;
        let said = String::from_utf8(verified.stdout.clone())?;
        assert_eq!(code(&verified)?, 0, "{said}");
        assert!(!said.contains("cut short"), "{said}");
        Ok(())
    }

    fn with_fault(&self, way: Way, call: &str, at: u64, error: i32, dies: bool) -> Outcome<Output> {
        let mut command = self.command(way);
        command.env("LD_PRELOAD", self.bench.path("shim.so"));
        command.env("FAULT_BELOW", self.bench.path("work")).env("FAULT_CALL", call);
        command.env("FAULT_AT", at.to_string()).env("FAULT_ERRNO", error.to_string());
        command.env("FAULT_COUNT", self.bench.path("count"));
        if dies {
            command.env("FAULT_KILL", "1");
        }
        Ok(command.output()?)
    }

    /// Nothing of the month is lost: it is whole in the book, or it is archived, whole in the archive, and the book has
    /// what it must keep of it.
    fn check(&self) -> Outcome {
        let (home, place) = (month(&self.bench.book())?, month(&self.place())?);
        if !home.contains_key(Path::new("ARCHIVED")) {
            assert_eq!(home, self.whole, "the month is not archived, and not whole in the book");
            return Ok(());
        }
        assert_eq!(place, self.whole, "the month is archived, and not whole in the archive");
        let stays = |path: &Path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            ["CURRENT", "manifest.json", "run.json", "state.parquet", "recent_ids.parquet"]
                .contains(&name)
        };
        for (path, bytes) in self.whole.iter().filter(|(path, _)| stays(path)) {
            assert_eq!(home.get(path), Some(bytes), "{} is not in the book", path.display());
        }
        Ok(())
    }
}

pub fn a_month_on_its_way_to_an_archive_and_back_is_never_lost() -> Outcome {
    let archive = Archive::new()?;
    let (tried, mut seed) = (said("MONTHEND_FAULTS", TRIED), said("MONTHEND_FAULTS_SEED", 17));
    let (mut ended, mut died) = (0, 0);
    for way in [Way::Out, Way::Back] {
        for (call, error) in CALLS {
            archive.prepare(way)?;
            let output = archive.with_fault(way, call, 0, error, false)?;
            assert_eq!(code(&output)?, 0, "{}", words(&output));
            let calls: u64 = fs::read_to_string(archive.bench.path("count"))?.trim().parse()?;
            if calls == 0 {
                assert_eq!((way, call), (Way::Back, "rename"), "no {call}");
                continue;
            }
            for number in 0..2 * tried.min(calls) {
                let at = if tried >= calls { number / 2 } else { next(&mut seed) % calls } + 1;
                let dies = number % 2 == 1;
                archive.prepare(way)?;
                let output = archive.with_fault(way, call, at, error, dies)?;
                let (code, words) = (code(&output)?, words(&output));
                let told =
                    format!("{way:?}, {call} {at} of {calls}, dies: {dies}: {code}\n{words}");
                assert!(
                    !words.contains("panicked") && !words.contains("changed by hand"),
                    "{told}"
                );
                assert!(code == 0 || if dies { code == 137 } else { code == 1 }, "{told}");
                archive.check().map_err(|e| format!("{told}\n{e}"))?;
                archive.finish(way).map_err(|e| format!("{told}\n{e}"))?;
                ended += u64::from(code == 1);
                died += u64::from(code == 137);
            }
        }
    }
    assert!(ended > 0 && died > 0, "{ended} failed, {died} died");
    Ok(())
}
