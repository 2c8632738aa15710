//! The figures of a picture over time: a row for each month, a column for each part; and which colour stands for which
//! part: the same in all pictures of a page.

use std::collections::BTreeMap;

use super::super::model::{Cell, CellKind, Section};
use crate::base::calendar::Month;

/// Figures by month and part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Series {
    /// The months, in order.
    pub months: Vec<Month>,
    /// The parts, in the order in which the newest month has them; those of earlier months follow.
    pub parts: Vec<String>,
    /// For each month a figure of each part, where there is one.
    pub figures: Vec<Vec<Option<i128>>>,
    /// What the figures are.
    pub kind: CellKind,
}

/// The sums of a column by month and by the words of another column; `None` where the section has no such columns.
pub(super) fn of_months(section: &Section, months: &[Month], by: &str, of: &str) -> Option<Series> {
    let by = section.column(by)?;
    let at = section.column(of)?;
    let of_month = section.columns.iter().position(|column| column.kind == CellKind::Month)?;
    let mut parts: Vec<String> = Vec::new();
    let mut sums: BTreeMap<(Month, usize), i128> = BTreeMap::new();
    for row in months.iter().rev().flat_map(|month| section.rows_of(*month)) {
        let (Cell::Month(month), Cell::Text(part), Some(number)) =
            (&row[of_month], &row[by], row[at].number())
        else {
            continue;
        };
        let place = parts.iter().position(|known| known == part).unwrap_or_else(|| {
            parts.push(part.clone());
            parts.len() - 1
        });
        *sums.entry((*month, place)).or_default() += number;
    }
    let figures = months
        .iter()
        .map(|month| (0..parts.len()).map(|part| sums.get(&(*month, part)).copied()).collect());
    Some(Series {
        months: months.to_vec(),
        figures: figures.collect(),
        parts,
        kind: section.columns[at].kind,
    })
}

/// Columns of a section by month, each a part; `None` where the section has no such columns.
pub(super) fn of_columns(
    section: &Section,
    months: &[Month],
    columns: &[&'static str],
) -> Option<Series> {
    let places: Vec<usize> =
        columns.iter().map(|name| section.column(name)).collect::<Option<_>>()?;
    let kind = section.columns.get(*places.first()?)?.kind;
    let row_of = |month: &Month| {
        let row = section.rows_of(*month).next();
        places.iter().map(|place| row.and_then(|row| row[*place].number())).collect()
    };
    let parts = places.iter().map(|place| section.columns[*place].heading()).collect();
    Some(Series {
        months: months.to_vec(),
        figures: months.iter().map(row_of).collect(),
        parts,
        kind,
    })
}

impl Series {
    /// The same with its parts in another order.
    pub(super) fn in_order(self, order: &[usize]) -> Self {
        let figures =
            self.figures.iter().map(|figures| order.iter().map(|part| figures[*part]).collect());
        Series {
            figures: figures.collect(),
            parts: order.iter().map(|part| self.parts[*part].clone()).collect(),
            ..self
        }
    }

    /// The same with no more than so many parts: all further ones are one, the last, of a name.
    pub(super) fn at_most(mut self, parts: usize, name: &str) -> Self {
        if self.parts.len() > parts {
            self.parts.truncate(parts - 1);
            self.parts.push(name.to_owned());
            for figures in &mut self.figures {
                let others = figures.split_off(parts - 1).into_iter().flatten();
                figures.push(others.reduce(|sum, other| sum + other));
            }
        }
        self
    }

    /// All figures.
    pub(super) fn all(&self) -> impl Iterator<Item = i128> {
        self.figures.iter().flatten().copied().flatten()
    }
}

/// Colours that the colour-blind tell apart.
pub(super) const COLOURS: usize = 8;

/// What all parts are called together that have no colour of their own.
const OTHERS: &str = "others";

/// The colours that were given so far, by what they stand for.
#[derive(Debug, Default)]
pub(in super::super) struct Palette {
    given: BTreeMap<String, usize>,
}

impl Palette {
    /// The parts of a series in the order of their colours, and the colour of each. Where there are more parts than
    /// colours,
    /// the last part is all others.
    pub fn paint(&mut self, series: Series) -> (Series, Vec<usize>) {
        let known = |part: &String| self.given.get(part).copied();
        let mut order: Vec<usize> = (0..series.parts.len()).collect();
        order.sort_by_key(|part| (known(&series.parts[*part]).unwrap_or(COLOURS), *part));
        let series = series.in_order(&order).at_most(COLOURS, OTHERS);
        let mut colours: Vec<Option<usize>> = series.parts.iter().map(known).collect();
        for at in 0..colours.len() {
            let colour = match series.parts[at].as_str() {
                OTHERS => COLOURS - 1,
                _ => colours[at].unwrap_or_else(|| free(&colours)),
            };
            colours[at] = Some(colour);
            self.given.entry(series.parts[at].clone()).or_insert(colour);
        }
        (series, colours.into_iter().flatten().collect())
    }
}

/// The first colour that is not taken.
fn free(taken: &[Option<usize>]) -> usize {
    (0..COLOURS).find(|colour| !taken.contains(&Some(*colour))).unwrap_or(COLOURS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::report::built_in::model::CellKind;

    fn series(parts: &[&str]) -> Series {
        let parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
        let figures = vec![(1..).take(parts.len()).map(Some).collect()];
        Series { months: Vec::new(), parts, figures, kind: CellKind::Integer }
    }

    #[test]
    fn what_was_seen_before_keeps_its_colour_and_place() {
        let mut palette = Palette::default();
        let (_, colours) = palette.paint(series(&["pro", "power"]));
        assert_eq!(colours, [0, 1]);
        let (painted, colours) = palette.paint(series(&["free", "power", "pro"]));
        assert_eq!((painted.parts.join(" ").as_str(), colours), ("pro power free", vec![0, 1, 2]));
        assert_eq!(painted.figures, [[Some(3), Some(2), Some(1)]]);
    }

    #[test]
    fn more_parts_than_colours_are_others() {
        let names: Vec<String> = (0..10).map(|name| format!("p{name}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (painted, colours) = Palette::default().paint(series(&names));
        assert_eq!((painted.parts.len(), painted.parts[7].as_str()), (8, "others"));
        assert_eq!((painted.figures[0][7], colours), (Some(8 + 9 + 10), (0..8).collect()));
    }
}
