//! A forecast as one page for a browser: no script, no network, the same bytes for the same forecast. In: forecasts. Out:
//! markup; a part of it stands in other pages too.

mod facts;
mod places;
mod run;
mod services;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::cli::view::timeline;
use crate::rollout::forecast::whole::Forecast;
use crate::source::Sources;

use super::words;

/// What [`section`] needs beside [`timeline::STYLE`].
pub(in crate::cli) const STYLE: &str = include_str!("forecast.css");

/// How many colours there are for services.
const COLOURS: usize = 6;

/// The whole page.
pub(in crate::cli) fn page(forecasts: &[Forecast], sources: &Sources) -> String {
    let names: Vec<&str> = forecasts.iter().map(|one| &*one.name).collect();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Forecast: " (names.join(", ")) }
                style { (PreEscaped(timeline::STYLE)) (PreEscaped(STYLE)) }
            }
            body {
                (sections(forecasts, sources))
                @if forecasts.is_empty() { p { "Nothing runs here whose rollout could be forecast." } }
                footer { "drawn by loadline before anything was deployed · a block says more when pointed at" }
            }
        }
    };
    page.into_string()
}

/// The forecast of a cluster, to stand in a page that has both styles.
fn section(forecast: &Forecast, sources: &Sources) -> Markup {
    let outlook = forecast.outlook.as_ref();
    html! {
        section.forecast {
            (facts::head(forecast))
            (services::services(forecast, sources))
            @if let Some(outlook) = outlook {
                @for row in &outlook.rows { (run::run(row, outlook)) }
                (places::places(outlook))
            }
            (facts::meaning(outlook))
        }
    }
}

/// The forecasts of all clusters, to stand in such a page.
pub(in crate::cli) fn sections(forecasts: &[Forecast], sources: &Sources) -> Markup {
    html! { @for one in forecasts { (section(one, sources)) } }
}

/// The colour of a service, by its place among those of its cluster.
fn colour(number: usize) -> String {
    format!("s{}", number % COLOURS)
}

/// The class of a tone.
fn tone(tone: words::Tone) -> &'static str {
    match tone {
        words::Tone::Good => "good",
        words::Tone::Warning => "warning",
        words::Tone::Bad => "bad",
    }
}
