//! What is made from what can be typed, and from what `--help` says: completions for shells, and manual pages, one for
//! each command.

use std::path::Path;
use std::{fs, io};

use clap::{Arg, CommandFactory, ValueHint};
use clap_complete::{Shell, generate};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::args::Cli;
use super::version;
use crate::base::error::{Code, Error, Result};
use crate::base::files;

/// A shell's completions, as a script for it.
pub(super) fn completions(shell: Shell) -> String {
    let mut command = folders_are_folders(Cli::command());
    let mut script = Vec::new();
    generate(shell, &mut command, "monthend", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Where a folder is asked for, no file is proposed.
fn folders_are_folders(command: clap::Command) -> clap::Command {
    let takes_folder = |arg: &clap::Arg| {
        arg.get_value_names().is_some_and(|names| names.iter().any(|name| name == "DIR"))
    };
    command
        .mut_args(|arg| if takes_folder(&arg) { arg.value_hint(ValueHint::DirPath) } else { arg })
        .mut_subcommands(folders_are_folders)
}

/// Writes the pages into a folder; gives how many there are.
pub(super) fn manual_pages(folder: &Path) -> Result<usize> {
    let cannot = |path: &Path, error| {
        Error::new(Code::OUTPUT_UNWRITABLE, "the manual pages cannot be written")
            .in_file(path)
            .caused_by(error)
    };
    files::make_folder(folder).map_err(|e| cannot(folder, e))?;
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let commands = with_all_below(&root, None);
    for (command, above) in &commands {
        let path = folder.join(format!("{}.1", name(command)));
        let page = page(command, *above).map_err(|e| cannot(&path, e))?;
        fs::write(&path, page).map_err(|e| cannot(&path, e))?;
    }
    Ok(commands.len())
}

type Below<'a> = (&'a clap::Command, Option<&'a clap::Command>);

/// A command and all below it, each with the one that it belongs to.
fn with_all_below<'a>(
    command: &'a clap::Command,
    above: Option<&'a clap::Command>,
) -> Vec<Below<'a>> {
    let below = command.get_subcommands().filter(|below| !below.is_hide_set());
    let below = below.flat_map(|below| with_all_below(below, Some(command)));
    [(command, above)].into_iter().chain(below).collect()
}

/// What a command's page is called: its words, joined.
fn name(command: &clap::Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

/// What stands for the date of a page where the program does not know when it was built.
const DEVELOPMENT: &str = "development";

/// The values that an option takes, as a sentence of its help: a list of them would be set with
/// macros that readers of manual pages warn of.
fn values_in_words(arg: Arg) -> Arg {
    let values = arg.get_possible_values().into_iter().filter(|value| !value.is_hide_set());
    let words = values.map(|value| match value.get_help() {
        Some(help) => format!("{} ({help})", value.get_name()),
        None => value.get_name().to_owned(),
    });
    let words = words.collect::<Vec<_>>().join(", ");
    let help = arg.get_long_help().or_else(|| arg.get_help()).map(ToString::to_string);
    match (help, words.is_empty() || !arg.get_action().takes_values()) {
        (Some(help), false) => {
            arg.hide_possible_values(true).long_help(format!("{help} [possible values: {words}]"))
        }
        _ => arg,
    }
}

fn page(command: &clap::Command, above: Option<&clap::Command>) -> io::Result<Vec<u8>> {
    let man = Man::new(command.clone().mut_args(values_in_words))
        .date(version::date().unwrap_or_else(|| DEVELOPMENT.to_owned()))
        .source(concat!("monthend ", env!("CARGO_PKG_VERSION")))
        .manual("Month-end billing");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    let help = command.get_after_long_help().or_else(|| command.get_after_help());
    let help = help.map(ToString::to_string).unwrap_or_default();
    let (prose, sections) = parts(&help);
    put(&mut page, &paragraphs(&prose))?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    for (heading, lines) in sections {
        put(&mut page, &as_they_stand(&heading, &lines))?;
    }
    put(&mut page, &see_also(command, above))?;
    Ok(page)
}

/// Adds to a page, without the preamble that it has already.
fn put(page: &mut Vec<u8>, more: &Roff) -> io::Result<()> {
    if *more != Roff::new() {
        more.to_writer(page)?;
    }
    Ok(())
}

type Section<'a> = (String, Vec<&'a str>);

/// What stands at the end of a help text: first what has no heading, then what stands below each.
fn parts(help: &str) -> (Vec<&str>, Vec<Section<'_>>) {
    let (mut prose, mut sections) = (Vec::new(), Vec::<Section>::new());
    for line in help.lines() {
        let heading = line.strip_suffix(':').filter(|words| !words.starts_with(' '));
        match (heading.and_then(|words| words.split(" (").next()), sections.last_mut()) {
            // As manual pages call it.
            (Some("Exit codes"), _) => sections.push(("EXIT STATUS".to_owned(), Vec::new())),
            (Some(words), _) => {
                let beside = line[words.len()..].trim_matches([' ', ':', '(', ')']);
                let lines = if beside.is_empty() { Vec::new() } else { vec![beside, ""] };
                sections.push((words.to_uppercase(), lines));
            }
            (None, Some((_, lines))) => lines.push(line.strip_prefix("  ").unwrap_or(line)),
            (None, None) => prose.push(line),
        }
    }
    (prose, sections)
}

/// Paragraphs, to be filled.
fn paragraphs(lines: &[&str]) -> Roff {
    let mut roff = Roff::new();
    for paragraph in lines.split(|line| line.trim().is_empty()).filter(|lines| !lines.is_empty()) {
        roff.control("PP", []).text([roman(paragraph.join(" "))]);
    }
    roff
}

/// A section whose lines stay as they are.
fn as_they_stand(heading: &str, lines: &[&str]) -> Roff {
    let end = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    let mut roff = Roff::new();
    roff.control("SH", [heading]).control("nf", []);
    lines[..end].iter().for_each(|line| {
        roff.text([roman(*line)]);
    });
    roff.control("fi", []);
    roff
}

/// The pages of the commands above and below.
fn see_also(command: &clap::Command, above: Option<&clap::Command>) -> Roff {
    let below = command.get_subcommands().filter(|below| !below.is_hide_set());
    let mut roff = Roff::new();
    for (at, other) in above.into_iter().chain(below).enumerate() {
        if at == 0 {
            roff.control("SH", ["SEE ALSO"]);
        } else {
            roff.text([roman(",")]);
        }
        roff.text([bold(name(other)), roman("(1)")]);
    }
    roff
}
