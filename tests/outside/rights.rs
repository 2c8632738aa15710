//! What a user may do here: a folder that may not be read, a book that may not be written, a disk that is full.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use monthend_tests::error_goldens::check_special;
use monthend_tests::whole::assert_absent_then_published;
use monthend_tests::{Outcome, april, result, run, words};

use crate::cannot_run;

pub fn a_folder_that_may_not_be_read() -> Outcome {
    let folder = tempfile::tempdir()?;
    let closed = folder.path().join("usage");
    fs::create_dir(&closed)?;
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000))?;
    if fs::read_dir(&closed).is_ok() {
        return cannot_run("this user may read every folder");
    }
    check_special("folder-unreadable", folder.path())
}

pub fn a_book_that_may_not_be_written() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    let book = sandbox.path().join("book");
    fs::create_dir(&book)?;
    let mut closed = fs::metadata(&book)?.permissions();
    closed.set_readonly(true);
    fs::set_permissions(&book, closed)?;
    if File::create(book.join("probe")).is_ok() {
        return cannot_run("this user may write everywhere");
    }
    let output = run(april("run", &book).arg("--json"), 1)?;
    assert_eq!(result(&output)?["error"]["kind"], "book");
    assert!(words(&output).contains("this user may write"), "{}", words(&output));
    let mut command = Command::new("chmod");
    assert!(command.args(["u+w"]).arg(&book).status()?.success());
    assert_absent_then_published(&book)
}

/// A small disk of its own, while it lives.
struct Disk(PathBuf);

impl Disk {
    /// A disk of so many KiB, where this user may make one.
    fn of(folder: &Path, size: u32) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}k"), "tmpfs"]).arg(folder);
        let made = mount.stdout(Stdio::null()).stderr(Stdio::null()).status();
        made.is_ok_and(|status| status.success()).then(|| Disk(folder.to_owned()))
    }

    fn grow(&self) -> Outcome {
        let mut mount = Command::new("mount");
        assert!(mount.args(["-o", "remount,size=16m"]).arg(&self.0).status()?.success());
        Ok(())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

pub fn a_full_disk_publishes_nothing_and_the_next_run_does() -> Outcome {
    let sandbox = tempfile::tempdir()?;
    for size in [8, 16, 40] {
        let folder = sandbox.path().join(size.to_string());
        fs::create_dir(&folder)?;
        let Some(disk) = Disk::of(&folder, size) else {
            return cannot_run("this user may make no disk of its own");
        };
        let book = folder.join("book");
        let output = run(&mut april("run", &book), 1)?;
        for said in ["cannot be written", "No space left on device", "free space"] {
            assert!(
                words(&output).contains(said),
                "{size} KiB: `{said}` is not in\n{}",
                words(&output)
            );
        }
        disk.grow()?;
        assert_absent_then_published(&book)?;
    }
    Ok(())
}
