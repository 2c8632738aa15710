//! What the build script finds out of a repository, of an environment, and where there is neither.

use std::fs;
use std::path::Path;
use std::process::Command;

use monthend_tests::{Outcome, root};

use crate::shells::printed;

pub fn a_release_says_of_which_commit_it_was_built() -> Outcome {
    let folder = tempfile::tempdir()?;
    let script = folder.path().join("script");
    printed("rustc", |rustc| {
        rustc.args(["--edition", "2024", "-o"]).arg(&script).arg(root().join("build.rs"));
    })?;
    let repository = folder.path().join("repository");
    fs::create_dir_all(repository.join("src"))?;
    fs::write(repository.join("src/main.rs"), "")?;
    let git = |words: &[&str]| {
        printed("git", |git| {
            git.args(["-c", "user.name=a", "-c", "user.email=a@example.org"]).args(words);
            git.current_dir(&repository).env("GIT_CONFIG_GLOBAL", "/dev/null");
        })
    };
    git(&["init", "--quiet"])?;
    git(&["add", "."])?;
    git(&["commit", "--quiet", "--message", "one"])?;
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let commit = commit.trim();
    let says = |at: &Path, profile: &str, given: &[(&str, &str)]| -> Outcome<Vec<String>> {
        let mut command = Command::new(&script);
        command.current_dir(at).env("CARGO_MANIFEST_DIR", at).env("PROFILE", profile);
        command.env("TARGET", "a-machine").envs(given.iter().copied());
        let text = String::from_utf8(command.output()?.stdout)?;
        Ok(text
            .lines()
            .filter_map(|line| line.strip_prefix("cargo::"))
            .map(str::to_owned)
            .collect())
    };
    let of = |said: &[String], name: &str| {
        let prefix = format!("rustc-env=MONTHEND_BUILT_{name}=");
        said.iter().find_map(|line| line.strip_prefix(&prefix).map(str::to_owned))
    };

    let release = says(&repository, "release", &[])?;
    assert_eq!(of(&release, "OF").as_deref(), Some(commit));
    assert_eq!(of(&release, "FOR").as_deref(), Some("a-machine"));
    let seconds = of(&release, "AT").and_then(|seconds| seconds.parse::<u64>().ok());
    assert!(seconds.is_some_and(|seconds| seconds > 1_700_000_000), "{release:?}");
    // It is asked again where the commit or a source changes.
    let watched = |said: &[String], end: &str| {
        said.iter().any(|line| line.starts_with("rerun-if-changed=") && line.ends_with(end))
    };
    assert!(watched(&release, "/HEAD") && watched(&release, "=src"), "{release:?}");

    fs::write(repository.join("src/main.rs"), "fn main() {}")?;
    let changed = format!("{commit} with changes");
    assert_eq!(of(&says(&repository, "release", &[])?, "OF"), Some(changed));

    // A development build asks nothing, so that no commit makes it compile anew.
    let development = says(&repository, "debug", &[])?;
    assert_eq!((of(&development, "OF"), of(&development, "AT")), (None, None));
    assert!(!watched(&development, "HEAD") && !watched(&development, "=src"), "{development:?}");

    let given = [("MONTHEND_COMMIT", "abc"), ("SOURCE_DATE_EPOCH", "1774990800")];
    let packaged = says(folder.path(), "release", &given)?;
    assert_eq!(of(&packaged, "OF").as_deref(), Some("abc"));
    assert_eq!(of(&packaged, "AT").as_deref(), Some("1774990800"));

    // No repository, and one that the sources merely lie in.
    assert_eq!(of(&says(folder.path(), "release", &[])?, "OF"), None);
    assert_eq!(of(&says(&repository.join("src"), "release", &[])?, "OF"), None);
    Ok(())
}
