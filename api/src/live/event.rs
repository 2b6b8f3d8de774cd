//! What a stream of server-sent events says.
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html>

use axum::body::Bytes;
use galley_domain::id::OrderId;
use galley_store::Stamp;

/// Which change an event tells: the numbers of the status answer's `ETag`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventId {
    order: i64,
    jobs: i64,
}

impl From<Stamp> for EventId {
    fn from(stamp: Stamp) -> Self {
        Self { order: stamp.order, jobs: stamp.jobs }
    }
}

impl std::fmt::Display for EventId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:x}-{:x}", self.order, self.jobs)
    }
}

/// What a client sends as `Last-Event-ID`; `None` for what was never one of ours.
pub(crate) fn parse_event_id(text: &str) -> Option<EventId> {
    let (order, jobs) = text.trim().split_once('-')?;
    let number = |text: &str| i64::from_str_radix(text, 16).ok();
    Some(EventId { order: number(order)?, jobs: number(jobs)? })
}

/// An event with the whole status as one line of JSON.
pub(super) fn status(id: EventId, json: &[u8]) -> Bytes {
    let mut event = format!("event: status\nid: {id}\ndata: ").into_bytes();
    event.reserve_exact(json.len() + 2);
    event.extend_from_slice(json);
    event.extend_from_slice(b"\n\n");
    Bytes::from(event)
}

/// A comment: it shows both sides, and every proxy between them, that the connection lives.
pub(super) const HEARTBEAT: Bytes = Bytes::from_static(b":\n\n");

/// How long a client waits before it comes back, in milliseconds: from 1 to 4 seconds, another for
/// each order, so that those who lost a server don't come back all at once.
pub(super) fn retry(order: OrderId) -> Bytes {
    // The low bits of an id are drawn by chance.
    let spread = order.0.as_u128() % 3_000;
    Bytes::from(format!("retry: {}\n\n", 1_000 + spread))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = EventId { order: 31, jobs: 4_096 };
        assert_eq!(id.to_string(), "1f-1000");
        assert_eq!(parse_event_id("1f-1000"), Some(id));
        for other in ["", "1", "1-", "x-1", "1-2-3", "\"1f-1000\""] {
            assert_eq!(parse_event_id(other), None, "{other}");
        }
    }

    #[test]
    fn an_event_is_one_line_of_data() {
        let event = status(EventId { order: 1, jobs: 2 }, br#"{"a":"b\nc"}"#);
        assert_eq!(event, "event: status\nid: 1-2\ndata: {\"a\":\"b\\nc\"}\n\n");
    }

    #[test]
    fn clients_come_back_after_one_to_four_seconds() {
        for number in [0, 1, 2_999, 3_000, u128::MAX] {
            let retry = retry(format!("{number:032x}").parse().unwrap());
            let millis: u64 = std::str::from_utf8(&retry).unwrap()[7..].trim_end().parse().unwrap();
            assert!((1_000..4_000).contains(&millis));
        }
    }
}
