//! What is shown and asked on a terminal, which is one of tmux: how far a run is, and the questions of `init`; and what
//! a run says of how far it is where there is none.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::Duration;

use monthend_tests::generator::{Settings, generate};
use monthend_tests::{Outcome, program};
use tempfile::TempDir;

use crate::cannot_run;

/// Between looks at what is waited for.
const LOOK: Duration = Duration::from_millis(50);
/// How many there are at the most, on a machine that has other things to do.
const LOOKS: u32 = 6_000;
/// Rows of a month that takes this build some seconds.
const ROWS: u64 = if cfg!(debug_assertions) { 800_000 } else { 10_000_000 };

/// A terminal with a server of its own.
struct Terminal<'a> {
    folder: &'a Path,
    /// Where its socket is: another one for each, since a server that was told to end may answer for a while yet.
    socket: TempDir,
}

impl<'a> Terminal<'a> {
    /// Runs a command in a folder, in a terminal; `None` where there is no tmux.
    fn of(folder: &'a Path, columns: &str, command: &str) -> Outcome<Option<Self>> {
        let terminal = Terminal { folder, socket: tempfile::tempdir()? };
        let args = ["new-session", "-d", "-x", columns, "-y", "50", command];
        match terminal.tmux(&args) {
            Ok(output) if output.status.success() => Ok(Some(terminal)),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn tmux(&self, args: &[&str]) -> std::io::Result<Output> {
        let mut tmux = Command::new("tmux");
        tmux.current_dir(self.folder).env_remove("TMUX").env_remove("MONTHEND_JOB");
        tmux.arg("-S")
            .arg(self.socket.path().join("tmux"))
            .args(["-f", "/dev/null"])
            .args(args)
            .output()
    }

    /// All that the screen says, and escapes such as those of colours.
    fn screen(&self) -> Outcome<String> {
        let output = self.tmux(&["capture-pane", "-e", "-p", "-S", "-"])?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Waits until the screen says something; gives all of it, and every other screen that was seen before.
    fn watch_for(&self, text: &str) -> Outcome<(String, Vec<String>)> {
        let mut seen: Vec<String> = Vec::new();
        for _ in 0..LOOKS {
            let screen = self.screen()?;
            if screen.contains(text) {
                return Ok((screen, seen));
            }
            if seen.last() != Some(&screen) {
                seen.push(screen);
            }
            sleep(LOOK);
        }
        Err(format!("`{text}` is not on the screen:\n{:?}", seen.last()).into())
    }

    fn wait_for(&self, text: &str) -> Outcome<String> {
        Ok(self.watch_for(text)?.0)
    }

    fn answer(&self, question: &str, answer: &str) -> Outcome {
        self.wait_for(question)?;
        self.tmux(&["send-keys", "-l", answer])?;
        self.tmux(&["send-keys", "Enter"])?;
        Ok(())
    }
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        // It is gone by itself where its command has ended.
        let _ = self.tmux(&["kill-server"]);
    }
}

pub fn what_cannot_be_told_is_asked_on_a_terminal() -> Outcome {
    let folder = tempfile::tempdir()?;
    let usage = "id;user_id;org_id;at;credits\n\
        e-1;u-1;o-1;2026-04-10 12:00;1,234\ne-2;u-2;o-1;2026-04-10 12:01;2,345\n";
    let changes = "id,org_id,at,action,plan\nc-1,o-1,2026-01-05T09:00:00Z,begin,Gold\n";
    fs::write(folder.path().join("usage.csv"), usage)?;
    fs::write(folder.path().join("changes.csv"), changes)?;
    // Stays when the program has ended, so that the screen can be read.
    let command = format!("'{}' init; echo \"code $?\"; sleep 600", program().display());
    let Some(terminal) = Terminal::of(folder.path(), "160", &command)? else {
        return cannot_run("there is no tmux");
    };
    terminal.answer("A sample of the usage log", "usage.csv")?;
    terminal.answer("A sample of the change log", "changes.csv")?;
    terminal.answer("Which column of usage.csv is account_id?", "3")?; // there are two
    terminal.answer("1 to 2, or nothing to leave it open: 3", "2")?;
    terminal.answer("Are times such as `2026-04-10 12:00` of usage.csv in UTC?", "1")?;
    terminal.answer("In `1,234` of usage.csv, what does , stand before?", "1")?;
    terminal.answer("What does the change `begin` of changes.csv mean?", "7")?;
    terminal.answer("Which plan is `Gold` of changes.csv?", "2")?;
    let screen = terminal.wait_for("code ")?;
    assert!(screen.contains("code 0"), "{screen}");
    let job = fs::read_to_string(folder.path().join("monthend.toml"))?;
    for line in [
        "map_usage.account_id = \"org_id\"",
        "assume_utc.usage = true",
        "csv.usage.decimal = \",\"",
        "change_values.begin = \"signup\"",
        "plan_values.Gold = \"pro\"",
    ] {
        assert!(job.contains(&format!("\n{line}")), "{line}: {job}");
    }
    Ok(())
}

/// Makes a month in a folder that takes this build some seconds.
fn make_month(folder: &Path) -> Outcome {
    // Of Parquet: each pass reads it, where rows of text are read once.
    let settings = Settings::usual("2026-04", ROWS, 1_000).ok_or("no month")?;
    generate(&settings, folder).map_err(|fault| fault.to_string())?;
    Ok(())
}

/// What bills the month in its folder, for a shell there.
fn bill(book: &str) -> String {
    format!(
        "'{}' run --month 2026-04 --opening genesis --catalog catalog.toml --changes 'changes*' \
         --usage 'usage*' --book {book}",
        program().display()
    )
}

/// How much of the work is done, as a bar or a line says it.
fn percent(told: &str) -> Option<u64> {
    let (before, _) = told.split_once(" %")?;
    before.rsplit(' ').next()?.parse().ok()
}

pub fn a_terminal_shows_one_bar_for_the_whole_run() -> Outcome {
    let folder = tempfile::tempdir()?;
    let month = folder.path().join("month");
    make_month(&month)?;
    for (columns, before) in [("80", ""), ("200", "NO_COLOR=1 ")] {
        let command = format!(
            "{before}{} >stdout; echo \"code $?\"; sleep 600",
            bill(&format!("../{columns}"))
        );
        let Some(terminal) = Terminal::of(&month, columns, &command)? else {
            return cannot_run("there is no tmux");
        };
        let (last, seen) = terminal.watch_for("code ")?;
        assert!(!last.contains('%'), "nothing is left of it: {last}");
        assert!(last.contains("code 0") || last.contains("code 3"), "{last}");
        assert_eq!(
            fs::read_to_string(month.join("stdout"))?,
            "",
            "it is none of standard output's"
        );

        let bars: Vec<&str> = seen
            .iter()
            .flat_map(|screen| screen.lines())
            .filter(|line| line.contains('%'))
            .collect();
        for screen in &seen {
            let bars = screen.lines().filter(|line| line.contains('%')).count();
            assert!(bars <= 1, "one line: {screen}");
        }
        for told in ["pass 1 of 3", "pass 2 of 3", " left", "rows a second"] {
            assert!(bars.iter().any(|bar| bar.contains(told)), "no `{told}`: {bars:#?}");
        }
        let percents: Vec<u64> = bars.iter().filter_map(|bar| percent(bar)).collect();
        assert_eq!(percents.len(), bars.len(), "{bars:#?}");
        assert!(percents.is_sorted(), "it never goes back: {percents:?}");
        let wide = bars.iter().any(|bar| bar.ends_with(",000 rows"));
        assert_eq!(wide, columns == "200", "what matters less is cut off: {bars:#?}");
        assert!(before.is_empty() || !bars.concat().contains('\u{1b}'), "no colours: {bars:#?}");
    }
    Ok(())
}

#[cfg(target_os = "linux")]
pub fn a_slow_run_without_a_terminal_says_a_line() -> Outcome {
    let folder = tempfile::tempdir()?;
    let month = folder.path().join("month");
    make_month(&month)?;
    let mut child = Command::new("sh");
    child.args(["-c", &format!("exec {}", bill("book"))]).current_dir(&month);
    child.env_remove("MONTHEND_JOB");
    child.stdout(fs::File::create(month.join("stdout"))?);
    let mut child = child.stderr(fs::File::create(month.join("stderr"))?).spawn()?;
    // It is stopped as soon as it has begun, until it is slow on any machine.
    for _ in 0..LOOKS {
        if month.join("book").exists() {
            break;
        }
        sleep(LOOK);
    }
    let signal = |name: &str| Command::new("kill").args([name, &child.id().to_string()]).status();
    let stopped = signal("-STOP")?.success();
    sleep(Duration::from_secs(11));
    let resumed = signal("-CONT")?.success();
    let ended = child.wait()?;
    let told = fs::read_to_string(month.join("stderr"))?;
    assert!(stopped && resumed && matches!(ended.code(), Some(0 | 3)), "{ended}: {told}");
    assert_eq!(fs::read_to_string(month.join("stdout"))?, "", "it is none of standard output's");
    let lines: Vec<&str> = told.lines().filter(|line| percent(line).is_some()).collect();
    assert!(!lines.is_empty(), "{told}");
    assert!(lines.iter().all(|line| line.starts_with(|c: char| c.is_ascii_digit())), "{told}");
    assert!(!told.contains(['\u{1b}', '\r']), "plain lines: {told}");
    Ok(())
}
