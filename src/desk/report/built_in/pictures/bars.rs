//! A bar for each month, of parts on top of each other; what is less than nothing hangs beneath the line.

use super::axis::Axis;
use super::frame::{Drawing, Frame};
use super::series::Series;
use crate::base::money::Currency;
use crate::desk::report::built_in::model::Cell;

/// Draws the bars, each part in its colour; `name` says what they show.
pub(super) fn draw(series: &Series, colours: &[usize], name: &str, currency: Currency) -> Drawing {
    let sums = series.figures.iter().flat_map(|figures| {
        let sum =
            |sign: i128| figures.iter().flatten().filter(|figure| figure.signum() == sign).sum();
        [sum(-1), sum(1)]
    });
    let frame = Frame::new(Axis::of(sums), series.months.len());
    let mut document = frame.document(name, series.kind.decimals(currency));
    for (place, (month, figures)) in series.months.iter().zip(&series.figures).enumerate() {
        let (mut above, mut below) = (0, 0);
        for (part, figure) in figures.iter().enumerate() {
            let Some(figure) = figure.filter(|figure| *figure != 0) else { continue };
            let from = if figure > 0 { &mut above } else { &mut below };
            let ends = (*from, *from + figure);
            *from += figure;
            let told = Cell::Number(figure).told(series.kind, currency);
            let words = format!("{month} {}: {told}", series.parts[part]);
            let class = format!("s{}", colours[part]);
            document = document.add(frame.bar(place, &class, ends, words));
        }
    }
    frame.drawing(document, series, colours)
}
