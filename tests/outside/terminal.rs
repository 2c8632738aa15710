//! What is asked on a terminal: `init`, in a terminal of tmux.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::Duration;

use monthend_tests::{Outcome, program};

use crate::cannot_run;

/// How often a screen is looked at, a tenth of a second apart, until it says what is waited for.
const LOOKS: u32 = 300;

/// A terminal with a server of its own.
struct Terminal<'a> {
    folder: &'a Path,
}

impl<'a> Terminal<'a> {
    /// Runs a command in a folder, in a terminal; `None` where there is no tmux.
    fn of(folder: &'a Path, command: &str) -> Outcome<Option<Self>> {
        let terminal = Terminal { folder };
        let args = ["new-session", "-d", "-x", "160", "-y", "50", command];
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
        tmux.arg("-S").arg(self.folder.join(".tmux")).args(["-f", "/dev/null"]).args(args).output()
    }

    /// Waits until the screen says something; gives all of it.
    fn wait_for(&self, text: &str) -> Outcome<String> {
        let mut screen = String::new();
        for _ in 0..LOOKS {
            let output = self.tmux(&["capture-pane", "-p", "-S", "-"])?;
            screen = String::from_utf8_lossy(&output.stdout).into_owned();
            if screen.contains(text) {
                return Ok(screen);
            }
            sleep(Duration::from_millis(100));
        }
        Err(format!("`{text}` is not on the screen:\n{screen}").into())
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
    let Some(terminal) = Terminal::of(folder.path(), &command)? else {
        return cannot_run("there is no tmux");
    };
    terminal.answer("A sample of the usage log", "usage.csv")?;
    terminal.answer("A sample of the change log", "changes.csv")?;
    terminal.answer("Which column of usage.csv is account_id?", "3")?; // there are two
    terminal.answer("1 to 2, or nothing to leave it open: 3", "2")?;
    terminal.answer("Are times such as `2026-04-10 12:00` of usage.csv in UTC?", "1")?;
    terminal.answer("In `1,234` of usage.csv, what does , stand before?", "1")?;
    terminal.answer("What does the change `begin` of changes.csv mean?", "4")?;
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
