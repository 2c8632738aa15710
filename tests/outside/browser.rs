//! A real browser without a window: how wide a page is in it, pictures, and PDF.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use monthend_tests::Outcome;

use crate::cannot_run;
use crate::shells::printed;

/// Paper: its name for CSS, its width in CSS pixels, its size in points as PDF says it.
pub const PAPERS: [(&str, u32, &str); 2] =
    [("A4", 794, "594.96 x 841.92"), ("letter", 816, "612 x 792")];

/// A line of the page that forbids scripts: the test's own measures what the browser made of it.
const FORBIDS: &str = "<meta http-equiv=\"Content-Security-Policy\"";

/// Says in the page's title how wide it is, and how wide its window.
const MEASURE: &str = "<script>const page = document.documentElement;\
    document.title = `wide ${page.scrollWidth} of ${page.clientWidth}`</script>";

/// A Chromium that is there.
pub fn browser() -> Outcome<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    for name in names {
        match Command::new(name).arg("--version").output() {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            found => return found.map(|_| name).map_err(Into::into),
        }
    }
    cannot_run(format!("none of {} is there", names.join(", ")))
}

/// What the browser prints of a page, without a window and with a profile of its own.
pub fn browse(folder: &Path, page: &Path, arguments: &[&str]) -> Outcome<String> {
    let output = Command::new(browser()?)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"])
        .arg(format!("--user-data-dir={}", folder.join("profile").display()))
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// A copy of a page that is on this paper.
fn on_paper(folder: &Path, page: &Path, paper: &str) -> Outcome<PathBuf> {
    let text = fs::read_to_string(page)?;
    let sized = text.replacen("@page {", &format!("@page {{ size: {paper};"), 1);
    assert_ne!(text, sized);
    let copy = folder.join("sized.html");
    fs::write(&copy, sized)?;
    Ok(copy)
}

/// Two numbers in a text, such as `wide 794 of 794`.
pub fn widths(text: &str) -> Outcome<(u32, u32)> {
    let (_, rest) = text.split_once("<title>wide ").ok_or("the page was not measured")?;
    let (page, rest) = rest.split_once(" of ").ok_or("no width")?;
    let (window, _) = rest.split_once('<').ok_or("no end")?;
    Ok((page.parse()?, window.parse()?))
}

/// How wide a page is in a window of this width, and how wide the window is, with more at the page's end.
pub fn measured(folder: &Path, page: &Path, width: u32, more: &str) -> Outcome<(u32, u32)> {
    let text = fs::read_to_string(page)?;
    let (before, after) = text.split_once(FORBIDS).ok_or("a page may run scripts")?;
    let (_, after) = after.split_once('\n').ok_or("no line")?;
    let copy = folder.join("measured.html");
    fs::write(&copy, format!("{before}{after}{more}{MEASURE}"))?;
    widths(&browse(folder, &copy, &[&format!("--window-size={width},1123"), "--dump-dom"])?)
}

/// The page fits a window of this width, and is a picture of it.
pub fn check_picture(folder: &Path, page: &Path, width: u32) -> Outcome {
    assert_eq!(measured(folder, page, width, "")?, (width, width), "{}", page.display());
    let picture = folder.join("picture.png");
    let to = format!("--screenshot={}", picture.display());
    browse(folder, page, &[&format!("--window-size={width},1123"), &to])?;
    let bytes = fs::read(&picture)?;
    let size = bytes.get(16..20).ok_or("no picture")?;
    assert_eq!(u32::from_be_bytes(size.try_into()?), width);
    Ok(())
}

/// A page as PDF on paper, as `name`.
pub fn as_pdf(folder: &Path, page: &Path, paper: (&str, u32, &str), name: &str) -> Outcome<Pdf> {
    let (paper, _, size) = paper;
    let file = folder.join(name);
    let to = format!("--print-to-pdf={}", file.display());
    browse(folder, &on_paper(folder, page, paper)?, &["--no-pdf-header-footer", &to])?;
    let about = printed("pdfinfo", |pdfinfo| {
        pdfinfo.arg(&file);
    })?;
    assert!(about.contains(&format!("{size} pts")), "{paper}: {about}");
    let pages = about.lines().find_map(|line| line.strip_prefix("Pages:"));
    Ok(Pdf { pages: pages.ok_or("no pages")?.trim().parse()?, file })
}

/// A page that was printed.
pub struct Pdf {
    file: PathBuf,
    /// How many pages of paper it takes.
    pub pages: usize,
}

impl Pdf {
    /// Its words, with more options of `pdftotext`.
    pub fn text(&self, options: &[&str]) -> Outcome<String> {
        printed("pdftotext", |pdftotext| {
            pdftotext.args(options).arg(&self.file).arg("-");
        })
    }

    /// No word is nearer to the paper's left or right edge than so many thousandths of a point; how many words there
    /// are.
    pub fn check_margins(&self, margin: u64) -> Outcome<usize> {
        let (mut width, mut words) = (0, 0);
        for line in self.text(&["-bbox"])?.lines().map(str::trim) {
            if line.starts_with("<page ") {
                width = attribute(line, "width")?;
            } else if line.starts_with("<word ") {
                let (from, to) = (attribute(line, "xMin")?, attribute(line, "xMax")?);
                let file = self.file.display();
                assert!(
                    from >= margin && to <= width - margin,
                    "{file}, beyond the margins: {line}"
                );
                words += 1;
            }
        }
        Ok(words)
    }
}

/// What a number in an attribute of `pdftotext -bbox` is in thousandths of a point.
fn attribute(line: &str, name: &str) -> Outcome<u64> {
    let (_, rest) = line.split_once(&format!("{name}=\"")).ok_or("no such attribute")?;
    let (number, _) = rest.split_once('"').ok_or("no end")?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    Ok(whole.parse::<u64>()? * 1000 + format!("{decimals:0<3}")[..3].parse::<u64>()?)
}
