//! The server, its database and its workers.

use super::Environment;
use galley_integrations::secret::Secret;
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};
use url::{Origin, Url};

#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) bind: SocketAddr,
    /// Where customers reach us.
    pub(crate) public_url: Url,
    /// Where links in mails lead: another front end, or ourselves.
    pub(crate) frontend_url: Url,
    /// Whose pages may use the customers' API from a browser: the other front end's, and those listed.
    pub(crate) other_origins: Vec<Origin>,
    pub(crate) shop_name: String,
    /// Checkouts that one address may open in a minute; 0 for any number.
    pub(crate) checkout_per_minute: u32,
    /// Orders that may be watched live at once.
    pub(crate) live_streams_max: usize,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: Vec<IpAddr>,
    /// How often gateways are asked how their checkouts stand.
    pub(crate) reconcile_interval: Duration,
}

impl Server {
    pub(super) fn read(env: &mut Environment) -> Self {
        let bind = env.parse(
            "BIND_ADDR",
            "an address such as 127.0.0.1:8080",
            SocketAddr::from(([127, 0, 0, 1], 8080)),
        );
        let own = env.url("PUBLIC_URL").or_else(|| Url::parse(&format!("http://{bind}")).ok());
        let public_url = own.unwrap_or_else(|| local(8080));
        let frontend_url = env.url("FRONTEND_URL").unwrap_or_else(|| public_url.clone());
        let other_origins = other_origins(env, &public_url, &frontend_url);
        let shop_name = env.text("SHOP_NAME").unwrap_or_else(|| "Galley".to_owned());
        let proxies = env.text("TRUSTED_PROXIES").unwrap_or_default();
        let mut trusted_proxies = Vec::new();
        for proxy in proxies.split(',').map(str::trim).filter(|proxy| !proxy.is_empty()) {
            match proxy.parse() {
                Ok(address) => trusted_proxies.push(address),
                Err(_) => env.wrong("TRUSTED_PROXIES", format!("`{proxy}` is no IP address")),
            }
        }
        let interval = env.parse("RECONCILE_INTERVAL_SECONDS", "a number of seconds", 5_u64).clamp(1, 3_600);
        Self {
            bind,
            public_url,
            frontend_url,
            other_origins,
            shop_name,
            checkout_per_minute: env.parse("CHECKOUT_PER_MINUTE", "a number of checkouts, 0 for any", 10),
            live_streams_max: env.parse("LIVE_STREAMS_MAX", "a number of streams", 5_000),
            trusted_proxies,
            reconcile_interval: Duration::from_secs(interval),
        }
    }
}

fn other_origins(env: &mut Environment, public_url: &Url, frontend_url: &Url) -> Vec<Origin> {
    let mut origins = Vec::new();
    if frontend_url.origin() != public_url.origin() {
        origins.push(frontend_url.origin());
    }
    let listed = env.text("CORS_ORIGINS").unwrap_or_default();
    for listed in listed.split(',').map(str::trim).filter(|listed| !listed.is_empty()) {
        match Url::parse(listed).map(|url| url.origin()) {
            // The origin alone: a path would be promised and not kept.
            Ok(origin)
                if origin.is_tuple() && origin.ascii_serialization() == listed.trim_end_matches('/') =>
            {
                origins.push(origin);
            }
            _ => env.wrong("CORS_ORIGINS", format!("`{listed}` is no origin such as https://shop.example")),
        }
    }
    origins
}

fn local(port: u16) -> Url {
    #[expect(clippy::unwrap_used, reason = "a constant that parses")]
    Url::parse(&format!("http://127.0.0.1:{port}")).unwrap()
}

#[derive(Debug)]
pub(crate) struct Database {
    /// Holds a password, so it is as secret as one.
    pub(crate) url: Secret,
    pub(crate) max_connections: u32,
}

impl Database {
    pub(super) fn read(env: &mut Environment) -> Self {
        let url = env.secret("DATABASE_URL").unwrap_or_else(|| Secret::new("sqlite://var/galley.db"));
        let known = ["sqlite:", "postgres://", "postgresql://"];
        if !known.iter().any(|scheme| url.expose().starts_with(scheme)) {
            env.wrong("DATABASE_URL", "must start with sqlite:// or postgres://");
        }
        Self { url, max_connections: env.parse("DATABASE_MAX_CONNECTIONS", "a number", 16).max(2) }
    }

    /// The file of an embedded database; `None` for Postgres.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let path = self.url.expose().strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
    }
}

pub(super) fn redis_url(env: &mut Environment) -> Option<Secret> {
    if let Some(url) = env.secret("REDIS_URL") {
        if !["redis://", "rediss://"].iter().any(|scheme| url.expose().starts_with(scheme)) {
            env.wrong("REDIS_URL", "must start with redis:// or rediss://");
        }
        return Some(url);
    }
    let host = env.text("REDIS_HOST")?;
    let port = env.parse("REDIS_PORT", "a port", 6379_u16);
    let mut url = Url::parse(&format!("redis://{host}:{port}/0")).ok();
    if let (Some(url), Some(password)) = (&mut url, env.secret("REDIS_PASSWORD")) {
        // A redis URL has a host, so it can carry a password.
        let _ = url.set_password(Some(password.expose()));
    }
    if url.is_none() {
        env.wrong("REDIS_HOST", format!("`{host}` is no host name"));
    }
    url.map(|url| Secret::new(url.as_str()))
}

#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) concurrency: usize,
    pub(crate) mail_concurrency: usize,
    pub(crate) poll_interval: Duration,
    pub(crate) stale_timeout: Duration,
    pub(crate) drain_timeout: Duration,
    /// Stretches the pauses between attempts; 1 is the policy as documented.
    pub(crate) retry_scale: f64,
}

impl Worker {
    pub(super) fn read(env: &mut Environment) -> Self {
        let seconds = "a time such as 4s or 5m";
        let scale = env.parse("WORKER_RETRY_SCALE", "a number", 1.0_f64);
        Self {
            concurrency: env.parse("WORKER_CONCURRENCY", "a number of jobs", 16_usize).clamp(1, 1_024),
            mail_concurrency: env.parse("WORKER_MAIL_CONCURRENCY", "a number of mails", 8_usize).clamp(1, 64),
            poll_interval: Duration::from_millis(
                env.parse("WORKER_POLL_INTERVAL", "a number of milliseconds", 1_000_u64).clamp(10, 60_000),
            ),
            stale_timeout: env
                .parse("WORKER_STALE_TIMEOUT", seconds, Span(Duration::from_secs(4)))
                .0
                .max(Duration::from_secs(3)),
            drain_timeout: env.parse("WORKER_DRAIN_TIMEOUT", seconds, Span(Duration::from_secs(20))).0,
            retry_scale: if scale.is_finite() { scale.clamp(0.0, 100.0) } else { 1.0 },
        }
    }
}

/// `4s`, `500ms`, `5m`; a bare number means minutes.
struct Span(Duration);

impl std::str::FromStr for Span {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let count: u64 = digits.trim().parse().map_err(|_| ())?;
        let span = match &text[digits.len()..] {
            "ms" => Duration::from_millis(count),
            "s" => Duration::from_secs(count),
            "m" | "" => Duration::from_secs(count.checked_mul(60).ok_or(())?),
            "h" => Duration::from_secs(count.checked_mul(3_600).ok_or(())?),
            _ => return Err(()),
        };
        Ok(Self(span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_unit_and_a_bare_number_means_minutes() {
        let span = |text: &str| text.parse::<Span>().ok().map(|span| span.0);
        assert_eq!(span("4s"), Some(Duration::from_secs(4)));
        assert_eq!(span("5m"), Some(Duration::from_mins(5)));
        assert_eq!(span("5"), Some(Duration::from_mins(5)));
        assert_eq!(span("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(span("soon"), None);
        assert_eq!(span("99999999999999999999m"), None);
    }
}
