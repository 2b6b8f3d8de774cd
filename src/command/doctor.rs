//! `galley doctor`: is everything configured, and does every neighbour answer?

use crate::{
    boot::{self, Failure},
    config::{Config, Neighbour},
};
use galley_integrations::{gateway::Gateways, wordpress::WordpressSite};
use galley_worker::dispatch::Redis;
use std::{fmt::Display, process::ExitCode, time::Duration};
use tokio::{net::TcpStream, time::timeout};

/// How long a neighbour may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The first Redis with `BLMPOP`.
const REDIS_MAJOR_MIN: u32 = 7;

#[derive(Default)]
struct Findings {
    wrong: u32,
}

impl Findings {
    fn note<T: Display, E: Display>(&mut self, what: &str, found: Result<T, E>) {
        match found {
            Ok(fine) => println!("ok     {what:<16}{fine}"),
            Err(problem) => {
                self.wrong += 1;
                println!("WRONG  {what:<16}{problem}");
            }
        }
    }
}

pub(super) async fn run() -> Result<ExitCode, Failure> {
    let config = match Config::load() {
        Ok(config) => config,
        Err(problems) => {
            println!("WRONG  configuration");
            return Err(problems.into());
        }
    };
    let mut findings = Findings::default();
    let mode = if config.production { "production" } else { "development" };
    findings.note("configuration", Ok::<_, String>(mode));
    findings.note("database", database(&config).await);
    match &config.redis_url {
        Some(url) => findings.note("redis", redis(url.expose()).await),
        None => findings.note("redis", Ok::<_, String>("not used; jobs come from the database")),
    }
    match &config.stripe {
        Neighbour::Configured(stripe) => {
            let mode = if stripe.livemode { "live" } else { "test" };
            let secrets = stripe.webhook_secrets.len();
            let account = account(&config).await;
            findings
                .note("stripe", account.map(|id| format!("{mode} key of {id}, {secrets} webhook secret(s)")));
        }
        Neighbour::Sandbox => findings.note("stripe", Ok::<_, String>("SANDBOX")),
    }
    match &config.sslcommerz {
        Some(Neighbour::Configured(store)) => findings.note("sslcommerz", reach(&store.api_base).await),
        Some(Neighbour::Sandbox) => findings.note("sslcommerz", Ok::<_, String>("SANDBOX")),
        None => findings.note("sslcommerz", Ok::<_, String>("not used")),
    }
    match &config.ai {
        Neighbour::Configured(ai) => findings.note("ai service", reach(&ai.base_url).await),
        Neighbour::Sandbox => findings.note("ai service", Ok::<_, String>("SANDBOX")),
    }
    match &config.mail.server {
        Neighbour::Configured(_) => findings.note("mail server", mail(&config).await),
        Neighbour::Sandbox => findings.note("mail server", Ok::<_, String>("SANDBOX")),
    }
    match boot::wordpress(&config)? {
        Some(site) => findings.note("wordpress", wordpress(&site).await),
        None => findings.note("wordpress", Ok::<_, String>("not used; articles appear on our own pages")),
    }
    if config.mail.staff_email.is_none() {
        println!("note   STAFF_EMAIL is not set: nobody is mailed when an order needs a person");
    }
    Ok(if findings.wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn database(config: &Config) -> Result<String, String> {
    let opened = boot::open(config, false).await.map_err(|error| error.to_string())?;
    opened.store.ping().await.map_err(|error| error.to_string())?;
    let engine = if opened.store.is_shared() { "Postgres" } else { "SQLite" };
    match opened.store.products().await {
        Ok(products) => Ok(format!("{engine}, {} products", products.len())),
        Err(error) => {
            Err(format!("{engine} answers, but its tables are not there ({error}); run `galley migrate`"))
        }
    }
}

/// The account that the key is for: proves that the key is right.
async fn account(config: &Config) -> Result<String, String> {
    let stripe = boot::stripe(config, None).map_err(|error| error.to_string())?;
    let account = timeout(PATIENCE, stripe.account()).await.map_err(|_| "does not answer".to_owned())?;
    account.map(|account| account.id).map_err(|error| error.to_string())
}

/// Proves that the address and the password are right.
async fn wordpress(site: &WordpressSite) -> Result<String, String> {
    let account = timeout(PATIENCE, site.account()).await.map_err(|_| "does not answer".to_owned())?;
    account.map(|name| format!("lets us publish as {name}")).map_err(|error| error.to_string())
}

async fn redis(url: &str) -> Result<String, String> {
    let asked = async { Redis::new(url)?.version().await };
    let version = timeout(PATIENCE, asked).await.map_err(|_| "does not answer".to_owned())?;
    let version = version.map_err(|error| error.to_string())?;
    let major: u32 = version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
    if major < REDIS_MAJOR_MIN {
        return Err(format!("is version {version}; Galley needs {REDIS_MAJOR_MIN} or newer"));
    }
    Ok(format!("version {version}"))
}

async fn reach(url: &url::Url) -> Result<String, String> {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default().unwrap_or(443);
    match timeout(PATIENCE, TcpStream::connect((host.as_str(), port))).await {
        Ok(Ok(_)) => Ok(format!("{host}:{port} answers")),
        Ok(Err(error)) => Err(format!("{host}:{port}: {error}")),
        Err(_) => Err(format!("{host}:{port} does not answer")),
    }
}

async fn mail(config: &Config) -> Result<&'static str, String> {
    let neighbours =
        boot::neighbours(config, None, Gateways::default()).map_err(|error| error.to_string())?;
    neighbours.mailer.check().await.map_err(|error| error.to_string())?;
    Ok("answers and lets us in")
}
