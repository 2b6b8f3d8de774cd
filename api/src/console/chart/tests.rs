use super::{Chart, Data, Place, Series, Spark, Unit, grouped, named, scale::Scale};

fn data(values: &[&[Option<i64>]], unit: Unit) -> Data {
    let places = values.first().map_or(0, |series| series.len());
    let place = |n: usize| Place { short: format!("{n}"), long: format!("Day {n}") };
    Data {
        id: "test".to_owned(),
        title: "Test".to_owned(),
        about: "A test.".to_owned(),
        places_are: "Day",
        places: (1..=places).map(place).collect(),
        series: values.iter().map(|values| Series { name: "Orders", values: values.to_vec() }).collect(),
        unit,
        layered: false,
    }
}

fn levels(low: i64, high: i64, unit: Unit) -> Vec<String> {
    let scale = Scale::over(low, high, unit);
    scale.levels().map(|level| unit.on_axis(level)).collect()
}

fn labels(chart: &Chart) -> Vec<&str> {
    chart.levels.iter().map(|level| level.label.as_str()).collect()
}

#[test]
fn levels_are_round_numbers_around_all_values() {
    let usd = Unit::Money("USD".parse().unwrap());
    let cases: [(i64, i64, Unit, &[&str]); 11] = [
        (0, 0, Unit::Count, &["0", "1"]),
        (0, 1, Unit::Count, &["0", "1"]),
        (0, 7, Unit::Count, &["0", "2", "4", "6", "8"]),
        (0, 37, Unit::Count, &["0", "10", "20", "30", "40"]),
        (0, 4_999, Unit::Count, &["0", "1,000", "2,000", "3,000", "4,000", "5,000"]),
        (0, 12_900, usd, &["0", "50", "100", "150"]),
        (-13_800, 38_700, usd, &["-200", "0", "200", "400"]),
        (-500, 0, usd, &["-5", "-4", "-3", "-2", "-1", "0"]),
        (0, 250_000, Unit::Time, &["0", "1 min", "2 min", "3 min", "4 min", "5 min"]),
        (0, 9_000_000, Unit::Time, &["0", "30 min", "1 h", "1 h 30 min", "2 h", "2 h 30 min"]),
        (0, 4_200, Unit::Micros, &["0", "0.001", "0.002", "0.003", "0.004", "0.005"]),
    ];
    for (low, high, unit, expected) in cases {
        assert_eq!(levels(low, high, unit), expected, "{low} to {high}");
    }
    assert!(levels(i64::MIN / 2, i64::MAX / 2, Unit::Count).len() < 10, "the greatest numbers have an end");
}

#[test]
fn a_chart_in_which_everything_is_zero_has_no_bars_and_one_step() {
    let chart = data(&[&[Some(0), Some(0)]], Unit::Count).bars();
    assert!(chart.bars.is_empty());
    assert_eq!(labels(&chart), ["0", "1"]);
    assert_eq!(chart.columns[1].title, "Day 2 · Orders: 0");
}

#[test]
fn a_chart_without_places_is_empty() {
    let chart = data(&[], Unit::Count).bars();
    assert!(chart.bars.is_empty() && chart.names.is_empty() && chart.table.rows.is_empty());
}

#[test]
fn one_value_fills_its_place_up_to_the_level_above() {
    let chart = data(&[&[Some(5)]], Unit::Count).bars();
    let [bar] = chart.bars.as_slice() else { panic!("one bar") };
    assert_eq!((bar.y.as_str(), bar.height.as_str()), ("12", "180"));
    assert_eq!(chart.zero, "192");
}

#[test]
fn what_is_below_zero_hangs_from_it() {
    let chart = data(&[&[Some(10), Some(-10)]], Unit::Count).bars();
    assert_eq!(chart.zero, "102");
    let [up, down] = chart.bars.as_slice() else { panic!("two bars") };
    assert_eq!((up.y.as_str(), down.y.as_str(), &up.height), ("12", "102", &down.height));
}

#[test]
fn ninety_bars_can_still_be_seen_and_stay_inside() {
    let values: Vec<_> = (0..90).map(Some).collect();
    let chart = data(&[&values, &values], Unit::Count).bars();
    assert_eq!(chart.bars.len(), 2 * 89);
    for bar in &chart.bars {
        let (x, width): (f64, f64) = (bar.x.parse().unwrap(), bar.width.parse().unwrap());
        assert!(width >= 1.5 && x >= 80.0 && x + width <= 616.1, "{x} {width}");
    }
}

#[test]
fn a_line_breaks_off_where_nothing_is_known() {
    let chart = data(&[&[Some(1), Some(2), None, Some(4)]], Unit::Count).lines();
    let [line] = chart.lines.as_slice() else { panic!("one line") };
    assert_eq!(line.path, "M147 147L281 102M549 12");
    assert_eq!(line.dots.len(), 3);
    assert_eq!(chart.table.rows[2].1, ["–"]);
    let nothing = data(&[&[None, None]], Unit::Time).lines();
    assert!(nothing.lines[0].path.is_empty() && nothing.lines[0].dots.is_empty());
}

#[test]
fn only_several_series_need_a_legend() {
    assert!(data(&[&[Some(1)]], Unit::Count).bars().legend.is_empty());
    let two = data(&[&[Some(1)], &[None]], Unit::Count).bars();
    assert_eq!(two.legend.iter().map(|key| key.class).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(two.columns[0].title, "Day 1 · Orders: 1 · Orders: –");
}

#[test]
fn today_is_named_and_not_too_many_others() {
    for places in 0..=90 {
        let named = named(places, 8);
        assert!(named.len() <= 8, "{places}");
        assert_eq!(named.last().copied(), places.checked_sub(1));
    }
    assert_eq!(named(7, 8), [0, 1, 2, 3, 4, 5, 6]);
    assert_eq!(named(3, 0), [2], "a name that is wider than the chart stands alone");
}

#[test]
fn numbers_are_written_as_they_are_read() {
    assert_eq!([0, 999, 1_000, -1_234_567].map(grouped), ["0", "999", "1,000", "-1,234,567"]);
    let time = |milliseconds| Unit::Time.in_full(milliseconds);
    let told = [850, 1_000, 12_540, 60_000, 250_000, 7_500_000, 270_000_000].map(time);
    assert_eq!(told, ["850 ms", "1 s", "12.5 s", "1 min", "4 min 10 s", "2 h 5 min", "3 d 3 h"]);
    let usd = Unit::Money("USD".parse().unwrap());
    assert_eq!(
        [-1_290, 4_111_105, 5].map(|minor| usd.in_full(minor)),
        ["-12.90 USD", "41,111.05 USD", "0.05 USD"]
    );
    assert_eq!(Unit::Money("JPY".parse().unwrap()).in_full(5_000), "5,000 JPY");
    assert_eq!([4_200, 1_234_567].map(|micros| Unit::Micros.in_full(micros)), ["0.0042", "1.2346"]);
}

#[test]
fn a_sparkline_shows_what_is_there_however_little() {
    let spark = Spark::of(&[0, 1, 100], String::new());
    assert_eq!(spark.path, "M60 24V22M100 24V0");
    assert!(Spark::of(&[0; 60], String::new()).path.is_empty());
    assert!(Spark::of(&[], String::new()).path.is_empty());
}
