use super::{control::SslcommerzControl, control_routes, desk::Desk, pages, query, session, validation};
use crate::{Now, listen::Listening};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use std::{fmt, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Largest request, in bytes.
const REQUEST_MAX_BYTES: usize = 256 * 1024;
/// How long the delivery of one IPN may take.
const IPN_TIMEOUT: Duration = Duration::from_secs(30);

/// How a gateway is set up.
#[derive(Clone)]
pub struct SslcommerzOptions {
    /// Where it listens; port 0 takes a free one.
    pub bind: SocketAddr,
    /// The shop's id.
    pub store_id: String,
    /// The shop's password, which every request must bear and every IPN is signed with.
    pub store_password: String,
    /// Where chance starts. The same seed makes the same ids, so a shop that keeps its database
    /// over restarts wants another one each time.
    pub seed: u64,
    /// Dates what happens.
    pub now: Now,
}

impl SslcommerzOptions {
    /// A free port on loopback, and the credentials of the documentation: `testbox` and `qwerty`.
    pub fn new(now: Now) -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            store_id: "testbox".to_owned(),
            store_password: "qwerty".to_owned(),
            seed: 0,
            now,
        }
    }
}

/// The password stays out of it.
impl fmt::Debug for SslcommerzOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SslcommerzOptions")
            .field("bind", &self.bind)
            .field("store_id", &self.store_id)
            .finish_non_exhaustive()
    }
}

/// A gateway that is running; dropping it stops it.
#[derive(Debug)]
pub struct SslcommerzServer {
    options: SslcommerzOptions,
    control: SslcommerzControl,
    listening: Listening,
}

impl SslcommerzServer {
    /// Starts to listen.
    pub async fn start(options: SslcommerzOptions) -> io::Result<Self> {
        Self::start_under(options, CancellationToken::new()).await
    }

    pub(crate) async fn start_under(options: SslcommerzOptions, stop: CancellationToken) -> io::Result<Self> {
        let listener = TcpListener::bind(options.bind).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let desk = Arc::new(Desk::new(options.clone(), base_url, client()?, stop.clone()));
        let router = Router::new()
            .route(session::PATH, post(session::open))
            .route(validation::PATH, get(validation::validate))
            .route(query::PATH, get(query::ask))
            .route("/_pay/{sessionkey}", get(pages::show).post(pages::press))
            .route(
                "/_control",
                get(control_routes::show).post(control_routes::set).delete(control_routes::reset),
            )
            .route("/_control/actions", post(control_routes::act))
            .route("/_control/world", get(control_routes::world))
            .layer(DefaultBodyLimit::max(REQUEST_MAX_BYTES))
            .with_state(desk.clone());
        let control = SslcommerzControl::new(desk);
        Ok(Self { options, control, listening: Listening::http(listener, router, stop)? })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.listening.addr
    }

    /// What stands in the place of `https://securepay.sslcommerz.com`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr())
    }

    /// The shop's id, for `SSLCOMMERZ_STORE_ID`.
    pub fn store_id(&self) -> &str {
        &self.options.store_id
    }

    /// The shop's password, for `SSLCOMMERZ_STORE_PASSWORD`.
    pub fn store_password(&self) -> &str {
        &self.options.store_password
    }

    /// Its switch for faults, the hands of its customers, and its books.
    pub fn control(&self) -> &SslcommerzControl {
        &self.control
    }

    /// Stops listening; requests that hang and IPNs that are under way are cut off.
    pub async fn shutdown(self) {
        self.listening.shutdown().await;
    }
}

fn client() -> io::Result<reqwest::Client> {
    // An error only means that the binary has chosen its provider already.
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder()
        .timeout(IPN_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(io::Error::other)
}
