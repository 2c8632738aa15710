//! Questions on a terminal, answered in lines.

use std::io::{self, BufRead, IsTerminal};

use super::output::tell;

/// Whether someone is there to be asked.
pub(super) fn is_answered() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks which of several it is: its place, or `None` where it is left open.
pub(super) fn choice(question: &str, options: &[String]) -> Option<usize> {
    let listed: String =
        (1..).zip(options).map(|(number, option)| format!("  {number}  {option}\n")).collect();
    tell(&format!("{question}\n{listed}"));
    loop {
        let answer = line(&format!("1 to {}, or nothing to leave it open: ", options.len()))?;
        match answer.parse::<usize>() {
            Ok(number) if (1..=options.len()).contains(&number) => return Some(number - 1),
            _ => {}
        }
    }
}

/// Asks for a text; `None` where there is no answer.
pub(super) fn line(question: &str) -> Option<String> {
    tell(question);
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer).ok()?;
    let answer = answer.trim();
    (read > 0 && !answer.is_empty()).then(|| answer.to_owned())
}
