//! Which orders are meant, as addresses say it; for the console too.

use crate::{envelope::ErrorDetail, extract::Params};
use chrono::{DateTime, Days, NaiveDate, Utc};
use galley_domain::{brief::ProductKind, order::OrderStatus};
use galley_store::{OrderFilter, OrderSearch};

/// What a filter is made of.
pub(crate) const NAMES: [&str; 5] = ["status", "product", "q", "from", "to"];

/// `status`, `product`, `q`, `from` and `to`: days, both included, or instants.
pub(crate) fn filter(params: &Params, wrong: &mut Vec<ErrorDetail>) -> OrderFilter {
    let statuses: Vec<_> = OrderStatus::ALL.iter().map(|status| status.as_str()).collect();
    let products: Vec<_> = ProductKind::ALL.iter().map(|product| product.as_str()).collect();
    let search = params.get("q").map(str::trim).filter(|text| !text.is_empty());
    let found = search.and_then(OrderSearch::parse);
    if search.is_some() && found.is_none() {
        wrong.push(ErrorDetail::new("q", "Give something of up to 300 characters."));
    }
    OrderFilter {
        status: params.parsed("status", &format!("Choose one of: {}.", statuses.join(", ")), wrong),
        product: params.parsed("product", &format!("Choose one of: {}.", products.join(", ")), wrong),
        from: instant(params, "from", 0, wrong),
        to: instant(params, "to", 1, wrong),
        publishing: None,
        search: found,
    }
}

/// An instant, or the beginning of the day that is `days` after the one given.
fn instant(params: &Params, name: &str, days: u64, wrong: &mut Vec<ErrorDetail>) -> Option<DateTime<Utc>> {
    let text = params.get(name)?;
    let day = text.parse::<NaiveDate>().ok().and_then(|day| day.checked_add_days(Days::new(days)));
    let instant = day
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .map(|instant| instant.and_utc())
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc()));
    if instant.is_none() {
        wrong.push(ErrorDetail::new(name, "Give a day such as 2026-11-21, or an instant by RFC 3339."));
    }
    instant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_and_instants_are_exact() {
        let mut wrong = Vec::new();
        let meant = filter(&Params::of(b"from=2026-11-21&to=2026-11-21"), &mut wrong);
        let day = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
        assert_eq!((meant.from, meant.to), (day("2026-11-21T00:00:00Z"), day("2026-11-22T00:00:00Z")));
        let exact = filter(&Params::of(b"to=2026-11-21T10:30:00%2B02:00"), &mut wrong);
        assert_eq!(exact.to, day("2026-11-21T08:30:00Z"));
        assert!(wrong.is_empty());
    }

    #[test]
    fn whatever_is_wrong_is_told_under_its_name() {
        let mut wrong = Vec::new();
        let long = "x".repeat(301);
        filter(
            &Params::of(format!("status=x&product=y&q={long}&from=soon&to=2026-13-01").as_bytes()),
            &mut wrong,
        );
        let names: Vec<_> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
        assert_eq!(names, ["q", "status", "product", "from", "to"]);
        assert!(filter(&Params::of(b"status=&q=+"), &mut Vec::new()).search.is_none());
    }
}
