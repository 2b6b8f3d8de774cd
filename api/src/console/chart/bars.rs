use super::{Bar, Data, LEFT, class, count, px, scale::Scale};

/// The share of a place that its bars fill.
const FILLED: f64 = 0.72;
/// The narrowest bar, so that ninety of them can be seen.
const WIDTH_MIN: f64 = 1.5;

/// The first series stands behind; each that follows is narrower and stands before it.
pub(super) fn layout(data: &Data, scale: &Scale) -> Vec<Bar> {
    let slot = data.slot();
    let mut bars = Vec::new();
    for (nth, series) in data.series.iter().enumerate() {
        let width = (slot * FILLED * (1.0 - 0.4 * count(nth))).max(WIDTH_MIN);
        for (place, value) in series.values.iter().enumerate() {
            let Some(value) = value.filter(|value| *value != 0) else { continue };
            let (zero, end) = (scale.y(0), scale.y(value));
            bars.push(Bar {
                class: class(nth),
                x: px(LEFT + slot * (count(place) + 0.5) - width / 2.0),
                y: px(zero.min(end)),
                width: px(width),
                // What is there is seen.
                height: px((zero - end).abs().max(1.0)),
            });
        }
    }
    bars
}
