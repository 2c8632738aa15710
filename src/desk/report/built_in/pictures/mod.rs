//! The pictures of a report as SVG: marks whose colours and letters the page's style sheet knows. All places are whole
//! numbers, so that a picture is the same to the byte wherever it is drawn.

mod axis;
mod bars;
mod draw;
mod frame;
mod lines;
mod series;
mod waterfall;

pub(super) use draw::draw;
pub(super) use series::{Palette, Series};
