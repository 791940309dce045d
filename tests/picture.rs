//! The pictures of the README, drawn as a terminal shows them: a broken spec, and a release that fails. `UPDATE=1` writes them.

use std::fs;
use std::path::Path;

use anstyle_svg::{Palette, Term};
use loadline::diag::text::{self, Style};
use loadline::source::Memory;
use loadline::{Request, compile};

use crate::cli::{loadline, text as output_text};
use crate::markdown::is_update;

const SPEC: &str = include_str!("picture/shop.yml");
/// The pictures: the file, what was typed, what it printed.
fn pictures() -> [(&'static str, &'static str, String); 2] {
    [
        ("docs/diagnostic.svg", "loadline check", faults()),
        ("docs/rehearsal.svg", REHEARSAL, rehearsal()),
    ]
}

const REHEARSAL: &str = "loadline rehearse examples/shop --fault database-down";

/// Columns of the terminal.
const WIDTH: usize = 88;
/// Pixels between the picture's edge and the text.
const MARGIN: usize = 14;

/// What is monospaced where the picture is looked at.
const FONTS: &str = "ui-monospace, SFMono-Regular, Menlo, Consolas, Liberation Mono, DejaVu Sans Mono, monospace";

fn rgb(hex: u32) -> anstyle::RgbColor {
    let [_, red, green, blue] = hex.to_be_bytes();
    anstyle::RgbColor(red, green, blue)
}

fn faults() -> String {
    let world = Memory::default().with("shop.yml", SPEC);
    let request = Request {
        path: "shop.yml".to_string(),
        ..Request::default()
    };
    let compiled = compile(&world, &request).expect("the world is in memory");
    let style = Style {
        width: WIDTH,
        colour: true,
    };
    text::render(&compiled.diagnostics, &compiled.sources, style)
}

fn rehearsal() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let arguments: Vec<&str> = REHEARSAL.split(' ').skip(1).chain(["--color", "always"]).collect();
    let output = loadline(root, &arguments).output().expect("the program starts");
    assert_eq!(
        output.status.code(),
        Some(4),
        "the migration fails, and nothing else is touched"
    );
    output_text(&output.stdout)
}

/// What a terminal shows: the command, then what it printed.
fn screen(command: &str, printed: &str) -> String {
    format!("\u{1b}[2m$\u{1b}[0m {command}\n\n{}", printed.trim_end())
}

/// The colours of the terminal: dark, and soft enough to read.
fn palette() -> Palette {
    let normal = [
        0x1c2128, 0xf47067, 0x8ddb8c, 0xe0b252, 0x6cb6ff, 0xdcbdfb, 0x56d4dd, 0xadbac7,
    ];
    let bright = [
        0x768390, 0xff938a, 0xb4f1b4, 0xf2cc60, 0x96d0ff, 0xeedcff, 0x8fe9ee, 0xf0f6fc,
    ];
    let mut colours = [rgb(0); 16];
    for (colour, hex) in colours.iter_mut().zip(normal.into_iter().chain(bright)) {
        *colour = rgb(hex);
    }
    Palette(colours)
}

/// The text as a picture, with room around it.
fn picture(command: &str, printed: &str) -> String {
    let term = Term::new()
        .palette(palette())
        .fg_color(rgb(0xc9d1d9).into())
        .background(false)
        .min_width_px(0);
    let inner = term.render_svg(&screen(command, printed));
    let size = |name: &str| -> usize {
        let (_, rest) = inner.split_once(&format!("{name}=\"")).expect("the picture has a size");
        let (number, _) = rest.split_once("px").expect("in pixels");
        number.parse().expect("a number")
    };
    let (width, height) = (size("width") + 2 * MARGIN, size("height") + 2 * MARGIN);
    let inner = inner.replace("SFMono-Regular, Consolas, Liberation Mono, Menlo, monospace", FONTS);
    let placed = inner.replacen("<svg ", &format!("<svg x=\"{MARGIN}\" y=\"{MARGIN}\" "), 1);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <title>{command}</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n{placed}</svg>\n"
    )
}

#[test]
fn the_pictures_are_current() {
    for (file, command, printed) in pictures() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let picture = picture(command, &printed);
        if is_update() {
            fs::write(&path, &picture).expect("the picture can be written");
        }
        let kept = fs::read_to_string(&path).expect("the picture can be read");
        assert!(kept == picture, "`UPDATE=1 cargo test picture` writes `{file}` anew");
    }
}

#[test]
fn the_pictures_are_not_wide() {
    for (_, command, printed) in pictures() {
        let plain = anstream::adapter::strip_str(&screen(command, &printed)).to_string();
        let widest = plain.lines().max_by_key(|line| line.chars().count()).unwrap_or("");
        assert!(widest.chars().count() <= 100, "{widest}");
    }
}
