//! The three ways to run Galley, and what a test wants beside.

use super::{
    Shop,
    database::Database,
    directory::Directory,
    now,
    port::free_port,
    program::Program,
    proxy::Proxy,
    server::{RedisSeat, fresh_database},
};
use galley_content::order_link::LinkSigner;
use galley_sandbox::{
    ai::{AiOptions, AiServer},
    smtp::{SmtpOptions, SmtpServer},
    sslcommerz::{SslcommerzOptions, SslcommerzServer},
    stripe::{StripeOptions, StripeServer, WebhookSender},
};
use std::{collections::BTreeMap, net::SocketAddr};
use url::Url;

/// Signs order links.
pub(crate) const SECRET: &str = "a secret of the end-to-end tests with more than 32 bytes";
/// Signs events.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_e2e";
/// Opens the stand-in Stripe.
pub(crate) const STRIPE_KEY: &str = "sk_test_e2e";
/// Opens the stand-in SSLCommerz, and signs its notices.
pub(crate) const STORE_PASSWORD: &str = "e2e-store-password";
/// Where staff are told.
pub(crate) const STAFF: &str = "editor@shop.example";
/// The right-hand side of Message-IDs.
pub(crate) const MAIL_DOMAIN: &str = "shop.example";
/// How often another port is tried.
const STARTS_MAX: u32 = 3;

/// Engine and source of jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setup {
    /// `galley serve`: everything in one process.
    Sqlite,
    /// `galley api` and `galley worker`, jobs out of the database.
    Postgres,
    /// The same with Redis in between.
    PostgresAndRedis,
}

/// Runs tests that take a [`Setup`] on each of them.
macro_rules! on_every_setup {
    ($($name:ident)*) => {
        crate::shop::on_sqlite! { $($name)* }
        crate::shop::on_both_sources! { $($name)* }
    };
}
/// Runs tests that take a [`Setup`] on SQLite.
macro_rules! on_sqlite {
    ($($name:ident)*) => {
        mod on_sqlite {
            $(#[tokio::test] async fn $name() { super::$name(crate::shop::Setup::Sqlite).await; })*
        }
    };
}
/// Runs tests that take a [`Setup`] on Postgres with either source of jobs.
macro_rules! on_both_sources {
    ($($name:ident)*) => {
        mod on_postgres {
            $(#[tokio::test] async fn $name() { super::$name(crate::shop::Setup::Postgres).await; })*
        }
        mod on_postgres_and_redis {
            $(#[tokio::test] async fn $name() { super::$name(crate::shop::Setup::PostgresAndRedis).await; })*
        }
    };
}
pub(crate) use {on_both_sources, on_every_setup, on_sqlite};

/// A shop that is about to be opened.
#[derive(Debug)]
pub(crate) struct Plan {
    setup: Setup,
    workers: usize,
    proxied: bool,
    sslcommerz: bool,
    variables: BTreeMap<&'static str, String>,
}

impl Plan {
    pub(crate) fn new(setup: Setup) -> Self {
        Self { setup, workers: 1, proxied: false, sslcommerz: false, variables: BTreeMap::new() }
    }

    /// With this variable in the environment of every process.
    pub(crate) fn with(mut self, variable: &'static str, value: impl Into<String>) -> Self {
        self.variables.insert(variable, value.into());
        self
    }

    /// With so many worker processes; `serve` is always one.
    pub(crate) fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// With a cable to Postgres that can be cut.
    pub(crate) fn proxied(mut self) -> Self {
        self.proxied = true;
        self
    }

    /// With SSLCommerz as a second gateway.
    pub(crate) fn with_sslcommerz(mut self) -> Self {
        self.sslcommerz = true;
        self
    }

    /// Starts the neighbours, then Galley, and waits until it is ready.
    pub(crate) async fn open(self) -> Shop {
        galley_integrations::http::install_crypto();
        let ai = AiServer::start(AiOptions::new(now)).await.unwrap();
        let smtp = SmtpServer::start(SmtpOptions::new(now)).await.unwrap();
        let till = StripeServer::start(StripeOptions {
            secret_key: STRIPE_KEY.to_owned(),
            seed: rand::random(),
            ..StripeOptions::new(now)
        });
        let till = till.await.unwrap();
        let directory = Directory::new();
        let file = directory.path().join("galley.db");
        let (mut proxy, mut direct) = (None, None);
        let database_url = if self.setup == Setup::Sqlite {
            format!("sqlite://{}", file.display())
        } else {
            let mut url = fresh_database().await;
            direct = Some(url.clone());
            if self.proxied {
                let started = Proxy::start(address(&url)).await;
                url.set_port(Some(started.port())).unwrap();
                proxy = Some(started);
            }
            url.to_string()
        };
        let mut environment = neighbours(&ai, &smtp, &till);
        environment.insert("DATABASE_URL", database_url);
        let sslcommerz = if self.sslcommerz { Some(second_gateway().await) } else { None };
        if let Some(server) = &sslcommerz {
            environment.insert("SSLCOMMERZ_STORE_ID", server.store_id().to_owned());
            environment.insert("SSLCOMMERZ_STORE_PASSWORD", STORE_PASSWORD.to_owned());
            environment.insert("SSLCOMMERZ_API_BASE", server.base_url());
        }
        let mut redis = None;
        if self.setup == Setup::PostgresAndRedis && !self.variables.contains_key("REDIS_URL") {
            let (seat, url) = RedisSeat::take().await;
            environment.insert("REDIS_URL", url.to_string());
            redis = Some(seat);
        }
        environment.extend(self.variables);
        let mut shop = Shop {
            setup: self.setup,
            front: None,
            workers: Vec::new(),
            retired: Vec::new(),
            started: 0,
            stripe: sender(0),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            signer: LinkSigner::new(&[SECRET]).unwrap(),
            db: match &direct {
                Some(url) => Database::postgres(url).await,
                None => Database::sqlite(&file),
            },
            environment,
            ai,
            smtp,
            till,
            sslcommerz,
            proxy,
            directory,
            _redis: redis,
        };
        if self.setup != Setup::Sqlite {
            let migrated = shop.galley(&["migrate"]).await;
            assert!(migrated.success, "{migrated:?}");
        }
        shop.open_front().await;
        if self.setup != Setup::Sqlite {
            for _ in 0..self.workers {
                shop.start_worker().await;
            }
        }
        shop
    }
}

impl Shop {
    /// One who brings Stripe's events, signed with each of these.
    pub(crate) fn signing_with(&self, secrets: &[&str]) -> WebhookSender {
        let url = format!("http://{}/api/v1/webhooks/stripe", self.environment["BIND_ADDR"]);
        WebhookSender::new(url, secrets.iter().map(|secret| (*secret).to_owned()).collect(), now).unwrap()
    }

    /// Starts the process that serves HTTP at a port that stays the shop's.
    async fn open_front(&mut self) {
        for _ in 0..STARTS_MAX {
            let port = free_port();
            self.environment.insert("BIND_ADDR", format!("127.0.0.1:{port}"));
            self.stripe = sender(port);
            self.till.control().deliver_to(webhooks(port), vec![WEBHOOK_SECRET.to_owned()]);
            if self.start_front().await {
                return;
            }
            // Somebody else may have taken the port meanwhile.
            let log = self.front.as_ref().map(Program::log).unwrap_or_default();
            assert!(log.contains("cannot listen"), "the server does not start:\n{log}");
        }
        panic!("no port is free for long enough");
    }
}

async fn second_gateway() -> SslcommerzServer {
    let options = SslcommerzOptions {
        store_password: STORE_PASSWORD.to_owned(),
        seed: rand::random(),
        ..SslcommerzOptions::new(now)
    };
    SslcommerzServer::start(options).await.unwrap()
}

fn sender(port: u16) -> WebhookSender {
    WebhookSender::new(webhooks(port), vec![WEBHOOK_SECRET.to_owned()], now).unwrap()
}

fn webhooks(port: u16) -> String {
    format!("http://127.0.0.1:{port}/api/v1/webhooks/stripe")
}

fn address(url: &Url) -> SocketAddr {
    url.socket_addrs(|| Some(5432)).unwrap()[0]
}

fn neighbours(ai: &AiServer, smtp: &SmtpServer, till: &StripeServer) -> BTreeMap<&'static str, String> {
    let variables = [
        ("AI_BASE_URL", ai.base_url()),
        ("AI_MODEL", "sandbox-writer-1".to_owned()),
        ("SMTP_URL", smtp.url()),
        ("MAIL_FROM", format!("Shop <orders@{MAIL_DOMAIN}>")),
        ("STAFF_EMAIL", STAFF.to_owned()),
        ("STRIPE_SECRET_KEY", STRIPE_KEY.to_owned()),
        ("STRIPE_API_BASE", till.base_url()),
        ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
        ("GALLEY_SECRET", SECRET.to_owned()),
        // 30 s become 0.3 s.
        ("WORKER_RETRY_SCALE", "0.01".to_owned()),
        ("CHECKOUT_PER_MINUTE", "0".to_owned()),
        ("DATABASE_MAX_CONNECTIONS", "8".to_owned()),
        ("RUST_LOG", "info,galley_worker=debug,galley_api=debug,galley_store=debug,sqlx=warn".to_owned()),
        ("NO_COLOR", "1".to_owned()),
    ];
    variables.into()
}
