//! An imported opening's way into a book on a disk: by an exchange of two folders.

use std::fs;
use std::io;
use std::path::PathBuf;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::super::seam::ImportWay;
use crate::base::files::{flush_folder, make_folder};

/// An import in the making.
#[derive(Debug)]
pub struct Exchange {
    folder: PathBuf,
    target: PathBuf,
}

impl Exchange {
    /// Begins one in `folder`, of what will lie at `target`. An earlier one that a crash left aside is put back first.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn begin(folder: PathBuf, target: PathBuf) -> io::Result<Self> {
        let exchange = Exchange { folder, target };
        exchange.put_back()?;
        exchange.clear()?;
        fs::create_dir_all(exchange.folder())?;
        Ok(exchange)
    }

    /// Where an earlier import is, while the new one takes its place.
    fn aside(&self) -> PathBuf {
        self.folder.join("old")
    }

    fn exchange_by_parts(&self) -> io::Result<()> {
        fs::rename(&self.target, self.aside())?;
        fs::rename(self.folder(), &self.target).or_else(|error| {
            self.put_back()?;
            Err(error)
        })
    }

    /// Puts an earlier import back that nothing has taken the place of.
    fn put_back(&self) -> io::Result<()> {
        match self.aside().try_exists()? && !self.target.try_exists()? {
            true => fs::rename(self.aside(), &self.target),
            false => Ok(()),
        }
    }

    fn clear(&self) -> io::Result<()> {
        if self.folder.exists() { fs::remove_dir_all(&self.folder) } else { Ok(()) }
    }
}

impl ImportWay for Exchange {
    fn folder(&self) -> PathBuf {
        self.folder.join("new")
    }

    /// A crash leaves the earlier import or the new one; where the file system cannot exchange the two at once, perhaps
    /// none, until the month's next import has put the earlier one back.
    fn finish(self: Box<Self>) -> io::Result<()> {
        let new = self.folder();
        let parent = self.target.parent().unwrap_or(&self.target);
        flush_folder(&new)?;
        make_folder(parent)?;
        match self.target.try_exists()? {
            false => fs::rename(&new, &self.target)?,
            true => match renameat_with(CWD, &new, CWD, &self.target, RenameFlags::EXCHANGE) {
                Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => self.exchange_by_parts()?,
                exchanged => exchanged?,
            },
        }
        flush_folder(parent)
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        // What cannot be removed now is cleared by the month's next import.
        if let Err(error) = self.clear() {
            tracing::warn!(folder = %self.folder.display(), %error, "could not be cleared");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_import_is_there_until_the_new_one_is() {
        let sandbox = tempfile::tempdir().unwrap();
        let [left, target] = ["staging", "openings/2026-04"].map(|name| sandbox.path().join(name));
        let begin = || Exchange::begin(left.clone(), target.clone()).unwrap();
        let write = |import: &Exchange, text: &str| {
            fs::write(import.folder().join("state"), text).unwrap();
        };
        let there = || fs::read_to_string(target.join("state")).ok();
        let import = |text: &str| {
            let exchange = begin();
            write(&exchange, text);
            Box::new(exchange).finish().unwrap();
            assert_eq!(there().as_deref(), Some(text));
        };
        import("first");
        import("second");
        // As a crash leaves it where two folders are not exchanged at once.
        fs::create_dir_all(&left).unwrap();
        fs::rename(&target, left.join("old")).unwrap();
        assert_eq!(there(), None);
        drop(begin());
        assert_eq!(there().as_deref(), Some("second"));
        // There, two renames do.
        let exchange = begin();
        write(&exchange, "third");
        exchange.exchange_by_parts().unwrap();
        drop(exchange);
        assert_eq!(there().as_deref(), Some("third"));
        import("fourth");
        assert!(!left.exists());
    }
}
