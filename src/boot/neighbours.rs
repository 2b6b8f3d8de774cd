//! The neighbours: their clients, and the stand-ins for those that are not configured.

use super::{Failure, Role, now};
use crate::config::{Config, Neighbour, StripeSettings};
use galley_content::markdown::ANSWER_MAX_BYTES;
use galley_integrations::{
    ai::{AiClient, AiConfig},
    gateway::{Gateways, PaymentGateway},
    mail::Mailer,
    secret::Secret,
    site::RemoteSite,
    sslcommerz::{SslcommerzConfig, SslcommerzGateway},
    stripe::client::{StripeConfig, StripeGateway},
    wordpress::{WordpressConfig, WordpressSite},
};
use galley_sandbox::{
    Sandbox, SandboxOptions, ai::AiOptions, smtp::SmtpOptions, sslcommerz::SslcommerzOptions,
    stripe::StripeOptions,
};
use galley_store::Store;
use galley_worker::{Neighbours, Reconciler, ReconcilerConfig, RuntimeConfig};
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;

/// How long one mail may take to be handed over.
const MAIL_TIMEOUT: Duration = Duration::from_mins(1);
/// How long a gateway may take to answer.
const GATEWAY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a site may take to answer: it may run a lot of plugins when a post is saved.
const SITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How many seconds' worth of Stripe's rate the reconciler may have under way.
const RATE_SECONDS: usize = 5;
/// What the AI service's answer may take on top of its text: JSON escapes and usage.
const ENVELOPE_BYTES: usize = ANSWER_MAX_BYTES;

/// Starts a stand-in for each neighbour that this role talks to and that is not configured.
pub(super) async fn start_sandbox(
    config: &Config,
    role: Role,
    mails: Option<PathBuf>,
) -> Result<Option<Sandbox>, Failure> {
    let stripe = matches!(config.stripe, Neighbour::Sandbox);
    let ai = role != Role::Api && matches!(config.ai, Neighbour::Sandbox);
    let smtp = role != Role::Api && matches!(config.mail.server, Neighbour::Sandbox);
    if !(stripe || ai || smtp) {
        return Ok(None);
    }
    match role {
        Role::Serve => {}
        Role::Api => {
            let needs = "`api` needs STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET; only `serve` has a sandbox, \
                         or start one with `galley sandbox`";
            return Err(needs.into());
        }
        Role::Worker => {
            let needs = "`worker` needs AI_BASE_URL, AI_MODEL, SMTP_URL, MAIL_FROM, STRIPE_SECRET_KEY and \
                         STRIPE_WEBHOOK_SECRET; only `serve` has a sandbox, or start one with `galley sandbox`";
            return Err(needs.into());
        }
    }
    let options = SandboxOptions {
        stripe: stripe.then(|| StripeOptions { seed: rand::random(), ..StripeOptions::new(now) }),
        sslcommerz: matches!(config.sslcommerz, Some(Neighbour::Sandbox))
            .then(|| SslcommerzOptions { seed: rand::random(), ..SslcommerzOptions::new(now) }),
        ai: ai.then(|| AiOptions { seed: rand::random(), ..AiOptions::new(now) }),
        inbox: smtp.then_some(SocketAddr::from(([127, 0, 0, 1], 0))),
        smtp: smtp.then(|| SmtpOptions { directory: mails, ..SmtpOptions::new(now) }),
        wordpress: None,
        stop: CancellationToken::new(),
    };
    Ok(Some(Sandbox::start(options).await?))
}

/// The clients of the neighbours, real or stood in for.
pub(crate) fn neighbours(
    config: &Config,
    sandbox: Option<&Sandbox>,
    gateways: Gateways,
) -> Result<Neighbours, Failure> {
    let max_answer_bytes = ANSWER_MAX_BYTES + ENVELOPE_BYTES;
    let ai = match (&config.ai, sandbox.and_then(Sandbox::ai)) {
        (Neighbour::Configured(ai), _) => AiConfig {
            base_url: ai.base_url.clone(),
            api_key: ai.api_key.clone(),
            model: ai.model.clone(),
            timeout: ai.timeout,
            max_answer_bytes,
            prices: None,
        },
        (Neighbour::Sandbox, Some(ai)) => AiConfig {
            base_url: ai.base_url().parse()?,
            api_key: Secret::new(""),
            model: "sandbox-writer-1".to_owned(),
            timeout: Duration::from_secs(30),
            max_answer_bytes,
            prices: None,
        },
        (Neighbour::Sandbox, None) => return Err("no AI service: set AI_BASE_URL and AI_MODEL".into()),
    };
    let smtp_url = match (&config.mail.server, sandbox.and_then(Sandbox::smtp)) {
        (Neighbour::Configured(mail), _) => mail.smtp_url.clone(),
        (Neighbour::Sandbox, Some(smtp)) => Secret::new(smtp.url()),
        (Neighbour::Sandbox, None) => return Err("no mail server: set SMTP_URL and MAIL_FROM".into()),
    };
    let from = config.mail.from.clone();
    Ok(Neighbours {
        mail_domain: from.email.domain().to_owned(),
        ai: AiClient::new(ai)?,
        mailer: Mailer::new(&smtp_url, from, config.worker.mail_concurrency, MAIL_TIMEOUT)?,
        stripe_livemode: matches!(&config.stripe, Neighbour::Configured(stripe) if stripe.livemode),
        gateways,
        public_url: config.server.public_url.clone(),
        site: wordpress(config)?.map(|site| Arc::new(site) as Arc<dyn RemoteSite>),
    })
}

/// The client of the WordPress site that shows copies of the articles, where there is one.
pub(crate) fn wordpress(config: &Config) -> Result<Option<WordpressSite>, Failure> {
    let Some(site) = &config.wordpress else { return Ok(None) };
    let site = WordpressSite::new(WordpressConfig {
        url: site.url.clone(),
        user: site.user.clone(),
        app_password: site.app_password.clone(),
        timeout: SITE_TIMEOUT,
    })?;
    Ok(Some(site))
}

/// The client of Stripe, real or stood in for.
pub(crate) fn stripe(config: &Config, sandbox: Option<&Sandbox>) -> Result<StripeGateway, Failure> {
    let (secret_key, api_base, livemode, rate_per_second) =
        match (&config.stripe, sandbox.and_then(Sandbox::stripe)) {
            (Neighbour::Configured(stripe), _) => {
                let key = stripe.secret_key.clone();
                (key, stripe.api_base.clone(), stripe.livemode, stripe.rate_per_second)
            }
            (Neighbour::Sandbox, Some(stripe)) => {
                (Secret::new(stripe.secret_key()), stripe.base_url().parse()?, false, None)
            }
            (Neighbour::Sandbox, None) => {
                return Err("no Stripe: set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET".into());
            }
        };
    let return_base = config.server.frontend_url.clone();
    Ok(StripeGateway::new(StripeConfig {
        secret_key,
        api_base,
        livemode,
        return_base,
        timeout: GATEWAY_TIMEOUT,
        rate_per_second,
    })?)
}

/// The account at SSLCommerz: id and password; `None` when the shop has none.
pub(super) fn sslcommerz_store(config: &Config, sandbox: Option<&Sandbox>) -> Option<(String, Secret)> {
    match (config.sslcommerz.as_ref()?, sandbox.and_then(Sandbox::sslcommerz)) {
        (Neighbour::Configured(store), _) => Some((store.store_id.clone(), store.store_password.clone())),
        (Neighbour::Sandbox, Some(stand_in)) => {
            Some((stand_in.store_id().to_owned(), Secret::new(stand_in.store_password())))
        }
        (Neighbour::Sandbox, None) => None,
    }
}

/// Every gateway that this shop takes money through; Stripe is the first.
pub(crate) fn gateways(config: &Config, sandbox: Option<&Sandbox>) -> Result<Gateways, Failure> {
    let mut all: Vec<Arc<dyn PaymentGateway>> = vec![Arc::new(stripe(config, sandbox)?)];
    if let Some((store_id, store_password)) = sslcommerz_store(config, sandbox) {
        let api_base = match (&config.sslcommerz, sandbox.and_then(Sandbox::sslcommerz)) {
            (Some(Neighbour::Configured(store)), _) => store.api_base.clone(),
            (_, Some(stand_in)) => stand_in.base_url().parse()?,
            (_, None) => return Err("no SSLCommerz: set SSLCOMMERZ_STORE_ID".into()),
        };
        let public_url = config.server.public_url.clone();
        let timeout = GATEWAY_TIMEOUT;
        let config = SslcommerzConfig { store_id, store_password, api_base, public_url, timeout };
        all.push(Arc::new(SslcommerzGateway::new(config)?));
    }
    Ok(Gateways::new(all))
}

/// What asks the gateways how their checkouts stand.
pub(crate) fn reconciler(config: &Config, store: &Arc<Store>, gateways: Gateways) -> Reconciler {
    Reconciler::new(Arc::clone(store), gateways, reconciler_config(config))
}

fn reconciler_config(config: &Config) -> ReconcilerConfig {
    let usual = ReconcilerConfig::default();
    // What waits for its turn in the rate limit must not time out there.
    let concurrency = match &config.stripe {
        Neighbour::Configured(StripeSettings { rate_per_second: Some(rate), .. }) => {
            usual.concurrency.min(usize::try_from(*rate).unwrap_or(usize::MAX).saturating_mul(RATE_SECONDS))
        }
        _ => usual.concurrency,
    };
    let interval = config.server.reconcile_interval;
    ReconcilerConfig { interval, timeout: GATEWAY_TIMEOUT, concurrency, ..usual }
}

pub(super) fn runtime_config(config: &Config) -> RuntimeConfig {
    let call = match &config.ai {
        Neighbour::Configured(ai) => ai.timeout,
        Neighbour::Sandbox => Duration::from_secs(30),
    };
    RuntimeConfig {
        concurrency: config.worker.concurrency,
        mail_concurrency: config.worker.mail_concurrency,
        poll_interval: config.worker.poll_interval,
        stale_timeout: config.worker.stale_timeout,
        drain_timeout: config.worker.drain_timeout,
        // A first draft, two repairs, a fresh start; and some time for ourselves.
        content_timeout: call * 4 + Duration::from_secs(30),
        retry_scale: config.worker.retry_scale,
        reconcile: reconciler_config(config),
    }
}
