//! A line over the months for each part, with a point for each figure and a gap where there is none.

use svg::node::element::{Circle, Polyline, Title};

use super::axis::Axis;
use super::frame::{Drawing, Frame};
use super::series::Series;
use crate::base::money::Currency;
use crate::desk::report::built_in::model::Cell;

/// How large a point is.
const POINT: i64 = 45;

/// Draws the lines, each in its colour; `name` says what they show.
pub(super) fn draw(series: &Series, colours: &[usize], name: &str, currency: Currency) -> Drawing {
    let frame = Frame::new(Axis::of(series.all()), series.months.len());
    let mut document = frame.document(name, series.kind.decimals(currency));
    for (part, words) in series.parts.iter().enumerate() {
        let figures: Vec<Option<i128>> =
            series.figures.iter().map(|figures| figures[part]).collect();
        for stretch in stretches(&figures) {
            let points: Vec<String> = stretch
                .iter()
                .map(|(place, figure)| format!("{},{}", frame.middle(*place), frame.y(*figure)))
                .collect();
            let line = Polyline::new()
                .set("class", format!("line s{}", colours[part]))
                .set("points", points.join(" "));
            document = document.add(line);
            for (place, figure) in stretch {
                let told = Cell::Number(figure).told(series.kind, currency);
                let words = Title::new(format!("{} {words}: {told}", series.months[place]));
                let point = Circle::new()
                    .set("class", format!("mark s{}", colours[part]))
                    .set("cx", frame.middle(place))
                    .set("cy", frame.y(figure))
                    .set("r", POINT);
                document = document.add(point.add(words));
            }
        }
    }
    frame.drawing(document, series, colours)
}

/// Figures without a gap between them, each with its place.
fn stretches(figures: &[Option<i128>]) -> Vec<Vec<(usize, i128)>> {
    let mut stretches: Vec<Vec<(usize, i128)>> = vec![Vec::new()];
    for (place, figure) in figures.iter().enumerate() {
        match (figure, stretches.last_mut()) {
            (Some(figure), Some(stretch)) => stretch.push((place, *figure)),
            _ => stretches.push(Vec::new()),
        }
    }
    stretches.retain(|stretch| !stretch.is_empty());
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_ends_a_stretch() {
        assert_eq!(
            stretches(&[None, Some(1), Some(2), None, Some(3)]),
            [vec![(1, 1), (2, 2)], vec![(4, 3)]]
        );
        assert!(stretches(&[None, None]).is_empty());
    }
}
