//! `GET /order-status/{orderId}/compare`: what changed between two versions, word by word.

use super::{
    address,
    numbers::grouped,
    plain::{Piece, pieces},
    versions::name,
};
use crate::{
    Api,
    access::OrderAccess,
    contract::faults,
    envelope::ApiError,
    extract::Params,
    pages::frame::{Frame, page},
};
use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use galley_content::diff::{Op, Span, words};
use galley_store::{OrderPageFrom, VersionLine};

#[derive(Template)]
#[template(path = "order_status/compare.html")]
struct Compare<'a> {
    frame: Frame<'a>,
    address: String,
    from: i32,
    to: i32,
    from_name: String,
    to_name: String,
    choices: Vec<Choice>,
    /// `12 words came, 3 went`; `None` when nothing did.
    summary: Option<String>,
    lines: Vec<Line>,
}

/// A paragraph, a heading or an entry of a list.
#[derive(Default)]
struct Line {
    is_heading: bool,
    pieces: Vec<Piece>,
}

/// A version to choose.
struct Choice {
    number: i32,
    name: String,
}

#[utoipa::path(
    get,
    path = "/order-status/{orderId}/compare",
    operation_id = "compareVersions",
    tag = "pages",
    summary = "What changed between two versions, word by word; the newest two unless said.",
    params(
        OrderAccess,
        ("from" = Option<i32>, Query, nullable = false, minimum = 0, description = "The old version"),
        ("to" = Option<i32>, Query, nullable = false, minimum = 0, description = "The new version"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        faults::OfOrder,
    ),
    security(("orderToken" = []), ("orderTokenInQuery" = [])),
)]
pub(crate) async fn compare(
    State(api): State<Api>,
    access: OrderAccess,
    params: Params,
) -> Result<Response, ApiError> {
    let order = access.order;
    let view =
        api.store.order_page(order, OrderPageFrom::default()).await?.ok_or_else(ApiError::not_found)?;
    let number = |name: &str, otherwise: Option<&VersionLine>| match params.get(name) {
        Some(given) => given.parse::<i32>().ok(),
        None => otherwise.map(|version| version.number),
    };
    let to = number("to", view.versions.first()).ok_or_else(ApiError::not_found)?;
    let from = number("from", view.versions.get(1)).ok_or_else(ApiError::not_found)?;
    let find = async |number| api.store.find_version(order, number).await?.ok_or_else(ApiError::not_found);
    let (old, new) = (find(from).await?, find(to).await?);
    // Long texts take a moment; the other requests of this thread do not wait for it.
    let spans = tokio::task::spawn_blocking(move || words(&old.source, &new.source)).await;
    let spans = spans.map_err(ApiError::internal)?;
    let mut choices: Vec<i32> =
        view.versions.iter().map(|version| version.number).chain([from, to]).collect();
    choices.sort_unstable_by(|one, other| other.cmp(one));
    choices.dedup();
    let compare = Compare {
        frame: Frame::private(&api),
        address: address(order),
        from,
        to,
        from_name: name(from),
        to_name: name(to),
        choices: choices.into_iter().map(|number| Choice { number, name: name(number) }).collect(),
        summary: summary(&spans),
        lines: lines(&pieces(&spans)),
    };
    page(StatusCode::OK, &compare, true)
}

/// The text line by line; headings without the marks that make them ones.
fn lines(pieces: &[Piece]) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    for piece in pieces {
        for (at, text) in piece.text.split('\n').enumerate() {
            if at > 0 {
                lines.push(Line::default());
            }
            let Some(line) = lines.last_mut() else { continue };
            let text = if line.pieces.is_empty() { unmarked(line, text) } else { text };
            if !text.is_empty() {
                line.pieces.push(Piece { text: text.to_owned(), ..*piece });
            }
        }
    }
    lines.retain(|line| line.pieces.iter().any(|piece| !piece.text.trim().is_empty()));
    lines
}

fn unmarked<'a>(line: &mut Line, text: &'a str) -> &'a str {
    match text.trim_start_matches('#').strip_prefix(' ') {
        Some(heading) if text.starts_with('#') => {
            line.is_heading = true;
            heading
        }
        _ => text,
    }
}

fn summary(spans: &[Span]) -> Option<String> {
    let count = |op| {
        let spans = spans.iter().filter(|span| span.op == op);
        let words: usize = spans.map(|span| span.text.split_whitespace().count()).sum();
        i64::try_from(words).unwrap_or(i64::MAX)
    };
    if spans.iter().all(|span| span.op == Op::Equal) {
        return None;
    }
    let told = |number: i64| format!("{} {}", grouped(number), if number == 1 { "word" } else { "words" });
    Some(format!("{} added, {} removed.", told(count(Op::Insert)), told(count(Op::Delete))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_line_by_line_and_headings_as_such() {
        let spans = words("# Tea\n\nIt is good.\n", "# Green tea\n\nIt is good.\n\n- hot\n");
        let shown: Vec<_> = lines(&pieces(&spans))
            .iter()
            .map(|line| {
                let mark = |piece: &Piece| match (piece.came, piece.went) {
                    (true, _) => format!("+{}+", piece.text),
                    (_, true) => format!("-{}-", piece.text),
                    _ => piece.text.clone(),
                };
                (line.is_heading, line.pieces.iter().map(mark).collect::<String>())
            })
            .collect();
        let text = |text: &str| text.to_owned();
        assert_eq!(
            shown,
            [(true, text("-Tea-+Green tea+")), (false, text("It is good.")), (false, text("+• hot+"))]
        );
    }

    #[test]
    fn what_came_and_what_went_is_counted_in_words() {
        assert_eq!(summary(&words("same", "same")), None);
        let spans = words("a quick fox ran", "a slow brown fox ran");
        assert_eq!(summary(&spans).as_deref(), Some("2 words added, 1 word removed."));
    }
}
