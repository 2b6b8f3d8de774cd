//! Watching an order as its customer does: by asking for its status.

use super::screen::Screen;
use crate::boot::Failure;
use galley_domain::{id::OrderId, order::OrderStatus};
use reqwest::{Client, StatusCode, header};
use serde_json::Value;
use std::{fmt::Write as _, net::SocketAddr, time::Duration};

/// How often the status is asked for.
const POLL_INTERVAL: Duration = Duration::from_millis(150);

/// Shows every change until the order is ready or has failed; the status it ended with.
pub(super) async fn until_ready(
    address: SocketAddr,
    order: OrderId,
    token: String,
    label: &'static str,
    screen: &Screen,
) -> Result<OrderStatus, Failure> {
    let client = Client::builder().timeout(Duration::from_secs(5)).build()?;
    let url = format!("http://{address}/api/v1/purchase/status/{order}");
    let row = screen.row(label);
    let mut tag: Option<String> = None;
    loop {
        let mut request = client.get(&url).bearer_auth(&token);
        if let Some(tag) = &tag {
            request = request.header(header::IF_NONE_MATCH, tag);
        }
        let answer = request.send().await?;
        if answer.status() == StatusCode::NOT_MODIFIED {
            tokio::time::sleep(POLL_INTERVAL).await;
            continue;
        }
        tag = answer.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let body: Value = answer.error_for_status()?.json().await?;
        let data = &body["data"];
        let status: OrderStatus = serde_json::from_value(data["status"].clone())?;
        row.step(data["progress"]["step"].as_u64().unwrap_or(0), &summary(data));
        if status != OrderStatus::Processing {
            row.done();
            return Ok(status);
        }
    }
}

fn summary(data: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut summary = format!("{}: {}", text(&data["status"]), text(&data["statusMessage"]));
    if let Some(state) = data["queue"]["jobs"][0]["state"].as_str().filter(|_| data["status"] == "PROCESSING")
    {
        let _ = write!(summary, " (job {state})");
    }
    let report = &data["version"]["qualityReport"];
    if let (Some(words), Some(score)) = (report["wordCount"].as_u64(), report["score"].as_u64()) {
        let _ = write!(summary, ", {words} words, quality {score} of 100");
    }
    summary
}
