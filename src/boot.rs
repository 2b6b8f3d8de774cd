//! The composition root: the one place where the parts are put together.

use crate::{
    config::{Config, Neighbour},
    lock::Lock,
};
use chrono::{DateTime, Utc};
use galley_api::{Api, StripeWebhooks};
use galley_content::{
    markdown::ANSWER_MAX_BYTES,
    order_link::{LinkSigner, OrderLinks},
};
use galley_integrations::{
    ai::{AiClient, AiConfig},
    mail::Mailer,
    secret::Secret,
};
use galley_sandbox::{Sandbox, SandboxOptions, ai::AiOptions, smtp::SmtpOptions};
use galley_store::{Clock, Letterhead, Store, StoreConfig};
use galley_worker::{Neighbours, Runtime, RuntimeConfig, dispatch::Redis};
use std::{
    error::Error,
    io::ErrorKind,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// Anything that keeps a command from doing its work, told to the operator as it is.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// How long one mail may take to be handed over.
const MAIL_TIMEOUT: Duration = Duration::from_mins(1);
/// What the AI service's answer may take on top of its text: JSON escapes and usage.
const ENVELOPE_BYTES: usize = ANSWER_MAX_BYTES;
/// How long requests under way may take to end at shutdown.
const REQUEST_DRAIN: Duration = Duration::from_secs(5);

/// The system's time, for the surroundings; the product takes its own from the [`Clock`].
pub(crate) fn now() -> DateTime<Utc> {
    Clock::system().now()
}

/// The opened database and what signs links to it.
pub(crate) struct Opened {
    pub(crate) store: Arc<Store>,
    pub(crate) signer: Arc<LinkSigner>,
    /// Held by the one process that serves from an embedded database.
    pub(crate) lock: Option<Lock>,
}

/// Opens the database for a command (`serving: false`) or for a server.
pub(crate) async fn open(config: &Config, serving: bool) -> Result<Opened, Failure> {
    let file = config.database.file();
    if let Some(directory) = file.as_deref().and_then(|file| file.parent())
        && !directory.as_os_str().is_empty()
    {
        std::fs::create_dir_all(directory)
            .map_err(|error| format!("{} cannot be made: {error}", directory.display()))?;
    }
    let lock = match &file {
        Some(file) if serving => Some(Lock::take(file)?),
        _ => None,
    };
    let secrets = link_secrets(config, file)?;
    let secrets: Vec<&str> = secrets.iter().map(Secret::expose).collect();
    let signer = Arc::new(LinkSigner::new(&secrets)?);
    let links = OrderLinks { base: config.server.frontend_url.clone(), signer: LinkSigner::new(&secrets)? };
    let store = Store::open(
        StoreConfig {
            database_url: config.database.url.expose().to_owned(),
            max_connections: config.database.max_connections,
            notify: config.redis_url.is_none(),
            letterhead: Letterhead {
                shop_name: config.server.shop_name.clone(),
                links,
                staff_email: config.mail.staff_email.clone(),
            },
        },
        Clock::system(),
    )
    .await?;
    Ok(Opened { store: Arc::new(store), signer, lock })
}

/// The configured secrets or, in development, one that is kept beside the database, so that links
/// survive a restart.
fn link_secrets(config: &Config, database: Option<PathBuf>) -> Result<Vec<Secret>, Failure> {
    if !config.secrets.is_empty() {
        return Ok(config.secrets.clone());
    }
    let directory =
        database.and_then(|file| Some(file.parent()?.to_owned())).unwrap_or_else(|| PathBuf::from("var"));
    let path = directory.join("secret");
    match std::fs::read_to_string(&path) {
        Ok(secret) if !secret.trim().is_empty() => return Ok(vec![Secret::new(secret.trim())]),
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(format!("{} cannot be read: {error}", path.display()).into());
        }
        _ => {}
    }
    let secret = random_secret();
    std::fs::create_dir_all(&directory)?;
    keep_secret(&path, &secret).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    Ok(vec![Secret::new(secret)])
}

/// Writes a file that only its owner can read.
fn keep_secret(path: &Path, secret: &str) -> std::io::Result<()> {
    use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
    let mut file = std::fs::File::options().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(secret.as_bytes())
}

/// 256 random bits in hex.
fn random_secret() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

/// What a server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Everything in one process.
    Serve,
    /// HTTP only.
    Api,
    /// Jobs only.
    Worker,
}

/// A server that runs.
pub(crate) struct Running {
    pub(crate) store: Arc<Store>,
    pub(crate) signer: Arc<LinkSigner>,
    pub(crate) sandbox: Option<Sandbox>,
    /// Where it listens, if it does.
    pub(crate) address: Option<SocketAddr>,
    /// What the sandbox's Stripe signs with.
    pub(crate) webhook_secret: Option<Secret>,
    runtime: Option<Runtime>,
    http: Option<(CancellationToken, JoinHandle<std::io::Result<()>>)>,
    _lock: Option<Lock>,
}

impl Running {
    /// Starts a server. `mails` is where the sandbox also writes mails as files.
    pub(crate) async fn start(config: &Config, role: Role, mails: Option<PathBuf>) -> Result<Self, Failure> {
        if role != Role::Serve && config.database.file().is_some() {
            return Err(
                "`api` and `worker` share a database, which needs Postgres: set DATABASE_URL, or use `serve`"
                    .into(),
            );
        }
        let opened = open(config, true).await?;
        if role == Role::Serve {
            opened.store.migrate().await?;
        }
        let sandbox = start_sandbox(config, role, mails).await?;
        let redis = config.redis_url.as_ref().map(|url| Redis::new(url.expose())).transpose()?;
        if let Some(redis) = redis.clone() {
            tokio::spawn(galley_worker::dispatch::run(Arc::clone(&opened.store), redis));
        }
        if opened.lock.is_some() {
            opened.store.free_all_leases().await?;
        }
        let runtime = match role {
            Role::Api => None,
            Role::Serve | Role::Worker => {
                let neighbours = neighbours(config, sandbox.as_ref())?;
                Some(Runtime::start(Arc::clone(&opened.store), neighbours, runtime_config(config), redis))
            }
        };
        let webhook_secret = match (&config.stripe, role) {
            (Neighbour::Sandbox, Role::Serve) => Some(Secret::new(format!("whsec_{}", random_secret()))),
            (Neighbour::Sandbox, Role::Api) => {
                return Err(
                    "`api` needs STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET; only `serve` has a sandbox"
                        .into(),
                );
            }
            _ => None,
        };
        let mut running = Self {
            store: opened.store,
            signer: opened.signer,
            sandbox,
            address: None,
            webhook_secret,
            runtime,
            http: None,
            _lock: opened.lock,
        };
        if role != Role::Worker {
            running.listen(config).await?;
        }
        Ok(running)
    }

    async fn listen(&mut self, config: &Config) -> Result<(), Failure> {
        let sandboxed = self.webhook_secret.is_some() || self.sandbox.is_some();
        if sandboxed && !config.server.bind.ip().is_loopback() {
            return Err("with a sandbox for a neighbour, BIND_ADDR must be on loopback (127.0.0.1)".into());
        }
        let stripe = match &config.stripe {
            Neighbour::Configured(stripe) => {
                StripeWebhooks { secrets: stripe.webhook_secrets.clone(), livemode: stripe.livemode }
            }
            Neighbour::Sandbox => {
                StripeWebhooks { secrets: self.webhook_secret.iter().cloned().collect(), livemode: false }
            }
        };
        let api = Api::new(Arc::clone(&self.store), Arc::clone(&self.signer), stripe);
        let listener = TcpListener::bind(config.server.bind)
            .await
            .map_err(|error| format!("cannot listen on {}: {error} (set BIND_ADDR)", config.server.bind))?;
        self.address = Some(listener.local_addr()?);
        let stop = CancellationToken::new();
        let serving = galley_api::serve(listener, api, stop.clone());
        self.http = Some((stop, tokio::spawn(serving)));
        Ok(())
    }

    /// Stops: no new requests, then no new jobs, then what runs may end.
    pub(crate) async fn stop(self) {
        if let Some((stop, serving)) = self.http {
            stop.cancel();
            let _ = tokio::time::timeout(REQUEST_DRAIN, serving).await;
        }
        if let Some(runtime) = self.runtime {
            runtime.stop().await;
        }
        if let Some(sandbox) = self.sandbox {
            sandbox.shutdown().await;
        }
        self.store.close().await;
    }
}

/// Starts a stand-in for each neighbour that this role talks to and that is not configured.
async fn start_sandbox(
    config: &Config,
    role: Role,
    mails: Option<PathBuf>,
) -> Result<Option<Sandbox>, Failure> {
    let ai = matches!(config.ai, Neighbour::Sandbox);
    let smtp = matches!(config.mail.server, Neighbour::Sandbox);
    if role == Role::Api || !(ai || smtp) {
        return Ok(None);
    }
    if role == Role::Worker {
        return Err(
            "`worker` needs AI_BASE_URL, AI_MODEL, SMTP_URL and MAIL_FROM; only `serve` has a sandbox, \
                    or start one with `galley sandbox`"
                .into(),
        );
    }
    let ai = ai.then(|| AiOptions { seed: rand::random(), ..AiOptions::new(now) });
    let inbox = smtp.then_some(SocketAddr::from(([127, 0, 0, 1], 0)));
    let smtp = smtp.then(|| SmtpOptions { directory: mails, ..SmtpOptions::new(now) });
    Ok(Some(
        Sandbox::start(SandboxOptions {
            ai,
            smtp,
            inbox,
            stop: CancellationToken::new(),
            ..SandboxOptions::default()
        })
        .await?,
    ))
}

/// The clients of the neighbours, real or stood in for.
pub(crate) fn neighbours(config: &Config, sandbox: Option<&Sandbox>) -> Result<Neighbours, Failure> {
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
    })
}

fn runtime_config(config: &Config) -> RuntimeConfig {
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
    }
}
