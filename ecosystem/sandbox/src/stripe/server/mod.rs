mod line;
mod options;

pub use options::StripeOptions;

pub(super) use line::Line;

use super::{
    api::{Keys, answer},
    control::{StripeControl, routes},
    pay,
};
use crate::listen::Listening;
use axum::{
    Router,
    extract::FromRef,
    routing::{any, get},
};
use line::Lines;
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// How often sessions are looked at whose time may be over.
const TICK: Duration = Duration::from_secs(1);

/// A stand-in Stripe that is running; dropping it stops it. What it knew is gone then.
///
/// It answers on `/v1/…` as the API does, on `/pay/{session}` as the hosted pay page, on `/` with
/// an index of the sessions, and on `/_control`, which works the switches of [`StripeControl`].
#[derive(Debug)]
pub struct StripeServer {
    options: Arc<StripeOptions>,
    control: StripeControl,
    listening: Listening,
}

/// What every request needs.
#[derive(Clone, Debug)]
pub(super) struct Till {
    pub(super) options: Arc<StripeOptions>,
    pub(super) control: StripeControl,
    pub(super) keys: Keys,
    pub(super) stop: CancellationToken,
}

impl FromRef<Till> for StripeControl {
    fn from_ref(till: &Till) -> Self {
        till.control.clone()
    }
}

impl StripeServer {
    /// Starts to listen.
    pub async fn start(options: StripeOptions) -> io::Result<Self> {
        Self::start_under(options, CancellationToken::new()).await
    }

    pub(crate) async fn start_under(options: StripeOptions, stop: CancellationToken) -> io::Result<Self> {
        let listener = TcpListener::bind(options.bind).await?;
        let addr = listener.local_addr()?;
        let base = options.public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
        let base = base.unwrap_or_else(|| format!("http://{addr}"));
        let control = StripeControl::new(&options, base, stop.clone()).map_err(io::Error::other)?;
        let options = Arc::new(options);
        let till = Till {
            options: options.clone(),
            control: control.clone(),
            keys: Keys::default(),
            stop: stop.clone(),
        };
        let router = Router::new()
            .route("/", get(pay::index))
            .route("/pay/{session}", get(pay::show).post(pay::act))
            .route("/v1/{*path}", any(answer))
            .merge(routes())
            .with_state(till);
        let serving = axum::serve(Lines { listener }, router.into_make_service_with_connect_info::<Line>())
            .with_graceful_shutdown(stop.clone().cancelled_owned());
        let ticking = stop.clone().run_until_cancelled_owned(tick(control.clone()));
        let task = tokio::spawn(async move {
            let (served, _) = tokio::join!(serving.into_future(), ticking);
            if let Err(error) = served {
                tracing::error!(%error, "The stand-in Stripe on {addr} stopped listening");
            }
        });
        Ok(Self { options, control, listening: Listening::new(addr, stop, task) })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.listening.addr
    }

    /// What `STRIPE_API_BASE` would say.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr())
    }

    /// What `STRIPE_SECRET_KEY` would say.
    pub fn secret_key(&self) -> &str {
        &self.options.secret_key
    }

    /// Its switches, its customers and its dashboard.
    pub fn control(&self) -> &StripeControl {
        &self.control
    }

    /// Stops listening; requests that hang and deliveries that go on are cut off.
    pub async fn shutdown(self) {
        self.listening.shutdown().await;
    }
}

/// Lets sessions expire when nobody asks for anything.
async fn tick(control: StripeControl) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        ticks.tick().await;
        control.world(|_| ());
    }
}
