//! How we speak HTTP to neighbours: one pooled client each, every wait and every body bounded.

use chrono::DateTime;
use reqwest::{
    Client, Response,
    header::{DATE, HeaderMap, HeaderName, RETRY_AFTER},
    redirect,
};
use std::time::Duration;
use url::{Host, Url};

/// Longest wait for a connection, TLS included, in seconds.
const CONNECT_TIMEOUT_SECONDS: u64 = 10;
/// How long an idle connection is kept for the next request, in seconds.
const IDLE_SECONDS: u64 = 60;
/// Longest pause that a neighbour may ask of us, in seconds.
const RETRY_AFTER_MAX_SECONDS: u64 = 600;

/// Makes `ring` the crypto of every TLS connection of this process.
///
/// The binary calls it first thing; calling it again does nothing. Without it rustls would panic
/// at the first client that is built, for it is compiled in without a default.
pub fn install_crypto() {
    // An error means that one is installed already; `ring` is the only one that is compiled in.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A pooled client for one neighbour. `timeout` covers a whole request, to the last byte of its
/// answer.
///
/// Redirects are not followed: a neighbour that sends us elsewhere is misconfigured, and our
/// credentials would travel along. A neighbour on loopback is never looked for behind a proxy; one
/// that is reached without TLS needs no certificates on this machine.
pub(crate) fn client(base: &Url, timeout: Duration) -> reqwest::Result<Client> {
    install_crypto();
    let mut builder = Client::builder()
        .user_agent(concat!("galley/", env!("CARGO_PKG_VERSION")))
        // Shorter than the whole, or nobody could tell that nothing was sent.
        .connect_timeout(Duration::from_secs(CONNECT_TIMEOUT_SECONDS).min(timeout / 2))
        .timeout(timeout)
        .pool_idle_timeout(Duration::from_secs(IDLE_SECONDS))
        .redirect(redirect::Policy::none());
    if is_loopback(base) {
        builder = builder.no_proxy();
    }
    if base.scheme() == "http" {
        builder = builder.tls_certs_only([]);
    }
    builder.build()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An address below another one, whatever that ends with.
pub(crate) fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// It is longer than the limit.
    TooLarge,
    /// The connection failed on the way.
    Broken(reqwest::Error),
}

/// The whole body, as long as it has at most `max_bytes`; no more than that is ever held.
pub(crate) async fn body(mut response: Response, max_bytes: usize) -> Result<Vec<u8>, BodyError> {
    let fits = |length: usize| length <= max_bytes;
    let announced = response.content_length().unwrap_or(0);
    if !usize::try_from(announced).is_ok_and(fits) {
        return Err(BodyError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Broken)? {
        if !fits(body.len() + chunk.len()) {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// How long a neighbour asks us to wait: `Retry-After`, at most ten minutes.
///
/// Both forms of RFC 9110 section 10.2.3 are read. A date is held against the answer's own `Date`,
/// so the neighbour's clock is judged by itself and never against ours.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &HeaderName| headers.get(name)?.to_str().ok().map(str::trim);
    let asked = text(&RETRY_AFTER)?;
    let seconds = if let Ok(seconds) = asked.parse::<u64>() {
        seconds
    } else {
        let until = DateTime::parse_from_rfc2822(asked).ok()?;
        let sent = DateTime::parse_from_rfc2822(text(&DATE)?).ok()?;
        u64::try_from((until - sent).num_seconds()).unwrap_or(0)
    };
    Some(Duration::from_secs(seconds.min(RETRY_AFTER_MAX_SECONDS)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn asked(retry_after: &'static str, date: Option<&'static str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(retry_after));
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_static(date));
        }
        super::retry_after(&headers).map(|pause| pause.as_secs())
    }

    #[test]
    fn a_pause_is_given_in_seconds_or_as_a_date() {
        assert_eq!(asked("7", None), Some(7));
        assert_eq!(asked("0", None), Some(0));
        assert_eq!(asked("86400", None), Some(600));
        let sent = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(asked("Sun, 06 Nov 1994 08:50:07 GMT", sent), Some(30));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:00 GMT", sent), Some(0));
        assert_eq!(asked("Mon, 06 Nov 2034 08:49:37 GMT", sent), Some(600));
    }

    #[test]
    fn what_is_no_pause_is_none() {
        assert_eq!(asked("Sun, 06 Nov 1994 08:50:07 GMT", None), None);
        for text in ["", "soon", "-5", "1.5"] {
            assert_eq!(asked(text, Some("Sun, 06 Nov 1994 08:49:37 GMT")), None, "{text}");
        }
        assert_eq!(super::retry_after(&HeaderMap::new()), None);
    }

    #[test]
    fn loopback_is_told_by_the_address() {
        for (url, expected) in [
            ("http://127.0.0.1:9", true),
            ("http://127.8.0.1", true),
            ("http://[::1]:9/v1", true),
            ("https://localhost", true),
            ("https://api.openai.com/v1", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(is_loopback(&url.parse().unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn crypto_may_be_installed_twice() {
        install_crypto();
        install_crypto();
        assert!(client(&"http://127.0.0.1".parse().unwrap(), Duration::from_secs(1)).is_ok());
    }
}
