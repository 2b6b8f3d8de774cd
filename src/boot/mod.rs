//! The composition root: the one place where the parts are put together.

mod neighbours;
mod secret;

pub(crate) use neighbours::{gateways, neighbours, reconciler, stripe, wordpress};
pub(crate) use secret::random_secret;

use crate::{
    config::{Config, Neighbour},
    lock::Lock,
};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use galley_api::{Api, ApiParts, Payments, Reconcile, Reconciled, SslcommerzIpn, StripeWebhooks};
use galley_content::order_link::{LinkSigner, OrderLinks};
use galley_integrations::{gateway::Gateways, secret::Secret};
use galley_sandbox::Sandbox;
use galley_store::{Clock, Letterhead, Store, StoreConfig};
use galley_worker::{Reconciler, Runtime, dispatch::Redis};
use secret::link_secrets;
use std::{error::Error, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// Anything that keeps a command from doing its work, told to the operator as it is.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

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
    /// Where the first owner comes in, while there is none.
    pub(crate) first_link: Option<String>,
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
        let sandbox = neighbours::start_sandbox(config, role, mails).await?;
        let redis = config.redis_url.as_ref().map(|url| Redis::new(url.expose())).transpose()?;
        if let Some(redis) = redis.clone() {
            tokio::spawn(galley_worker::dispatch::run(Arc::clone(&opened.store), redis));
        }
        if opened.lock.is_some() {
            opened.store.free_all_leases().await?;
        }
        let gateways = gateways(config, sandbox.as_ref())?;
        let runtime = match role {
            Role::Api => None,
            Role::Serve | Role::Worker => {
                let neighbours = neighbours(config, sandbox.as_ref(), gateways.clone())?;
                let runtime = neighbours::runtime_config(config);
                Some(Runtime::start(Arc::clone(&opened.store), neighbours, runtime, redis))
            }
        };
        let webhook_secret = matches!(config.stripe, Neighbour::Sandbox)
            .then(|| Secret::new(format!("whsec_{}", random_secret())));
        let mut running = Self {
            store: opened.store,
            signer: opened.signer,
            sandbox,
            address: None,
            webhook_secret,
            first_link: None,
            runtime,
            http: None,
            _lock: opened.lock,
        };
        if role != Role::Worker {
            running.listen(config, gateways).await?;
        }
        Ok(running)
    }

    async fn listen(&mut self, config: &Config, gateways: Gateways) -> Result<(), Failure> {
        if self.sandbox.is_some() && !config.server.bind.ip().is_loopback() {
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
        let sslcommerz = neighbours::sslcommerz_store(config, self.sandbox.as_ref())
            .map(|(store_id, password)| SslcommerzIpn { store_id, password });
        let reconciler = reconciler(config, &self.store, gateways.clone());
        let server = &config.server;
        let api = Api::new(ApiParts {
            store: Arc::clone(&self.store),
            links: Arc::clone(&self.signer),
            stripe,
            payments: Payments {
                gateways,
                sslcommerz,
                reconcile: Arc::new(Now(reconciler)),
                development: !config.production,
                sandbox: self.webhook_secret.is_some(),
                shop_name: server.shop_name.clone(),
                public_url: server.public_url.clone(),
                frontend_url: server.frontend_url.clone(),
                other_origins: server.other_origins.clone(),
                checkout_per_minute: server.checkout_per_minute,
                live_streams_max: server.live_streams_max,
                trusted_proxies: server.trusted_proxies.clone(),
            },
        });
        // A database whose tables are not there yet has no link to give.
        let nobody = !config.production && matches!(self.store.has_staff().await, Ok(false));
        let first_code = nobody.then(random_secret);
        let api = match &first_code {
            Some(code) => api.with_first_link(code),
            None => api,
        };
        let listener = TcpListener::bind(config.server.bind)
            .await
            .map_err(|error| format!("cannot listen on {}: {error} (set BIND_ADDR)", config.server.bind))?;
        let address = listener.local_addr()?;
        self.address = Some(address);
        self.first_link = first_code.map(|code| format!("http://{address}/admin/first?code={code}"));
        let stop = CancellationToken::new();
        let serving = galley_api::serve(listener, api, stop.clone());
        self.http = Some((stop, tokio::spawn(serving)));
        self.deliver_webhooks();
        Ok(())
    }

    /// Tells the stand-in Stripe where its events go, which is known only now.
    fn deliver_webhooks(&self) {
        let stand_in = self.sandbox.as_ref().and_then(Sandbox::stripe);
        if let (Some(stripe), Some(address), Some(secret)) = (stand_in, self.address, &self.webhook_secret) {
            let url = format!("http://{address}/api/v1/webhooks/stripe");
            stripe.control().deliver_to(url, vec![secret.expose().to_owned()]);
        }
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

/// Lets the API have the gateways asked at once.
struct Now(Reconciler);

impl Reconcile for Now {
    fn run_now(&self) -> BoxFuture<'_, Reconciled> {
        // In a task: whoever asked may not wait for a gateway that hangs, and the pass goes on.
        let reconciler = self.0.clone();
        let pass = tokio::spawn(async move { reconciler.pass(true).await });
        Box::pin(async {
            let Ok(pass) = pass.await else { return Reconciled { errors: 1, ..Reconciled::default() } };
            let duration_ms = u64::try_from(pass.took.as_millis()).unwrap_or(u64::MAX);
            Reconciled { checked: pass.checked, settled: pass.settled, errors: pass.errors, duration_ms }
        })
    }
}
