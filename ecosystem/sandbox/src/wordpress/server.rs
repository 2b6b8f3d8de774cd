use super::{control::WordpressControl, control_routes, desk::Desk, page, rest};
use crate::{Now, listen::Listening};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{any, get, post},
};
use std::{fmt, io, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Largest request, in bytes.
const REQUEST_MAX_BYTES: usize = 4 * 1024 * 1024;

/// How a site is set up.
#[derive(Clone)]
pub struct WordpressOptions {
    /// Where it listens; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Its one user.
    pub user: String,
    /// Their application password.
    pub app_password: String,
    /// Whether their markup is kept as it is. Administrators and editors have that; authors don't,
    /// nor has anybody but the network's own people where several sites share one installation.
    pub unfiltered_html: bool,
    /// Dates what happens.
    pub now: Now,
}

impl WordpressOptions {
    /// A free port on loopback, and a user whose markup is kept.
    pub fn new(now: Now) -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            user: "galley".to_owned(),
            app_password: "abcd EFGH 1234 ijkl MNOP 6789".to_owned(),
            unfiltered_html: true,
            now,
        }
    }
}

/// The password stays out of it.
impl fmt::Debug for WordpressOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WordpressOptions")
            .field("bind", &self.bind)
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// A site that is running; dropping it stops it.
#[derive(Debug)]
pub struct WordpressServer {
    options: WordpressOptions,
    control: WordpressControl,
    listening: Listening,
}

impl WordpressServer {
    /// Starts to listen.
    pub async fn start(options: WordpressOptions) -> io::Result<Self> {
        Self::start_under(options, CancellationToken::new()).await
    }

    pub(crate) async fn start_under(options: WordpressOptions, stop: CancellationToken) -> io::Result<Self> {
        let listener = TcpListener::bind(options.bind).await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let desk = Arc::new(Desk::new(options.clone(), base_url, stop.clone()));
        let router = Router::new()
            .route(rest::ROOT, get(rest::root))
            .route(rest::POSTS, get(rest::list).post(rest::create))
            .route("/wp-json/wp/v2/posts/{id}", get(rest::get).post(rest::update).put(rest::update))
            .route(rest::ME, get(rest::me))
            .route("/wp-json/{*path}", any(rest::nothing))
            .route("/{slug}/", get(page::show))
            .route(
                "/_control",
                get(control_routes::show).post(control_routes::set).delete(control_routes::reset),
            )
            .route("/_control/actions", post(control_routes::act))
            .route("/_control/world", get(control_routes::world))
            .layer(DefaultBodyLimit::max(REQUEST_MAX_BYTES))
            .with_state(desk.clone());
        let control = WordpressControl::new(desk);
        Ok(Self { options, control, listening: Listening::http(listener, router, stop)? })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.listening.addr
    }

    /// The site's address, for `WORDPRESS_URL`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.addr())
    }

    /// Its user, for `WORDPRESS_USER`.
    pub fn user(&self) -> &str {
        &self.options.user
    }

    /// Their application password, for `WORDPRESS_APP_PASSWORD`.
    pub fn app_password(&self) -> &str {
        &self.options.app_password
    }

    /// Its switch for faults, the hands of its people, and its posts.
    pub fn control(&self) -> &WordpressControl {
        &self.control
    }

    /// Stops listening; requests that hang are cut off.
    pub async fn shutdown(self) {
        self.listening.shutdown().await;
    }
}
