//! How one level became another: the two as bars, and each step from where the one before it ended.

use svg::node::element::{Line, Text};

use super::axis::{Axis, figure as in_few_digits};
use super::frame::{Drawing, Frame};
use crate::base::money::Currency;
use crate::desk::report::built_in::model::{Cell, CellKind};

/// Levels and steps, in the order in which they stand.
#[derive(Debug)]
pub(super) struct Waterfall {
    /// What is drawn first and last, and its names.
    pub from: (String, i128),
    /// What is added or taken away.
    pub steps: Vec<(String, i128)>,
    /// What it comes to.
    pub to: (String, i128),
    /// What the figures are.
    pub kind: CellKind,
}

/// Draws the levels and steps; `name` says what they show.
pub(super) fn draw(waterfall: &Waterfall, name: &str, currency: Currency) -> Drawing {
    let Waterfall { from, steps, to, kind } = waterfall;
    // Where each step begins and ends.
    let mut bars = Vec::with_capacity(steps.len() + 2);
    let mut level = from.1;
    for step in steps {
        let class = if step.1 < 0 { "loss" } else { "gain" };
        bars.push((class, step, level, level + step.1));
        level += step.1;
    }
    // The levels stand on the ground.
    let ends = bars.iter().flat_map(|(.., start, end)| [*start, *end]).chain([from.1, to.1]);
    let axis = Axis::near(ends);
    bars.insert(0, ("level", from, axis.ground(), from.1));
    bars.push(("level", to, axis.ground(), to.1));
    let frame = Frame::new(axis, bars.len());
    let mut document = frame.document(name, kind.decimals(currency));
    for (place, (class, (words, figure), start, end)) in bars.iter().enumerate() {
        let told = format!("{words}: {}", Cell::Number(*figure).told(*kind, currency));
        document = document.add(frame.bar(place, class, (*start, *end), told));
        if place + 1 < bars.len() {
            let y = frame.y(*end);
            let half = frame.bar_width() / 2;
            let (x1, x2) = (frame.middle(place) + half, frame.middle(place + 1) - half);
            document = document.add(
                Line::new()
                    .set("class", "bridge")
                    .set("x1", x1)
                    .set("x2", x2)
                    .set("y1", y)
                    .set("y2", y),
            );
        }
        // By turns on two lines, so that long names have room.
        let line = i64::from(place % 2 == 1);
        document = document.add(frame.beneath(place, line, words));
        let top = frame.y(*start).min(frame.y(*end)) - 40;
        let label = Text::new(in_few_digits(*figure, kind.decimals(currency)));
        document =
            document.add(label.set("class", "figure").set("x", frame.middle(place)).set("y", top));
    }
    Drawing { svg: document.to_string(), legend: Vec::new() }
}
