//! A scenario's text: prose, commands, and what they say.

use std::fmt::Write as _;

use crate::common::Outcome;

/// A scenario, part by part, in the order of its text.
pub struct Script(pub Vec<Part>);

/// A part of a scenario.
pub enum Part {
    /// Lines that begin with `#`, and empty lines around them.
    Prose(Vec<String>),
    /// A command and what it comes to.
    Step(Step),
}

/// A command and what it comes to.
pub struct Step {
    /// The number of its line in the file.
    pub line: usize,
    /// The command as a shell takes it, with the lines that go on from the first.
    pub command: Vec<String>,
    /// All that it says, then its exit code where that is not 0, as lines.
    pub says: Vec<String>,
    /// Empty lines behind.
    gap: usize,
}

impl Script {
    /// Reads a scenario.
    pub fn parse(text: &str) -> Outcome<Self> {
        let mut parts: Vec<Part> = Vec::new();
        if !text.starts_with("# ") {
            return Err("a scenario begins with its title: `# …`".into());
        }
        for (number, line) in (1..).zip(text.lines()) {
            let last = parts.last_mut();
            match (line.strip_prefix("$ "), last) {
                (Some(command), _) => parts.push(Part::Step(Step {
                    line: number,
                    command: vec![command.to_owned()],
                    says: Vec::new(),
                    gap: 0,
                })),
                (None, Some(Part::Step(step))) if !line.starts_with('#') => step.take(line),
                (None, Some(Part::Prose(prose))) if line.is_empty() || line.starts_with('#') => {
                    prose.push(line.to_owned());
                }
                (None, _) if line.starts_with('#') => {
                    parts.push(Part::Prose(vec![line.to_owned()]))
                }
                (None, _) => {
                    return Err(format!("line {number} belongs to no command: {line}").into());
                }
            }
        }
        let script = Script(parts);
        if !script.steps().any(|step| step.command[0].contains("monthend ")) {
            return Err("a scenario runs the program: `$ monthend …`".into());
        }
        Ok(script)
    }

    /// The commands.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.0.iter().filter_map(|part| match part {
            Part::Step(step) => Some(step),
            Part::Prose(_) => None,
        })
    }

    /// The scenario with `says` as what each command says, in order.
    pub fn with(&self, says: &[Vec<String>]) -> Outcome<String> {
        let (mut text, mut says) = (String::new(), says.iter());
        for part in &self.0 {
            match part {
                Part::Prose(lines) => lines.iter().try_for_each(|line| writeln!(text, "{line}"))?,
                Part::Step(step) => {
                    step.write(says.next().ok_or("a command was not run")?, &mut text)?
                }
            }
        }
        Ok(text.trim_end().to_owned() + "\n")
    }
}

impl Step {
    fn take(&mut self, line: &str) {
        match line.strip_prefix('>').filter(|_| self.says.is_empty() && self.gap == 0) {
            Some(goes_on) => {
                self.command.push(goes_on.strip_prefix(' ').unwrap_or(goes_on).to_owned())
            }
            None if line.is_empty() => self.gap += 1,
            None => {
                self.says.extend(std::iter::repeat_n(String::new(), std::mem::take(&mut self.gap)));
                self.says.push(line.to_owned());
            }
        }
    }

    fn write(&self, says: &[String], text: &mut String) -> Outcome {
        writeln!(text, "$ {}", self.command[0])?;
        self.command[1..]
            .iter()
            .try_for_each(|line| writeln!(text, "{}", format!("> {line}").trim_end()))?;
        for line in says {
            // What is read back as something else would be lost.
            if line.starts_with(['#', '>']) || line.starts_with("$ ") {
                return Err(format!(
                    "line {}: says what a scenario cannot hold: {line}",
                    self.line
                )
                .into());
            }
            writeln!(text, "{line}")?;
        }
        let gap = if says.is_empty() { self.gap } else { self.gap.max(1) };
        text.push_str(&"\n".repeat(gap));
        Ok(())
    }
}
