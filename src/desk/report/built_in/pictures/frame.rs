//! What pictures have in common: their size, the axis of amounts, and places side by side beneath which something
//! stands.

use serde::Serialize;
use svg::Document;
use svg::node::element::{Line, Rectangle, Text, Title};

use super::axis::Axis;
use super::series::Series;
use crate::base::calendar::Month;

/// Tenths of a pixel, where a picture is shown as large as it is meant.
const WIDTH: i64 = 4800;
const HEIGHT: i64 = 2100;
const LEFT: i64 = 560;
const RIGHT: i64 = 40;
const TOP: i64 = 110;
const BOTTOM: i64 = 330;

/// A line beneath the places is so high.
const LETTER: i64 = 140;

/// A picture, and what its colours stand for.
#[derive(Debug, Clone, Serialize)]
pub(in super::super) struct Drawing {
    /// An `svg` element.
    pub svg: String,
    /// The classes of the marks, each with what they stand for, in the order in which they are drawn; none where the
    /// marks bear their names.
    pub legend: Vec<(String, String)>,
}

/// A picture in the making.
#[derive(Debug)]
pub(super) struct Frame {
    axis: Axis,
    places: i64,
}

impl Frame {
    /// A picture with so many places side by side.
    pub fn new(axis: Axis, places: usize) -> Self {
        Frame { axis, places: i64::try_from(places).unwrap_or(1).max(1) }
    }

    /// The picture with its axis, and without marks; `decimals` are those of the amounts, `name` says what it shows.
    pub fn document(&self, name: &str, decimals: u32) -> Document {
        let mut document = Document::new()
            .set("viewBox", (0, 0, WIDTH, HEIGHT))
            .set("role", "img")
            .set("aria-label", name);
        for tick in self.axis.ticks() {
            let y = self.y(tick);
            let class = if tick == 0 { "zero" } else { "tick" };
            let line = Line::new()
                .set("class", class)
                .set("x1", LEFT)
                .set("x2", WIDTH - RIGHT)
                .set("y1", y)
                .set("y2", y);
            let label = self.axis.label(tick, decimals);
            let text = Text::new(label)
                .set("class", "amount")
                .set("x", LEFT - 60)
                .set("y", y + LETTER / 3);
            document = document.add(line).add(text);
        }
        document
    }

    /// How far from the top an amount stands.
    pub fn y(&self, amount: i128) -> i64 {
        TOP + self.axis.below_top(amount, HEIGHT - TOP - BOTTOM)
    }

    /// The middle of a place.
    pub fn middle(&self, place: usize) -> i64 {
        let place = i64::try_from(place).unwrap_or_default();
        LEFT + (2 * place + 1) * (WIDTH - LEFT - RIGHT) / (2 * self.places)
    }

    /// How wide a bar is.
    pub fn bar_width(&self) -> i64 {
        ((WIDTH - LEFT - RIGHT) / self.places * 7 / 10).min(620)
    }

    /// A line beneath a place; the first one is 0.
    pub fn beneath(&self, place: usize, line: i64, words: &str) -> Text {
        let y = HEIGHT - BOTTOM + (line + 1) * LETTER + 30;
        Text::new(words).set("class", "place").set("x", self.middle(place)).set("y", y)
    }

    /// A bar on a place, between two amounts; `words` are told of it.
    pub fn bar(
        &self,
        place: usize,
        class: &str,
        (from, to): (i128, i128),
        words: String,
    ) -> Rectangle {
        let (one, other) = (self.y(from), self.y(to));
        Rectangle::new()
            .set("class", format!("mark {class}"))
            .set("x", self.middle(place) - self.bar_width() / 2)
            .set("y", one.min(other))
            .set("width", self.bar_width())
            .set("height", (one - other).abs())
            .add(Title::new(words))
    }

    /// The picture of a series once its marks are there: with its months, and what its colours stand for.
    pub fn drawing(&self, mut document: Document, series: &Series, colours: &[usize]) -> Drawing {
        for text in self.months(&series.months) {
            document = document.add(text);
        }
        let legend = series.parts.iter().zip(colours);
        let legend = legend.map(|(words, colour)| (format!("s{colour}"), words.clone()));
        Drawing { svg: document.to_string(), legend: legend.collect() }
    }

    /// Months beneath their places: `Apr`, and the year where it begins.
    fn months(&self, months: &[Month]) -> Vec<Text> {
        let mut texts = Vec::new();
        for (place, month) in months.iter().enumerate() {
            let words = month.in_words();
            texts.push(self.beneath(place, 0, &words[..3]));
            let before = place.checked_sub(1).map(|before| months[before].in_words());
            let year = |words: &str| words.rsplit(' ').next().unwrap_or_default().to_owned();
            if before.is_none_or(|before| year(&before) != year(&words)) {
                texts.push(self.beneath(place, 1, &year(&words)));
            }
        }
        texts
    }
}
