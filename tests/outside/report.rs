//! The page of `report` in a real browser: on a desk and on a phone, light and dark, and as PDF on A4 and Letter.
//!
//! `MONTHEND_REPORT_PICTURES=DIR` keeps what is seen.

use std::fs;
use std::path::{Path, PathBuf};

use monthend_tests::{Outcome, monthend, root, run, year_story};

use crate::browser::{PAPERS, as_pdf, browse, browser, check_picture, widths};
use crate::cannot_run;
use crate::python::named;

/// How wide a desk is, and a phone: no window is as narrow, but a frame in one can be.
const DESK: u32 = 1280;
const PHONE: u32 = 390;

/// Says in the title how wide the page in a frame is, and how wide the frame.
const MEASURE: &str = "<script>onload = () => {\
    const page = document.querySelector('iframe').contentDocument.documentElement;\
    document.title = `wide ${page.scrollWidth} of ${page.clientWidth}`; }</script>";

/// Pages that it takes at most on paper.
const PAGES: usize = 3;

/// The year's report.
fn page(folder: &Path) -> Outcome<PathBuf> {
    if cfg!(not(feature = "desk")) {
        return cannot_run("the program was built without reports");
    }
    let (book, page) = (folder.join("book"), folder.join("report.html"));
    year_story::bill(&root().join("fixtures/year"), &book)?;
    year_story::correct(&book, folder)?;
    let mut report = monthend(["report", "--quiet", "--book"]);
    run(report.arg(&book).arg("--out").arg(&page), 0)?;
    Ok(page)
}

/// A page that shows the report in a frame as wide as a phone.
fn on_phone(folder: &Path, page: &Path) -> Outcome<PathBuf> {
    let text = fs::read_to_string(page)?.replace('&', "&amp;").replace('"', "&quot;");
    let frame = format!("style=\"width:{PHONE}px;height:9000px;border:0\" srcdoc=\"{text}\"");
    let phone = folder.join("phone.html");
    fs::write(&phone, format!("<!DOCTYPE html><title></title><iframe {frame}></iframe>{MEASURE}"))?;
    Ok(phone)
}

/// The PDF has all sections, nothing beyond its margins, and few pages.
fn check_pdf(folder: &Path, page: &Path, paper: (&str, u32, &str)) -> Outcome {
    let (name, ..) = paper;
    let pdf = as_pdf(folder, page, paper, &format!("{name}.pdf"))?;
    let pages = pdf.pages;
    assert!(pages <= PAGES, "{pages} pages of {name}");
    // 10 mm, or 28 points; a letter may reach a little further than its place.
    pdf.check_margins(26_800)?;
    let text = pdf.text(&[])?;
    for section in [
        "Revenue by plan and kind",
        "Movements of recurring revenue",
        "What bought grants still owe",
    ] {
        assert!(text.contains(section), "{name} lacks `{section}`");
    }
    Ok(())
}

/// Keeps what was seen, where that is wanted.
fn keep(folder: &Path, file: &str, as_name: &str) -> Outcome {
    if let Some(to) = named("MONTHEND_REPORT_PICTURES") {
        fs::create_dir_all(&to)?;
        fs::copy(folder.join(file), Path::new(&to).join(as_name))?;
    }
    Ok(())
}

pub fn a_browser_shows_and_prints_the_page() -> Outcome {
    browser()?;
    let sandbox = tempfile::tempdir()?;
    let folder = sandbox.path();
    let page = page(folder)?;
    check_picture(folder, &page, DESK)?;
    let phone = on_phone(folder, &page)?;
    assert_eq!(widths(&browse(folder, &phone, &["--dump-dom"])?)?, (PHONE, PHONE));
    for (shown, kept) in [(&page, "desk"), (&phone, "phone")] {
        for (name, mode) in
            [("light", &[][..]), ("dark", &["--blink-settings=preferredColorScheme=0"])]
        {
            let picture = folder.join(format!("{name}.png"));
            let arguments = [
                format!("--window-size={DESK},4000"),
                format!("--screenshot={}", picture.display()),
            ];
            let arguments = mode.iter().copied().chain(arguments.iter().map(String::as_str));
            browse(folder, shown, &arguments.collect::<Vec<_>>())?;
            keep(folder, &format!("{name}.png"), &format!("{name}-{kept}.png"))?;
        }
        assert_ne!(
            fs::read(folder.join("dark.png"))?,
            fs::read(folder.join("light.png"))?,
            "dark is light"
        );
    }
    for paper in PAPERS {
        check_pdf(folder, &page, paper)?;
        keep(folder, &format!("{}.pdf", paper.0), &format!("{}.pdf", paper.0))?;
    }
    Ok(())
}
