//! The neighbours: each is configured as a whole, or stood in for by the sandbox.

use super::{Environment, split};
use galley_integrations::{mail::Mailbox, secret::Secret};
use std::time::Duration;
use url::{Host, Url};

/// A neighbour that is configured, or one that the sandbox stands in for.
#[derive(Debug)]
pub(crate) enum Neighbour<T> {
    Configured(T),
    Sandbox,
}

#[derive(Debug)]
pub(crate) struct StripeSettings {
    pub(crate) secret_key: Secret,
    pub(crate) webhook_secrets: Vec<Secret>,
    pub(crate) livemode: bool,
    pub(crate) api_base: Url,
    /// Requests per second that we allow ourselves; no limit if `None`.
    pub(crate) rate_per_second: Option<u32>,
}

#[derive(Debug)]
pub(crate) struct SslcommerzSettings {
    pub(crate) store_id: String,
    pub(crate) store_password: Secret,
    pub(crate) api_base: Url,
}

#[derive(Debug)]
pub(crate) struct AiSettings {
    pub(crate) base_url: Url,
    pub(crate) api_key: Secret,
    pub(crate) model: String,
    pub(crate) timeout: Duration,
}

#[derive(Debug)]
pub(crate) struct MailSettings {
    pub(crate) smtp_url: Secret,
}

/// Mail has a sender even when the sandbox takes it.
#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) server: Neighbour<MailSettings>,
    pub(crate) from: Mailbox,
    /// Who is told when something needs a person.
    pub(crate) staff_email: Option<String>,
}

/// A WordPress site that shows copies of the articles.
#[derive(Debug)]
pub(crate) struct WordpressSettings {
    pub(crate) url: Url,
    pub(crate) user: String,
    pub(crate) app_password: Secret,
}

/// How long one call of the AI service may take, in seconds.
const AI_TIMEOUT_SECONDS: u64 = 180;

/// Stripe's own API.
const STRIPE_API_BASE: &str = "https://api.stripe.com";
/// What we allow ourselves of the 25 requests per second and endpoint: a rested bucket lets twice as
/// many through in its first second
/// (<https://docs.stripe.com/rate-limits>).
const STRIPE_RATE_PER_SECOND: u32 = 12;
/// Where SSLCommerz takes real money, and where it plays.
const SSLCOMMERZ_LIVE: &str = "https://securepay.sslcommerz.com";
const SSLCOMMERZ_TEST: &str = "https://sandbox.sslcommerz.com";

pub(super) fn stripe(env: &mut Environment) -> Neighbour<StripeSettings> {
    let api_base = env.url("STRIPE_API_BASE");
    match (env.secret("STRIPE_SECRET_KEY"), env.secret("STRIPE_WEBHOOK_SECRET")) {
        (None, None) => {
            if api_base.is_some() {
                env.wrong("STRIPE_SECRET_KEY", "must be set when STRIPE_API_BASE is");
            }
            Neighbour::Sandbox
        }
        (Some(_), None) => {
            env.wrong("STRIPE_WEBHOOK_SECRET", "must be set when STRIPE_SECRET_KEY is");
            Neighbour::Sandbox
        }
        (None, Some(_)) => {
            env.wrong("STRIPE_SECRET_KEY", "must be set when STRIPE_WEBHOOK_SECRET is");
            Neighbour::Sandbox
        }
        (Some(key), Some(secrets)) => {
            // A stand-in may be asked as fast as it can answer.
            let usual = if api_base.is_none() { STRIPE_RATE_PER_SECOND } else { 0 };
            let rate = env.parse("STRIPE_RATE_PER_SECOND", "a number of requests, 0 for no limit", usual);
            Neighbour::Configured(StripeSettings {
                livemode: ["sk_live_", "rk_live_"].iter().any(|prefix| key.expose().starts_with(prefix)),
                secret_key: key,
                webhook_secrets: split(&secrets),
                api_base: api_base.unwrap_or_else(|| constant(STRIPE_API_BASE)),
                rate_per_second: (rate > 0).then_some(rate),
            })
        }
    }
}

/// A second gateway is a choice: without its account there is none, unless the whole till is a
/// sandbox.
pub(super) fn sslcommerz(
    env: &mut Environment,
    production: bool,
    sandboxed: bool,
) -> Option<Neighbour<SslcommerzSettings>> {
    let api_base = env.url("SSLCOMMERZ_API_BASE");
    match (env.text("SSLCOMMERZ_STORE_ID"), env.secret("SSLCOMMERZ_STORE_PASSWORD")) {
        (None, None) => sandboxed.then_some(Neighbour::Sandbox),
        (Some(store_id), Some(store_password)) => {
            let usual = if production { SSLCOMMERZ_LIVE } else { SSLCOMMERZ_TEST };
            let api_base = api_base.unwrap_or_else(|| constant(usual));
            Some(Neighbour::Configured(SslcommerzSettings { store_id, store_password, api_base }))
        }
        (store_id, _) => {
            let (missing, given) = if store_id.is_some() {
                ("SSLCOMMERZ_STORE_PASSWORD", "SSLCOMMERZ_STORE_ID")
            } else {
                ("SSLCOMMERZ_STORE_ID", "SSLCOMMERZ_STORE_PASSWORD")
            };
            env.wrong(missing, format!("must be set when {given} is"));
            None
        }
    }
}

fn constant(url: &str) -> Url {
    #[expect(clippy::unwrap_used, reason = "a constant that parses")]
    Url::parse(url).unwrap()
}

pub(super) fn ai(env: &mut Environment) -> Neighbour<AiSettings> {
    let api_key = env.secret("AI_API_KEY");
    let (base_url, model) = (env.text("AI_BASE_URL"), env.text("AI_MODEL"));
    let timeout =
        Duration::from_secs(env.parse("AI_TIMEOUT_SECONDS", "a number of seconds", AI_TIMEOUT_SECONDS));
    if api_key.is_none() && base_url.is_none() && model.is_none() {
        return Neighbour::Sandbox;
    }
    let base_url = base_url.as_deref().map(Url::parse);
    match (base_url, model) {
        (Some(Ok(base_url)), Some(model)) => {
            let api_key = api_key.unwrap_or_else(|| Secret::new(""));
            return Neighbour::Configured(AiSettings { base_url, api_key, model, timeout });
        }
        (base_url, model) => {
            match base_url {
                None => env.wrong("AI_BASE_URL", "must be set when AI_API_KEY or AI_MODEL is"),
                Some(Err(error)) => env.wrong("AI_BASE_URL", format!("is no address: {error}")),
                Some(Ok(_)) => {}
            }
            if model.is_none() {
                env.wrong("AI_MODEL", "must be set when AI_BASE_URL or AI_API_KEY is");
            }
        }
    }
    Neighbour::Sandbox
}

pub(super) fn mail(env: &mut Environment) -> Mail {
    let smtp_url = env.secret("SMTP_URL");
    let from_text = env.text("MAIL_FROM");
    if smtp_url.is_some() && from_text.is_none() {
        env.wrong("MAIL_FROM", "must be set when SMTP_URL is");
    }
    let from: Result<Mailbox, _> = from_text.as_deref().unwrap_or("Galley <orders@galley.localhost>").parse();
    let from = from.unwrap_or_else(|error| {
        env.wrong("MAIL_FROM", format!("is no address such as `Shop <orders@example.com>`: {error}"));
        fallback_sender()
    });
    let staff_email = env.text("STAFF_EMAIL");
    if let Some(address) = &staff_email
        && galley_domain::payment::parse_email(address).is_none()
    {
        env.wrong("STAFF_EMAIL", format!("`{address}` is no address"));
    }
    let server =
        smtp_url.map_or(Neighbour::Sandbox, |smtp_url| Neighbour::Configured(MailSettings { smtp_url }));
    Mail { server, from, staff_email }
}

/// Articles appear on a WordPress site only where one is configured: all of it, or nothing.
pub(super) fn wordpress(env: &mut Environment) -> Option<WordpressSettings> {
    let names = ["WORDPRESS_URL", "WORDPRESS_USER", "WORDPRESS_APP_PASSWORD"];
    let (url_is_set, url) = (env.text(names[0]).is_some(), env.url(names[0]));
    let (user, app_password) = (env.text(names[1]), env.secret(names[2]));
    let set = [url_is_set, user.is_some(), app_password.is_some()];
    if let Some(given) = names.iter().zip(set).find_map(|(name, set)| set.then_some(*name)) {
        for (missing, _) in names.iter().zip(set).filter(|(_, set)| !set) {
            env.wrong(missing, format!("must be set when {given} is"));
        }
    }
    Some(WordpressSettings { url: url?, user: user?, app_password: app_password? })
}

/// Only ever used together with a problem, which keeps the process from starting.
fn fallback_sender() -> Mailbox {
    #[expect(clippy::unwrap_used, reason = "a constant that parses")]
    "orders@galley.localhost".parse().unwrap()
}

/// In production a neighbour is spoken to over TLS, or is on this machine.
pub(super) fn require_tls(env: &mut Environment, variable: &str, url: &Url) {
    if url.scheme() != "https" && !is_loopback(url) {
        env.wrong(variable, "must use https in production, unless it is on this machine");
    }
}

/// The same for mail: `smtps`, or `smtp` that insists on STARTTLS.
pub(super) fn require_mail_tls(env: &mut Environment, url: &Secret) {
    let Ok(url) = Url::parse(url.expose()) else {
        env.wrong("SMTP_URL", "is no address");
        return;
    };
    let insists = url.query_pairs().any(|(name, value)| name == "tls" && value == "required");
    if url.scheme() != "smtps" && !insists && !is_loopback(&url) {
        env.wrong("SMTP_URL", "must be smtps://… or end with ?tls=required in production");
    }
}

fn is_loopback(url: &Url) -> bool {
    // `url` keeps the host of a scheme it does not know (smtp) as text.
    let address = |text: &str| text.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || address(name).is_ok_and(|ip| ip.is_loopback()),
        None => false,
    }
}
