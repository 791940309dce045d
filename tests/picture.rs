//! The picture of the README: a broken spec, drawn as a terminal shows it. `UPDATE=1` writes it.

use std::fs;
use std::path::Path;

use anstyle_svg::{Palette, Term};
use loadline::diag::text::{self, Style};
use loadline::source::Memory;
use loadline::{Request, compile};

use crate::markdown::is_update;

const SPEC: &str = include_str!("picture/shop.yml");
const PICTURE: &str = "docs/diagnostic.svg";

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

fn drawn() -> String {
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
    let faults = text::render(&compiled.diagnostics, &compiled.sources, style);
    format!("\u{1b}[2m$\u{1b}[0m loadline check\n\n{}", faults.trim_end())
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
fn picture() -> String {
    let term = Term::new()
        .palette(palette())
        .fg_color(rgb(0xc9d1d9).into())
        .background(false)
        .min_width_px(0);
    let inner = term.render_svg(&drawn());
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
         <title>loadline check</title>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n{placed}</svg>\n"
    )
}

#[test]
fn the_picture_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PICTURE);
    let picture = picture();
    if is_update() {
        fs::write(&path, &picture).expect("the picture can be written");
    }
    let kept = fs::read_to_string(&path).expect("the picture can be read");
    assert!(kept == picture, "`UPDATE=1 cargo test picture` writes `{PICTURE}` anew");
}

#[test]
fn the_picture_is_not_wide() {
    let plain = anstream::adapter::strip_str(&drawn()).to_string();
    let widest = plain.lines().max_by_key(|line| line.chars().count()).unwrap_or("");
    assert!(widest.chars().count() <= 100, "{widest}");
}
