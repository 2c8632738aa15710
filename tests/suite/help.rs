//! Completions and manual pages say what `--help` says: no option is missing, and none is made up.

use std::collections::BTreeSet;
use std::fs;

use crate::common::commands::{Options, options_in_help};
use crate::common::{Outcome, monthend};

#[test]
fn every_help_has_options() -> Outcome {
    let options = options_in_help()?;
    assert!(options.len() > 20, "only {} commands", options.len());
    let of = |words: &str| options.get(&words.split(' ').map(str::to_owned).collect::<Vec<_>>());
    let version: BTreeSet<String> =
        ["-h", "--help", "-V", "--version"].map(str::to_owned).into_iter().collect();
    assert_eq!(of("monthend"), Some(&version));
    let run = of("monthend run").ok_or("no run")?;
    assert!(
        ["--month", "--job", "-v", "--only-if"].iter().all(|name| run.contains(*name)),
        "{run:?}"
    );
    assert!(of("monthend export focus").is_some_and(|options| options.contains("--month")));
    Ok(())
}

#[test]
fn manual_pages_have_the_options_exit_codes_and_examples_of_the_help() -> Outcome {
    let folder = tempfile::tempdir()?;
    let pages = folder.path().join("share/man1");
    let said = monthend(["man"]).arg(&pages).output()?;
    let expected = options_in_help()?;
    assert_eq!(
        String::from_utf8(said.stdout)?,
        format!("{} manual pages written\n", expected.len())
    );
    let written = fs::read_dir(&pages)?.map(|entry| Ok(entry?.file_name().into_string()));
    let written: BTreeSet<_> = written.collect::<Outcome<Result<_, _>>>()?.map_err(|_| "a name")?;
    let called = expected.keys().map(|words| words.join("-") + ".1").collect();
    assert_eq!(written, called);

    let mut found = Options::new();
    for words in expected.keys() {
        let page = fs::read_to_string(pages.join(words.join("-") + ".1"))?;
        let page: Vec<String> = page.lines().map(plain).collect();
        let introduced = page.windows(2).filter(|pair| pair[0] == ".TP").map(|pair| &pair[1]);
        let options = introduced.flat_map(|line| line.split([' ', ',', '[']));
        let options = options.filter(|word| word.starts_with('-')).map(str::to_owned);
        found.insert(words.clone(), options.collect());

        let help = monthend(words[1..].iter().map(String::as_str).chain(["--help"])).output()?;
        let help = String::from_utf8(help.stdout)?;
        let end = ["\nExamples:\n", "\nExit codes:\n"].map(|heading| help.find(heading));
        let Some(end) = end.into_iter().flatten().min() else { continue };
        for line in help[end..].lines().filter(|line| line.starts_with("  ")) {
            let line = &line[2..];
            assert!(page.iter().any(|of_page| of_page == line), "{words:?} lacks `{line}`");
        }
    }
    assert_eq!(found, expected);
    Ok(())
}

/// A line of a page as it is shown.
fn plain(line: &str) -> String {
    let shown = line.strip_prefix("\\&").unwrap_or(line);
    [("\\fB", ""), ("\\fI", ""), ("\\fR", ""), ("\\-", "-"), ("\\*(Aq", "'"), ("\\\\", "\\")]
        .iter()
        .fold(shown.to_owned(), |text, (escape, sign)| text.replace(escape, sign))
}

/// How a shell's completions have a command's options.
struct Form {
    shell: &'static str,
    /// What begins a command's part of the script, of the words that call it.
    begins: fn(&[String]) -> String,
    /// What ends it.
    ends: &'static str,
    /// The options of a line.
    options: fn(&str) -> Vec<String>,
}

const FORMS: [Form; 3] = [
    Form {
        shell: "bash",
        begins: |words| format!("        {})\n", words.join("__subcmd__")),
        ends: "if [[",
        options: |line| match line.trim().strip_prefix("opts=\"") {
            Some(words) => words.trim_end_matches('"').split(' ').map(str::to_owned).collect(),
            None => Vec::new(),
        },
    },
    Form {
        shell: "elvish",
        begins: |words| format!("&'{}'= {{\n", words.join(";")),
        ends: "\n        }",
        options: |line| first_word_behind(line.trim(), "cand "),
    },
    Form {
        shell: "powershell",
        begins: |words| format!("        '{}' {{\n", words.join(";")),
        ends: "\n            break",
        options: |line| first_word_behind(line.trim(), "[CompletionResult]::new('"),
    },
];

fn first_word_behind(line: &str, prefix: &str) -> Vec<String> {
    let word = line.strip_prefix(prefix).and_then(|rest| rest.split([' ', '\'']).next());
    word.map(str::to_owned).into_iter().collect()
}

#[test]
fn completions_have_the_options_of_the_help() -> Outcome {
    let expected = options_in_help()?;
    for form in &FORMS {
        let shell = form.shell;
        let script = String::from_utf8(monthend(["completions", shell]).output()?.stdout)?;
        for (words, options) in &expected {
            let begins = (form.begins)(words);
            let part = script.split_once(&begins).ok_or_else(|| format!("{shell}: no {begins}"))?.1;
            let part = part.split(form.ends).next().unwrap_or_default();
            let found = part.lines().flat_map(form.options).filter(|word| word.starts_with('-'));
            assert_eq!(&found.collect::<BTreeSet<_>>(), options, "{shell}: {words:?}");
        }
    }
    Ok(())
}

/// zsh's script nests: a command's part is the one behind its name in the part of the command above.
#[test]
fn completions_for_zsh_have_the_options_of_the_help() -> Outcome {
    let script = String::from_utf8(monthend(["completions", "zsh"]).output()?.stdout)?;
    for (words, options) in &options_in_help()? {
        let mut part = script.split_once("_arguments ").ok_or("no arguments")?.1;
        for word in &words[1..] {
            let begins = format!("({word})\n_arguments ");
            part = part.split_once(&begins).ok_or_else(|| format!("no {begins}"))?.1;
        }
        let part = part.split("&& ret=0").next().unwrap_or_default();
        let found = part.lines().filter_map(|line| line.trim().strip_prefix('\''));
        // `'(--month)--all[Put …]'`, `'*--usage=[The …]:PATH:_files'`
        let found = found.map(|line| match line.strip_prefix('(') {
            Some(excluded) => excluded.split_once(')').map_or(excluded, |(_, option)| option),
            None => line,
        });
        let found = found.map(|line| line.trim_start_matches('*'));
        let found = found.filter(|line| line.starts_with('-'));
        let found = found.map(|line| line.split(['=', '[', '+']).next().unwrap_or(line).to_owned());
        assert_eq!(&found.collect::<BTreeSet<_>>(), options, "{words:?}");
    }
    Ok(())
}

#[test]
fn a_folder_that_cannot_be_made_is_told() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("file"), "")?;
    let said = monthend(["man"]).arg(folder.path().join("file/man1")).output()?;
    let words = String::from_utf8(said.stderr)?;
    assert_eq!(said.status.code(), Some(1), "{words}");
    assert!(words.contains("file/man1: the manual pages cannot be written"), "{words}");
    Ok(())
}
