//! A section's picture.

use super::bars;
use super::frame::Drawing;
use super::lines;
use super::series::{Palette, Series, of_columns, of_months};
use super::waterfall::{self, Waterfall};
use crate::base::calendar::Month;
use crate::base::money::Currency;
use crate::desk::report::built_in::model::{Picture, Section};

/// Draws a section, and gives the figures by month and part where the marks are such; `None` where it is not drawn, or
/// nothing is there to be drawn.
pub(in super::super) fn draw(
    section: &Section,
    months: &[Month],
    currency: Currency,
    palette: &mut Palette,
) -> Option<(Drawing, Option<Series>)> {
    let name = section.title;
    match section.picture {
        Picture::None => None,
        Picture::Stacked { by, of } => {
            let (series, colours) = palette.paint(of_months(section, months, by, of)?);
            let drawing = bars::draw(&series, &colours, name, currency);
            (!series.parts.is_empty()).then_some((drawing, Some(series)))
        }
        Picture::Lines { of } => {
            let (series, colours) = Palette::default().paint(of_columns(section, months, of)?);
            let drawing = lines::draw(&series, &colours, name, currency);
            Some((drawing, None))
        }
        Picture::Waterfall { from, steps, to } => {
            let row = section.rows_of(*months.last()?).next()?;
            let level = |name: &str| {
                let at = section.column(name)?;
                Some((section.columns[at].heading(), row[at].number()?))
            };
            let waterfall = Waterfall {
                from: level(from)?,
                steps: steps.iter().map(|step| level(step)).collect::<Option<_>>()?,
                to: level(to)?,
                kind: section.columns[section.column(from)?].kind,
            };
            let drawing = waterfall::draw(&waterfall, name, currency);
            Some((drawing, None))
        }
    }
}
