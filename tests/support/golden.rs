//! What tests with goldens share: whether to write them anew, and the commands of a transcript.

use std::fmt::Write as _;

use crate::Outcome;

/// Whether goldens are to be written anew.
#[expect(
    clippy::disallowed_methods,
    reason = "a test may ask whether goldens are to be written anew"
)]
pub fn wants_update() -> bool {
    std::env::var_os("UPDATE_GOLDENS").is_some_and(|value| value == "1")
}

/// The commands of a golden as they stand there, line ends included; a `\` at the end goes on with the next line.
pub fn commands(golden: &str) -> Outcome<Vec<String>> {
    let mut commands: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in golden.lines() {
        if line.starts_with("$ monthend") {
            commands.push(String::new());
        } else if !goes_on {
            continue;
        }
        goes_on = line.ends_with('\\');
        if let Some(command) = commands.last_mut() {
            writeln!(command, "{line}")?;
        }
    }
    if commands.is_empty() || !golden.starts_with('$') {
        return Err("a golden begins with a command: $ monthend …".into());
    }
    Ok(commands)
}
