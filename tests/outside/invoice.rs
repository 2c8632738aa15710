//! Pages of `export invoice` in a real browser: as a picture, and as PDF on A4 and Letter. Nothing is wider than the
//! page, and nothing of it is lost.

use std::path::Path;

use monthend_tests::Outcome;
use monthend_tests::invoice_story::{LINES, pages};

use crate::browser::{PAPERS, attribute, browse, browser, check_picture, measured, on_paper};
use crate::shells::printed;

/// The PDF has all lines, none beyond its margins, and as many pages as that takes.
fn check_pdf(folder: &Path, page: &Path, paper: (&str, u32, &str), lines: usize) -> Outcome {
    let (name, _, size) = paper;
    let pdf = folder.join("page.pdf");
    let to = format!("--print-to-pdf={}", pdf.display());
    browse(folder, &on_paper(folder, page, name)?, &["--no-pdf-header-footer", &to])?;
    let about = printed("pdfinfo", |pdfinfo| {
        pdfinfo.arg(&pdf);
    })?;
    assert!(about.contains(&format!("{size} pts")), "{name}: {about}");
    let pages = about.lines().find_map(|line| line.strip_prefix("Pages:"));
    let pages: usize = pages.ok_or("no pages")?.trim().parse()?;
    let (least, most) = (lines.div_ceil(25), 2 + lines.div_ceil(8));
    assert!((least..=most).contains(&pages), "{pages} pages of {name} for {lines} lines");

    let text = printed("pdftotext", |pdftotext| {
        pdftotext.arg("-layout").arg(&pdf).arg("-");
    })?;
    let days = text.matches("April 2026 to 30 April 2026").count();
    assert_eq!(days, lines, "each line's days once");
    let last: String = text.split_whitespace().collect();
    assert!(last.ends_with(&format!("{pages}/{pages}")), "no number on the last page");
    let heads = text.lines().filter(|line| line.contains("What") && line.contains("Quantity"));
    assert!(heads.count() + 3 > pages, "the head is on every page with lines");

    let words = printed("pdftotext", |pdftotext| {
        pdftotext.arg("-bbox").arg(&pdf).arg("-");
    })?;
    let (mut width, mut checked) = (0, 0);
    for line in words.lines().map(str::trim) {
        if line.starts_with("<page ") {
            width = attribute(line, "width")?;
        } else if line.starts_with("<word ") {
            let (from, to) = (attribute(line, "xMin")?, attribute(line, "xMax")?);
            // 15 mm, or 42.5 points; a letter may reach a little further than its place.
            assert!(from >= 41_000 && to <= width - 41_000, "{name}, beyond the margins: {line}");
            checked += 1;
        }
    }
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
