//! `init`: a job file, a catalogue and `.gitignore` for one's own month, by what samples of the logs
//! show. Nothing is concluded in silence: each conclusion is told with its evidence, and what cannot
//! be told is asked, or left open in the job file.

mod catalog_text;
mod columns;
mod conclusion;
mod forms;
mod job_text;
mod look;
mod request;
mod wanted;
mod words;

pub use request::{Ask, Request};

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::json;

use catalog_text::CatalogText;
use job_text::job_text;
use look::Looked;

use crate::base::answer::Answer;
use crate::base::calendar::Month;
use crate::base::error::{Code, Error, Faults, Result};
use crate::base::files::{make_folder, open_unlinked};
use crate::base::path_names::PathNames;
use crate::base::text_table::TextTable;

/// The exit code where something is left open.
const OPEN: u8 = 3;

/// Looks at the samples and writes the files.
///
/// # Errors
/// A sample cannot be read, the catalogue is none, a file is there already or cannot be written.
pub fn run(request: &Request, ask: &mut Ask<'_>) -> Result<Answer> {
    let mut usage = look::usage(&request.usage, ask)?;
    let month = usage.first_month.unwrap_or(request.month);
    let mut catalog = CatalogText::of(request, month)?;
    let mut changes = look::changes(&request.changes, &catalog.catalog, ask)?;
    if request.catalog.is_none() {
        catalog.add_kinds(&changes.new_kinds)?;
    }
    // Paths are named from the folder on, and so it must be there.
    make_folder(&request.folder).map_err(|e| {
        Error::new(Code::OUTPUT_UNWRITABLE, "the folder cannot be made")
            .in_file(&request.folder)
            .caused_by(e)
    })?;
    let names = PathNames::from(&request.folder, &request.working_folder, []);
    let month_name = month.to_string();
    let path = |path: &PathBuf| names.name(path);
    // The files of the first month stand for those of each.
    let of_each = |p: &PathBuf| path(p).replace(&month_name, "{month}");
    usage.paths = request.usage.iter().map(of_each).collect();
    changes.paths = request.changes.iter().map(path).collect();
    let at = |name: &str| request.folder.join(name);
    let mut files = vec![
        (at(request.job_file), job_text(&usage, &changes)),
        (at("catalogs").join(catalog.file()), catalog.text.clone()),
    ];
    let ignored = ignored(&usage, &changes);
    let is_ignored = at(".gitignore").symlink_metadata().is_ok();
    if !is_ignored {
        files.push((at(".gitignore"), ignored.concat()));
    }
    write(&files, request.force)?;
    let told = Told { request, files: &files, catalog: &catalog, month, is_ignored };
    Ok(told.answer(&usage, &changes, &ignored))
}

/// The lines of `.gitignore`: the book, and logs that lie below the folder.
fn ignored(usage: &Looked, changes: &Looked) -> Vec<String> {
    let logs = usage.paths.iter().chain(&changes.paths);
    let below = logs.filter(|path| !path.starts_with("..") && !Path::new(path).is_absolute());
    let logs = below.map(|path| format!("/{}\n", path.replace("{month}", "*")));
    std::iter::once("/book/\n".to_owned()).chain(logs).collect()
}

/// What was done, as it is told.
struct Told<'a> {
    request: &'a Request,
    files: &'a [NewFile],
    catalog: &'a CatalogText,
    month: Month,
    is_ignored: bool,
}

impl Told<'_> {
    fn answer(&self, usage: &Looked, changes: &Looked, ignored: &[String]) -> Answer {
        let mut table = TextTable::labelled(11);
        for (name, log) in [("usage log", usage), ("change log", changes)] {
            if !log.seen.is_empty() {
                table.line(format!("{name}  {}", log.seen));
                log.told.iter().for_each(|told| told.tell(&mut table));
            }
        }
        let written: Vec<String> =
            self.files.iter().map(|(path, _)| path.display().to_string()).collect();
        table.line(format!("written  {}", written.join(", ")));
        if self.catalog.is_starter {
            let file = self.request.folder.join("catalogs").join(self.catalog.file());
            table.line(format!("prices   made up, in {}: write your own", file.display()));
        }
        if self.is_ignored {
            let lines: Vec<&str> = ignored.iter().map(|line| line.trim_end()).collect();
            table.line(format!(".gitignore is there; add to it: {}", lines.join(" ")));
        }
        let open =
            [usage, changes].into_iter().flat_map(|log| &log.told).filter(|told| told.is_open);
        let open = open.count();
        let next = self.next();
        match open {
            0 => table.line(format!("next     {next}")),
            open => {
                let them = if open == 1 { "what is OPEN" } else { "all that is OPEN" };
                table
                    .line(format!("settle {them}, in {}; then {next}", self.places(changes, open)));
            }
        }
        let result = json!({
            "status": "written",
            "files": written,
            "month": self.month.to_string(),
            "usage": usage.told,
            "changes": changes.told,
            "open": open,
            "next": next,
        });
        let exit_code = if open > 0 { OPEN } else { 0 };
        Answer::new(table.text(""), &result, exit_code)
    }

    /// The files in which what is open is settled: kinds of grants in the catalogue, all else in the job file.
    fn places(&self, changes: &Looked, open: usize) -> String {
        let folder = &self.request.folder;
        let job = folder.join(self.request.job_file).display().to_string();
        let catalog = folder.join("catalogs").join(self.catalog.file()).display().to_string();
        match changes.new_kinds.len() {
            0 => job,
            kinds if kinds == open => catalog,
            _ => format!("{job} and {catalog}"),
        }
    }

    /// The command that comes next.
    fn next(&self) -> String {
        let folder = &self.request.folder;
        let job = match folder.as_os_str().is_empty() || folder == Path::new(".") {
            true => String::new(),
            false => format!(" --job {}", folder.join(self.request.job_file).display()),
        };
        format!("monthend check{job} --month {} --opening genesis", self.month)
    }
}

/// A file to write: where, and what.
type NewFile = (PathBuf, String);

/// Writes files. One that is there is only written anew by `force`.
///
/// # Errors
/// [`crate::base::error::Kind::Usage`]: one is there; [`crate::base::error::Kind::System`]: one cannot
/// be written.
fn write(files: &[NewFile], force: bool) -> Result<()> {
    let mut faults = Faults::default();
    for (path, _) in files.iter().filter(|(path, _)| !force && path.symlink_metadata().is_ok()) {
        faults.add(
            Error::new(Code::OUT_FOLDER, "is there already, and nothing was written")
                .in_file(path)
                .hint("say --force to write it anew, or name another folder"),
        );
    }
    faults.check("files are there already")?;
    files.iter().try_for_each(|(path, text)| {
        put(path, text, force).map_err(|e| {
            Error::new(Code::OUTPUT_UNWRITABLE, "cannot be written").in_file(path).caused_by(e)
        })
    })
}

fn put(path: &Path, text: &str, force: bool) -> std::io::Result<()> {
    make_folder(path.parent().unwrap_or(Path::new("")))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(!force).create(force).truncate(force);
    open_unlinked(&options, path)?.write_all(text.as_bytes())
}
