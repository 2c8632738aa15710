//! `export invoice` through the binary: what a page tells, that it stays, and what is said where it cannot be made.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

use crate::common::focus_story::{Story, YEN};
use crate::common::golden::wants_update;
use crate::common::invoice_story::{self, LINES, NAMES, SELLER};
use crate::common::{Outcome, monthend, result, root, run, tree, words};

const BUYERS: &str = "\
account_id,name,address,email,tax_number
ann,Ann Ltd.,\"1 Main Street
Springfield\",ann@example.com,GB999
cy,,,cy@example.com,
";

fn export(book: &Path, out: &Path, arguments: &[&str]) -> Command {
    let mut export = monthend(["export", "invoice"]);
    export.args(arguments).arg("--book").arg(book).arg("--out").arg(out);
    export
}

/// A file of the story's folder; gives its path as text.
fn written(story: &Story, name: &str, text: &str) -> Outcome<String> {
    let path = story.path(name);
    fs::write(&path, text)?;
    Ok(path.to_str().ok_or("the folder's name is not UTF-8")?.to_owned())
}

fn page(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("INV-2026-04-{number:08}.html"))
}

/// Holds a page against `tests/invoices/<name>.html`.
fn check_golden(name: &str, page: &Path) -> Outcome {
    let golden = root().join(format!("tests/invoices/{name}.html"));
    let text = fs::read_to_string(page)?;
    if wants_update() {
        fs::write(&golden, &text)?;
    }
    let kept = fs::read_to_string(&golden)?;
    let lines = kept.lines().zip(text.lines()).find(|(kept, now)| kept != now);
    assert!(kept == text, "{} differs: {lines:?}", golden.display());
    Ok(())
}

/// An invoice, a debit note, a credit note, and an invoice that came late, of an account without a name.
#[test]
fn pages_tell_what_the_tables_have() -> Outcome {
    let story = Story::begin()?;
    story.correct()?;
    let (seller, buyers) =
        (written(&story, "seller.toml", SELLER)?, written(&story, "buyers.csv", BUYERS)?);
    let out = story.path("out");
    let asked = ["--month", "2026-04", "--seller", &seller, "--buyers", &buyers, "--json"];
    let told = result(&run(&mut export(&story.book(), &out, &asked), 0)?)?;
    assert_eq!((&told["documents"], &told["written"]), (&5.into(), &5.into()));
    assert_eq!(told["accounts_without_name"], serde_json::json!(["bob", "cy"]));
    for (name, number) in
        [("invoice", 1), ("debit-note", 3), ("credit-note", 4), ("late-invoice", 5)]
    {
        check_golden(name, &page(&out, number))?;
    }
    Ok(())
}

#[test]
fn a_later_revision_changes_no_page() -> Outcome {
    let story = Story::begin()?;
    let out = story.path("out");
    let all = ["--month", "2026-04"];
    run(&mut export(&story.book(), &out, &all), 0)?;
    story.correct()?;
    story.correct_again()?;
    let told = String::from_utf8(run(&mut export(&story.book(), &out, &all), 0)?.stdout)?;
    let expected = format!(
        "\
7 documents of 2026-04 in {}
  written     5
  unchanged   2
  no name     4: ann, bob, cy and 1 more; of 4 accounts, billed under their ids
",
        out.display()
    );
    assert_eq!(told, expected);
    // One alone is the same page.
    let one = story.path("one");
    run(&mut export(&story.book(), &one, &["INV-2026-04-00000003"]), 0)?;
    assert_eq!(tree(&one)?.len(), 1);
    assert_eq!(fs::read(page(&one, 3))?, fs::read(page(&out, 3))?);
    Ok(())
}

#[test]
fn what_is_there_is_not_overwritten_in_silence() -> Outcome {
    let story = Story::begin()?;
    let (out, sent) = (story.path("out"), "sent as it is");
    fs::create_dir(&out)?;
    fs::write(page(&out, 2), sent)?;
    let all = ["--month", "2026-04"];
    let told = String::from_utf8(run(&mut export(&story.book(), &out, &all), 3)?.stdout)?;
    let left = "left alone  1: INV-2026-04-00000002; their files say something else (--replace)";
    assert!(told.contains(left), "{told}");
    assert_eq!(fs::read_to_string(page(&out, 2))?, sent);
    assert!(page(&out, 1).exists());
    let told =
        run(&mut export(&story.book(), &out, &["--month", "2026-04", "--replace", "--json"]), 0)?;
    let told = result(&told)?;
    assert_eq!((&told["replaced"], &told["unchanged"]), (&1.into(), &1.into()));
    assert_ne!(fs::read_to_string(page(&out, 2))?, sent);
    assert_eq!(tree(&out)?.len(), 2, "nothing else is left there");
    // The page of an archived month is the same.
    let mut archive = monthend(["archive", "--before", "2026-05", "--to"]);
    run(archive.arg(story.path("archive")).arg("--book").arg(story.book()), 0)?;
    let told = run(&mut export(&story.book(), &out, &["--month", "2026-04", "--json"]), 0)?;
    assert_eq!(result(&told)?["unchanged"], 2);
    Ok(())
}

#[test]
fn some_accounts_alone() -> Outcome {
    let story = Story::begin()?;
    let asked = ["--month", "2026-04", "--accounts", "ann,eve,nobody", "--json"];
    let told = result(&run(&mut export(&story.book(), &story.path("out"), &asked), 0)?)?;
    assert_eq!(told["documents"], 1);
    assert_eq!(told["accounts_without_document"], serde_json::json!(["eve", "nobody"]));
    let list = written(&story, "list.txt", "bob\n")?;
    let listed = ["--month", "2026-04", "--accounts", &format!("@{list}")];
    run(&mut export(&story.book(), &story.path("out"), &listed), 0)?;
    assert!(page(&story.path("out"), 2).exists());
    Ok(())
}

#[test]
fn yen_have_no_decimals() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut bill = monthend(["run", "--month", "2026-04", "--opening", "genesis"]);
    for (option, name, text) in YEN {
        fs::write(folder.path().join(name), text)?;
        bill.arg(option).arg(folder.path().join(name));
    }
    let book = folder.path().join("book");
    run(bill.arg("--book").arg(&book), 0)?;
    run(&mut export(&book, folder.path(), &["--month", "2026-04"]), 0)?;
    let text = fs::read_to_string(page(folder.path(), 1))?;
    for shown in [">3,000</td>", ">0.333333</td>", "3,003 JPY</td>"] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    assert!(!text.contains("3,000."), "{text}");
    Ok(())
}

#[test]
fn whatever_is_written_in_names_and_ids_stays_text() -> Outcome {
    let folder = tempfile::tempdir()?;
    let pages = invoice_story::pages(folder.path())?;
    for (number, path) in pages.iter().enumerate() {
        let text = fs::read_to_string(path)?;
        for name in &NAMES[2 * number..2 * number + 2] {
            let escaped = name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            assert!(text.contains(&format!("<bdi>{escaped}</bdi>")), "{name}");
        }
        assert!(!text.contains("<script") && !text.contains("<b>"), "{}", path.display());
    }
    let text = fs::read_to_string(&pages[0])?;
    assert_eq!(text.matches("<bdi>Σχέδιο").count(), LINES, "a line each, and the plan's name");
    assert!(text.contains(&"a".repeat(256)));
    assert!(fs::read_to_string(&pages[1])?.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt;"));
    Ok(())
}

/// A signup that was none: the credit note tells of no credits, since there is no statement.
#[test]
fn an_account_that_is_gone_has_a_page() -> Outcome {
    let story = Story::begin()?;
    let changes = fs::read_to_string(story.path("changes.csv"))?;
    let others: Vec<&str> = changes.lines().filter(|line| !line.contains(",bob,")).collect();
    fs::write(story.path("changes.csv"), format!("{}\n", others.join("\n")))?;
    let mut bill =
        monthend(["run", "--month", "2026-04", "--catalog", "fixtures/catalogs", "--opening"]);
    bill.args(["genesis", "--reason", "no signup", "--issued-on", "2026-06-10"]);
    bill.arg("--changes")
        .arg(story.path("changes.csv"))
        .arg("--usage")
        .arg(story.path("usage.csv"));
    run(bill.arg("--book").arg(story.book()), 3)?;
    run(&mut export(&story.book(), &story.path("out"), &["INV-2026-04-00000003"]), 0)?;
    let text = fs::read_to_string(page(&story.path("out"), 3))?;
    assert!(
        text.contains("-40.00 USD") && text.contains("INV-2026-04-00000002, invoice"),
        "{text}"
    );
    assert!(!text.contains("Credits of"), "{text}");
    Ok(())
}

#[test]
fn a_template_may_be_replaced() -> Outcome {
    let story = Story::begin()?;
    let printed = String::from_utf8(
        run(&mut monthend(["export", "invoice", "--print-template"]), 0)?.stdout,
    )?;
    let own = written(&story, "own.html", &printed)?;
    let (out, again) = (story.path("out"), story.path("again"));
    run(&mut export(&story.book(), &out, &["--month", "2026-04"]), 0)?;
    run(&mut export(&story.book(), &again, &["--month", "2026-04", "--template", &own]), 0)?;
    assert_eq!(fs::read(page(&out, 1))?, fs::read(page(&again, 1))?);

    let mine = "{% for line in lines %}\n{{ line.charged_on|date }}: {{ line.amount|thousands }}\n{% endfor %}\n";
    let mine = written(&story, "mine.html", mine)?;
    let asked = ["INV-2026-04-00000002", "--replace", "--template", &mine];
    run(&mut export(&story.book(), &out, &asked), 0)?;
    assert_eq!(fs::read_to_string(page(&out, 2))?, "1 April 2026: 20.00\n10 April 2026: 20.00\n");

    for (text, place, said) in [
        (
            "<p>\n{{ buyer.nmae }}</p>",
            ":2, value `INV-2026-04-00000001`",
            "`buyer.nmae` is undefined",
        ),
        ("<p>\n\n{% if buyer %}\n", ":3", "unexpected end of input"),
        ("{{ month|date }}", ":1, value `INV-2026-04-00000001`", "`April 2026` is no date"),
        ("{% include \"other.html\" %}", ":1", "unknown statement include"),
    ] {
        let wrong = written(&story, "wrong.html", text)?;
        let asked = ["--month", "2026-04", "--template", &wrong];
        let refused = words(&run(&mut export(&story.book(), &story.path("none"), &asked), 2)?);
        assert!(refused.starts_with(&format!("error[ME0146]: {wrong}{place}: ")), "{refused}");
        assert!(refused.contains(said), "{refused}");
        assert!(tree(&story.path("none"))?.is_empty());
    }
    Ok(())
}

#[test]
fn what_cannot_be_made_is_told() -> Outcome {
    let story = Story::begin()?;
    let refused = |arguments: &[&str], code: i32| -> Outcome<String> {
        Ok(words(&run(&mut export(&story.book(), &story.path("none"), arguments), code)?))
    };
    for (text, said) in [
        ("nmae = \"A\"\n", ":1: unknown key `nmae`, did you mean `name`?"),
        ("email = \"a@b\"\n", ": `name` is missing or empty"),
        ("name = \"A\"\nlogo = \"https://a/b.png\"\n", ":2: `logo` is no picture within the file"),
        ("name = \"A\"\naddress = \"B\"\n", ":2: invalid type: string \"B\", expected a sequence"),
    ] {
        let seller = written(&story, "seller.toml", text)?;
        let told = refused(&["--month", "2026-04", "--seller", &seller], 2)?;
        assert!(told.starts_with(&format!("error[ME0145]: {seller}{said}")), "{told}");
    }
    for (text, code, said) in [
        (
            "account_id,name\nann,A\nbob,B\nann,C\n",
            "ME0341",
            ", row 3, column `account_id`, value `ann`: has a second row",
        ),
        ("account_id,name\n,A\n", "ME0321", ", row 1, column `account_id`: is empty"),
        ("account,name\nann,A\n", "ME0313", ", column `account_id`: is missing"),
    ] {
        let buyers = written(&story, "buyers.csv", text)?;
        let told = refused(&["--month", "2026-04", "--buyers", &buyers], 1)?;
        assert!(told.starts_with(&format!("error[{code}]: {buyers}{said}")), "{told}");
    }
    let told = refused(&["INV-2026-04-00000009"], 1)?;
    assert!(
        told.contains("ME0335") && told.contains("has no document `INV-2026-04-00000009`"),
        "{told}"
    );
    assert!(refused(&["ann"], 1)?.contains("--month 2026-05 --accounts ID"));
    assert!(refused(&["--month", "2026-09"], 2)?.contains("ME0121"));
    refused(&["INV-2026-04-00000001", "--month", "2026-04"], 2)?;
    run(&mut monthend(["export", "invoice", "INV-2026-04-00000001"]), 2)?;
    assert!(tree(&story.path("none"))?.is_empty());
    fs::write(story.path("none"), "a file")?;
    assert!(refused(&["--month", "2026-04"], 1)?.contains("ME0722"));
    Ok(())
}
