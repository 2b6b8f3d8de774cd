//! Charts as SVG: laid out here, drawn by `console/chart.html`.
//!
//! Pure: numbers in, coordinates and words out. Every chart carries the table of its numbers, for those
//! who don't look at it.

mod bars;
mod lines;
mod scale;
mod spark;
mod unit;

pub(crate) use spark::Spark;
pub(crate) use unit::{Unit, grouped};

use scale::Scale;

/// The drawing, in its own units.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 220.0;
/// Where the plot is in it: there are numbers left of it and days under it. The template has the same.
const LEFT: f64 = 80.0;
const RIGHT: f64 = WIDTH - 24.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = HEIGHT - 28.0;
/// How many characters stand side by side under a chart, with room between the names.
const NAMES_CHARS: usize = 48;

/// What is to be drawn.
pub(crate) struct Data {
    /// Names the chart on its page.
    pub(crate) id: String,
    pub(crate) title: String,
    /// What is to be seen, in a sentence.
    pub(crate) about: String,
    /// What the places are (`Day`).
    pub(crate) places_are: &'static str,
    pub(crate) places: Vec<Place>,
    pub(crate) series: Vec<Series>,
    pub(crate) unit: Unit,
    /// The second series is what is left of the first.
    pub(crate) layered: bool,
}

/// A place along the chart.
pub(crate) struct Place {
    /// Where there is little room (`21 Nov`).
    pub(crate) short: String,
    /// In full.
    pub(crate) long: String,
}

/// One number for each place; none where nothing is known.
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) values: Vec<Option<i64>>,
}

/// A chart, ready to be drawn.
pub(crate) struct Chart {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) about: String,
    /// What stands behind is only an outline.
    pub(crate) layered: bool,
    /// Lines across, with their number.
    pub(crate) levels: Vec<Mark>,
    /// Names under it.
    pub(crate) names: Vec<Mark>,
    /// Where zero is.
    pub(crate) zero: String,
    pub(crate) bars: Vec<Bar>,
    pub(crate) lines: Vec<Line>,
    /// One for each place, over its whole height: what a pointer finds there.
    pub(crate) columns: Vec<Column>,
    /// What is drawn how; empty where there is one series.
    pub(crate) legend: Vec<Key>,
    pub(crate) table: Table,
}

/// A number or a name at an axis.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) at: String,
    pub(crate) label: String,
}

pub(crate) struct Bar {
    pub(crate) class: &'static str,
    pub(crate) x: String,
    pub(crate) y: String,
    pub(crate) width: String,
    pub(crate) height: String,
}

pub(crate) struct Line {
    pub(crate) class: &'static str,
    /// Of an SVG path; it breaks off where nothing is known.
    pub(crate) path: String,
    pub(crate) dots: Vec<(String, String)>,
}

pub(crate) struct Column {
    pub(crate) x: String,
    pub(crate) width: String,
    pub(crate) title: String,
}

pub(crate) struct Key {
    pub(crate) class: &'static str,
    pub(crate) name: &'static str,
}

/// The numbers of a chart.
pub(crate) struct Table {
    pub(crate) places_are: &'static str,
    pub(crate) columns: Vec<&'static str>,
    pub(crate) rows: Vec<(String, Vec<String>)>,
}

/// How the first, the second and the third series look.
const CLASSES: [&str; 3] = ["one", "two", "three"];

fn class(place: usize) -> &'static str {
    CLASSES[place % CLASSES.len()]
}

impl Data {
    /// Bars beside or behind one another.
    pub(crate) fn bars(self) -> Chart {
        let scale = self.scale();
        let bars = bars::layout(&self, &scale);
        Chart { bars, ..self.frame(&scale) }
    }

    /// A line for each series.
    pub(crate) fn lines(self) -> Chart {
        let scale = self.scale();
        let lines = lines::layout(&self, &scale);
        Chart { lines, ..self.frame(&scale) }
    }

    fn scale(&self) -> Scale {
        let values = || self.series.iter().flat_map(|series| &series.values).filter_map(|value| *value);
        let (low, high) = (values().min().unwrap_or(0), values().max().unwrap_or(0));
        Scale::over(low.min(0), high.max(0), self.unit)
    }

    /// How wide a place is.
    fn slot(&self) -> f64 {
        (RIGHT - LEFT) / count(self.places.len().max(1))
    }

    fn frame(self, scale: &Scale) -> Chart {
        let slot = self.slot();
        let longest = self.places.iter().map(|place| place.short.chars().count()).max().unwrap_or(1);
        let chosen = named(self.places.len(), NAMES_CHARS / longest.max(1));
        let names = self.places.iter().enumerate().filter(|(place, _)| chosen.contains(place));
        let names = names.map(|(place, name)| Mark {
            at: px(LEFT + slot * (count(place) + 0.5)),
            label: name.short.clone(),
        });
        let several = self.series.len() > 1;
        let keys = self.series.iter().enumerate().filter(|_| several);
        let says = |series: &Series, place: usize| {
            let value = series.values.get(place).copied().flatten();
            value.map_or_else(|| "–".to_owned(), |value| self.unit.in_full(value))
        };
        let column = |(place, name): (usize, &Place)| {
            let values = self.series.iter().map(|series| format!("{}: {}", series.name, says(series, place)));
            let title = format!("{} · {}", name.long, values.collect::<Vec<_>>().join(" · "));
            Column { x: px(LEFT + slot * count(place)), width: px(slot), title }
        };
        let row = |(place, name): (usize, &Place)| {
            (name.long.clone(), self.series.iter().map(|series| says(series, place)).collect())
        };
        Chart {
            levels: scale
                .levels()
                .map(|level| Mark { at: px(scale.y(level)), label: self.unit.on_axis(level) })
                .collect(),
            names: names.collect(),
            zero: px(scale.y(0)),
            bars: Vec::new(),
            lines: Vec::new(),
            columns: self.places.iter().enumerate().map(column).collect(),
            legend: keys.map(|(place, series)| Key { class: class(place), name: series.name }).collect(),
            table: Table {
                places_are: self.places_are,
                columns: self.series.iter().map(|series| series.name).collect(),
                rows: self.places.iter().enumerate().map(row).collect(),
            },
            id: self.id,
            title: self.title,
            about: self.about,
            layered: self.layered,
        }
    }
}

/// Which places are named: at equal distances, the last one among them, since that is today.
fn named(places: usize, most: usize) -> Vec<usize> {
    let stride = places.div_ceil(most.max(1)).max(1);
    (0..places).filter(|place| (places - 1 - place).is_multiple_of(stride)).collect()
}

/// A coordinate, to the tenth.
fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

#[expect(clippy::cast_precision_loss, reason = "places on a chart are few")]
const fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests;
