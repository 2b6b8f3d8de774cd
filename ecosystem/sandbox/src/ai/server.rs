use super::{chat, control::AiControl, control_routes, page, writer::Writer};
use crate::{Now, listen::Listening};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State},
    routing::{get, post},
};
use serde_json::{Value, json};
use std::{fmt, io, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Largest request, in bytes.
const REQUEST_MAX_BYTES: usize = 8 * 1024 * 1024;

/// How an AI service is set up.
#[derive(Clone)]
pub struct AiOptions {
    /// Where it listens; port 0 takes a free one.
    pub bind: SocketAddr,
    /// The key that requests must bear; `None` lets everybody in.
    pub api_key: Option<String>,
    /// The model that it claims to be when a request names none.
    pub model: String,
    /// Where chance starts. The same seed writes the same articles, so a shop that keeps its
    /// database over restarts wants another one each time.
    pub seed: u64,
    /// Dates the answers.
    pub now: Now,
}

impl AiOptions {
    /// A free port on loopback, open to everybody, always the same articles.
    pub fn new(now: Now) -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            api_key: None,
            model: "sandbox-writer-1".to_owned(),
            seed: 0,
            now,
        }
    }
}

/// The key stays out of it.
impl fmt::Debug for AiOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AiOptions")
            .field("bind", &self.bind)
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}

/// An AI service that is running; dropping it stops it.
#[derive(Debug)]
pub struct AiServer {
    control: AiControl,
    listening: Listening,
}

/// What every request needs.
#[derive(Clone)]
pub(super) struct Office {
    pub(super) options: Arc<AiOptions>,
    pub(super) control: AiControl,
    pub(super) writer: Writer,
    pub(super) stop: CancellationToken,
}

impl AiServer {
    /// Starts to listen.
    pub async fn start(options: AiOptions) -> io::Result<Self> {
        Self::start_under(options, CancellationToken::new()).await
    }

    pub(crate) async fn start_under(options: AiOptions, stop: CancellationToken) -> io::Result<Self> {
        let listener = TcpListener::bind(options.bind).await?;
        let control = AiControl::default();
        let writer = Writer::new(options.seed);
        let office =
            Office { options: Arc::new(options), control: control.clone(), writer, stop: stop.clone() };
        let router = Router::new()
            .route("/", get(page::show))
            .route("/v1/chat/completions", post(chat::complete))
            .route("/v1/models", get(models))
            .route(
                "/_control",
                get(control_routes::show).post(control_routes::set).delete(control_routes::reset),
            )
            .layer(DefaultBodyLimit::max(REQUEST_MAX_BYTES))
            .with_state(office);
        Ok(Self { control, listening: Listening::http(listener, router, stop)? })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.listening.addr
    }

    /// What `AI_BASE_URL` would say.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.addr())
    }

    /// Its switch for faults and its record.
    pub fn control(&self) -> &AiControl {
        &self.control
    }

    /// Stops listening; requests that hang are cut off.
    pub async fn shutdown(self) {
        self.listening.shutdown().await;
    }
}

async fn models(State(office): State<Office>) -> Json<Value> {
    Json(json!({
        "object": "list",
        "data": [{ "id": office.options.model, "object": "model", "created": 0, "owned_by": "sandbox" }],
    }))
}
