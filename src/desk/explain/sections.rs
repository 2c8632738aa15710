//! Text in sections.

/// Sections with a heading each.
#[derive(Default)]
pub struct Sections {
    /// The lines so far.
    pub lines: Vec<String>,
}

impl Sections {
    /// Adds a section, if it has anything to say.
    pub fn section(&mut self, heading: &str, lines: Vec<String>) {
        if lines.is_empty() {
            return;
        }
        self.lines.push(String::new());
        self.lines.push(heading.to_owned());
        self.lines.extend(lines.into_iter().map(|line| format!("  {line}")));
    }

    /// The text; it ends with a line break.
    pub fn finish(self) -> String {
        self.lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
    }
}
