//! `show FILE COLUMN …`: columns of a CSV table, one below the other; `COLUMN=VALUE` takes the rows that have it.

use std::path::Path;

use crate::common::Outcome;

/// The columns asked for, as lines.
pub fn show(folder: &Path, what: &str) -> Outcome<Vec<String>> {
    let mut words = what.split_whitespace();
    let file = words.next().ok_or("show what? `show FILE COLUMN …`")?;
    let mut reader =
        csv::Reader::from_path(folder.join(file)).map_err(|e| format!("{file}: {e}"))?;
    let header = reader.headers()?.clone();
    let (mut shown, mut wanted) = (Vec::new(), Vec::new());
    for word in words {
        let (name, value) = word.split_once('=').map_or((word, None), |(n, v)| (n, Some(v)));
        let at = header.iter().position(|column| column == name);
        let at = at.ok_or_else(|| format!("{file} has no column {name}"))?;
        match value {
            Some(value) => wanted.push((at, value)),
            None => shown.push(at),
        }
    }
    if shown.is_empty() {
        return Err(format!("show which columns of {file}?").into());
    }
    let mut rows = vec![shown.iter().map(|&at| header[at].to_owned()).collect::<Vec<_>>()];
    for record in reader.records() {
        let record = record?;
        if wanted.iter().all(|&(at, value)| record[at] == *value) {
            rows.push(shown.iter().map(|&at| record[at].to_owned()).collect());
        }
    }
    if rows.len() == 1 {
        return Ok(vec![format!("{file} has no such rows")]);
    }
    Ok(aligned(&rows))
}

/// Rows with their cells in columns, numbers to the right.
fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let columns = 0..rows[0].len();
    let widths: Vec<usize> = columns
        .clone()
        .map(|at| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0))
        .collect();
    let is_number = |cell: &String| {
        let digits = cell.strip_prefix('-').unwrap_or(cell);
        digits.chars().all(|c| c.is_ascii_digit() || c == '.')
    };
    let right: Vec<bool> =
        columns.map(|at| rows[1..].iter().all(|row| is_number(&row[at]))).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).zip(&right).map(|((cell, width), right)| match right {
            true => format!("{cell:>width$}"),
            false => format!("{cell:<width$}"),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
