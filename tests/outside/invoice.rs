//! Pages of `export invoice` in a real browser: as a picture, and as PDF on A4 and Letter. Nothing is wider than the
//! page, and nothing of it is lost.

use std::path::Path;

use monthend_tests::Outcome;
use monthend_tests::invoice_story::{LINES, pages};

use crate::browser::{PAPERS, as_pdf, browser, check_picture, measured};

/// The PDF has all lines, none beyond its margins, and as many pages as that takes.
fn check_pdf(folder: &Path, page: &Path, paper: (&str, u32, &str), lines: usize) -> Outcome {
    let (name, ..) = paper;
    let pdf = as_pdf(folder, page, paper, "page.pdf")?;
    let pages = pdf.pages;
    let (least, most) = (lines.div_ceil(25), 2 + lines.div_ceil(8));
    assert!((least..=most).contains(&pages), "{pages} pages of {name} for {lines} lines");

    let text = pdf.text(&["-layout"])?;
    let days = text.matches("April 2026 to 30 April 2026").count();
    assert_eq!(days, lines, "each line's days once");
    let last: String = text.split_whitespace().collect();
    assert!(last.ends_with(&format!("{pages}/{pages}")), "no number on the last page");
    let heads = text.lines().filter(|line| line.contains("What") && line.contains("Quantity"));
    assert!(heads.count() + 3 > pages, "the head is on every page with lines");

    // 15 mm, or 42.5 points; a letter may reach a little further than its place.
    let checked = pdf.check_margins(41_000)?;
    assert!(checked > 50, "only {checked} words");
    Ok(())
}

pub fn a_browser_shows_and_prints_every_page() -> Outcome {
    browser()?;
    let sandbox = tempfile::tempdir()?;
    let folder = sandbox.path();
    let pages = pages(folder)?;
    for (page, lines) in pages.iter().zip([LINES, 2, 2]) {
        for paper in PAPERS {
            check_picture(folder, page, paper.1)?;
            check_pdf(folder, page, paper, lines)?;
        }
    }
    // What is too wide would be found out.
    let wide = "<p style=\"width: 2000px\">wide</p>";
    assert!(measured(folder, &pages[1], 794, wide)?.0 > 2000);
    Ok(())
}
