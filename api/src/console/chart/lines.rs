use super::{Data, LEFT, Line, class, count, px, scale::Scale};
use std::fmt::Write as _;

pub(super) fn layout(data: &Data, scale: &Scale) -> Vec<Line> {
    let slot = data.slot();
    let line = |(nth, series): (usize, &super::Series)| {
        let (mut path, mut dots, mut broken) = (String::new(), Vec::new(), true);
        for (place, value) in series.values.iter().enumerate() {
            if let Some(value) = value {
                let (x, y) = (px(LEFT + slot * (count(place) + 0.5)), px(scale.y(*value)));
                let _ = write!(path, "{}{x} {y}", if broken { 'M' } else { 'L' });
                dots.push((x, y));
            }
            broken = value.is_none();
        }
        Line { class: class(nth), path, dots }
    };
    data.series.iter().enumerate().map(line).collect()
}
