//! What others have planted: text that plays with a terminal, and links in the book.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

use crate::common::{Outcome, april, code, monthend, run, words};

/// What was printed holds nothing that a terminal obeys.
fn assert_tame(output: &Output, said: &str) -> Outcome {
    for text in [&output.stdout, &output.stderr] {
        let text = String::from_utf8(text.clone())?;
        let obeyed =
            |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        assert!(!text.contains(obeyed), "{text:?}");
    }
    let all = String::from_utf8_lossy(&output.stdout).into_owned() + &words(output);
    assert!(all.contains(said), "`{said}` is not in {all}");
    Ok(())
}

const CATALOGUE: &str = "name = \"Evil \\u001b[2J\\u009b1m\\u202E\"\nin_force_from = 2025-01-01\n\
    currency = \"USD\"\n[[plan]]\nid = \"free\"\nname = \"Fr\\u001bee\\n\"\nprice = \"0.00\"\n\
    credits = 50\n";

fn billed(folder: &Path, usage: &str, book: &str) -> Command {
    let mut command = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
    command.current_dir(folder).args(["--catalog", "catalog.toml", "--changes", "changes.csv"]);
    command.args(["--usage", usage, "--book", book]);
    command
}

#[test]
fn text_of_inputs_never_plays_with_a_terminal() -> Outcome {
    let folder = tempfile::tempdir()?;
    let at = |name: &str| folder.path().join(name);
    fs::write(at("catalog.toml"), CATALOGUE)?;
    let signup = "c-1,ann,2026-01-10T09:00:00Z,signup,\n";
    fs::write(at("changes.csv"), format!("change_id,account_id,at,change,plan\n{signup}"))?;
    let name = "us\u{1b}[31mage\u{9b}\n.csv";
    fs::write(at(name), "event_id,acc\u{1b}ount,at,credits\ne,ann,x,1\n")?;
    let missing = billed(folder.path(), name, "book").output()?;
    assert_tame(&missing, "us\\u{1b}[31mage\\u{9b}\\n.csv")?;
    fs::write(at(name), "event_id,account_id,at,credits\ne,ann,2026-04-02T09:00:00Z,\u{1b}c1\n")?;
    let rejected = billed(folder.path(), name, "book").output()?;
    assert_tame(&rejected, "\\u{1b}c1")?;
    let json =
        billed(folder.path(), name, "book").args(["--json", "--log-format", "json"]).output()?;
    assert_tame(&json, "\\u001b[31mage")?;
    run(billed(folder.path(), name, "bo\u{1b}ok").args(["--max-reject-share", "1"]), 3)?;
    for args in
        [&["catalog", "show", "catalog.toml"][..], &["explain", "ann", "--month", "2026-04"]]
    {
        let mut command = monthend(args.iter().copied());
        command.current_dir(folder.path());
        if args[0] == "explain" {
            command.args(["--book", "bo\u{1b}ok"]);
        }
        assert_tame(&command.output()?, "Evil \\u{1b}[2J\\u{9b}1m\\u{202e}")?;
    }
    // Who holds a lock says so in a file of the book.
    let lock = folder.path().join("bo\u{1b}ok/.lock/2026-04");
    let held = File::options().write(true).open(&lock)?;
    held.lock()?;
    fs::write(&lock, "{\"host\":\"h\\u001b]0;x\\u0007\",\"pid\":1,\"since\":\"\\u001bnow\"}")?;
    let locked = billed(folder.path(), name, "bo\u{1b}ok").output()?;
    assert_eq!(code(&locked)?, 75);
    assert_tame(&locked, "on h\\u{1b}]0;x\\u{7} since")
}

#[test]
fn links_in_the_book_are_not_written_through() -> Outcome {
    for planted in [".lock/2026-04", ".journal", ".lock", ".staging"] {
        let folder = tempfile::tempdir()?;
        let (book, elsewhere) = (folder.path().join("book"), folder.path().join("elsewhere"));
        fs::create_dir_all(book.join(planted).parent().ok_or("no folder")?)?;
        let is_folder = matches!(planted, ".lock" | ".staging");
        match is_folder {
            true => fs::create_dir_all(elsewhere.join("2026-04"))?,
            false => fs::write(&elsewhere, "precious\n")?,
        }
        symlink(&elsewhere, book.join(planted))?;
        let output = april("run", &book).output()?;
        assert_eq!(code(&output)?, 1, "{planted}: {}", words(&output));
        assert!(words(&output).contains("is a link"), "{planted}: {}", words(&output));
        match is_folder {
            true => assert!(elsewhere.join("2026-04").is_dir(), "{planted}"),
            false => assert_eq!(fs::read_to_string(&elsewhere)?, "precious\n", "{planted}"),
        }
        assert!(!book.join("2026-04").exists(), "{planted}");
    }
    // A pointer that somebody prepared is no place to write to either.
    let folder = tempfile::tempdir()?;
    let (book, elsewhere) = (folder.path().join("book"), folder.path().join("elsewhere"));
    run(&mut april("run", &book), 3)?;
    fs::write(&elsewhere, "precious\n")?;
    symlink(&elsewhere, book.join("2026-04/.CURRENT"))?;
    let mut again = april("run", &book);
    again.args(["--reason", "again", "--usage", "fixtures/usage/2026-05*"]);
    let output = again.output()?;
    assert_eq!(code(&output)?, 3, "{}", words(&output));
    assert_eq!(fs::read_to_string(&elsewhere)?, "precious\n");
    assert_eq!(fs::read_to_string(book.join("2026-04/CURRENT"))?, "r002\n");
    Ok(())
}
