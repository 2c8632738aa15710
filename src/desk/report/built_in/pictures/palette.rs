//! Which colour stands for what: the same in all pictures of a page.

use std::collections::BTreeMap;

use super::series::Series;

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
