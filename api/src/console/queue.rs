//! `/admin/queue`: how work is getting on, and who does it.

use super::{
    chart::{Spark, grouped},
    desk::{ReadOnlyDesk, ReviewerDesk},
    frame::{Console, Section, show},
    jobs::{kind_words, list_words},
};
use crate::{
    Api,
    contract::{faults, mirror},
    envelope::ApiError,
    extract::{Named, Params},
    moment::Moment,
    pages::see_other,
};
use askama::Template;
use axum::{extract::State, response::Response};
use chrono::{DateTime, Utc};
use galley_domain::job::JobKind;
use galley_store::{JobList, KindState, WorkerView};

const QUEUE: &str = "/admin/queue";
/// The lists that are counted, in the order of their columns.
const LISTS: [JobList; 6] =
    [JobList::Waiting, JobList::Delayed, JobList::Retrying, JobList::Held, JobList::Active, JobList::Failed];

#[derive(Template)]
#[template(path = "console/queue.html")]
struct QueuePage<'a> {
    console: Console<'a>,
    columns: Vec<&'static str>,
    rows: Vec<Row>,
    all: Vec<Cell>,
    completed: String,
    workers: Vec<Worker>,
}

struct Row {
    kind: JobKind,
    what: &'static str,
    paused: bool,
    /// Since when its first job waits.
    since: Option<Moment>,
    cells: Vec<Cell>,
    completed: String,
    spark: Spark,
}

/// How many, and where they are listed.
struct Cell {
    count: String,
    href: Option<String>,
    /// What that is, for those who hear it alone.
    words: String,
    class: &'static str,
}

struct Worker {
    host: String,
    queues: String,
    started: Moment,
    beaten: Option<Moment>,
    active: String,
}

impl Row {
    fn of(state: &KindState, now: DateTime<Utc>) -> Self {
        let (completed, most) = (state.completed(), state.per_minute.iter().max().copied().unwrap_or(0));
        let words = match completed {
            0 => "Nothing done in the last hour".to_owned(),
            _ => {
                format!("{} done in the last hour, at most {} in a minute", grouped(completed), grouped(most))
            }
        };
        let kind = Some(state.kind);
        Self {
            kind: state.kind,
            what: kind_words(state.kind),
            paused: state.paused,
            since: state.waiting_since.map(|since| Moment::new(since, now)),
            cells: LISTS.iter().map(|list| Cell::of(*list, kind, state.count(*list))).collect(),
            completed: grouped(completed),
            spark: Spark::of(&state.per_minute, words),
        }
    }
}

impl Cell {
    fn of(list: JobList, kind: Option<JobKind>, count: i64) -> Self {
        let state = list_words(list);
        let narrower = kind.map(|kind| format!("&kind={kind}")).unwrap_or_default();
        Self {
            count: grouped(count),
            href: (count > 0).then(|| format!("{QUEUE}/jobs?state={}{narrower}", list.as_str())),
            words: format!("{}: {}", kind.map_or("All", kind_words), state.word),
            class: if list == JobList::Failed && count > 0 { "failed" } else { "" },
        }
    }
}

impl Worker {
    fn of(view: WorkerView, now: DateTime<Utc>) -> Self {
        Self {
            host: view.host,
            queues: view.queues.replace(',', ", "),
            started: Moment::new(view.started_at, now),
            beaten: view.beaten_at.map(|at| Moment::new(at, now)),
            active: grouped(view.active),
        }
    }
}

fn done(word: Option<&str>) -> Option<&'static str> {
    match word? {
        "paused" => Some("It is paused: nothing more of it is begun. What runs goes on to its end."),
        "resumed" => Some("It goes on."),
        _ => None,
    }
}

#[utoipa::path(
    get,
    path = "/admin/queue",
    operation_id = "showQueue",
    tag = "console",
    summary = "Every kind of job, how much stands where, and the workers. Needs the role `read-only`.",
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaff,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn show_queue(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    params: Params,
) -> Result<Response, ApiError> {
    let states = api.store.kind_states().await?;
    let workers = api.store.workers().await?;
    let now = api.store.clock().now();
    let sum = |list: JobList| states.iter().map(|state| state.count(list)).sum();
    show(&QueuePage {
        console: Console::new(&api, &desk, Section::Queue).await?.done(done(params.get("done"))),
        columns: LISTS.iter().map(|list| list_words(*list).word).collect(),
        all: LISTS.iter().map(|list| Cell::of(*list, None, sum(*list))).collect(),
        completed: grouped(states.iter().map(KindState::completed).sum()),
        rows: states.iter().map(|state| Row::of(state, now)).collect(),
        workers: workers.into_iter().map(|view| Worker::of(view, now)).collect(),
    })
}

#[utoipa::path(
    post,
    path = "/admin/queue/kinds/{kind}/pause",
    operation_id = "sendPause",
    tag = "console",
    summary = "Has nothing more of a kind begun. Needs the role `reviewer`.",
    params(("kind" = mirror::JobKind, Path, description = "The kind")),
    responses((status = 303, description = "Back to the queue, or to the login."), faults::OfStaffLook),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_pause(
    State(api): State<Api>,
    desk: ReviewerDesk,
    Named(kind): Named<JobKind>,
) -> Result<Response, ApiError> {
    api.store.pause_kind(kind, &desk.actor()).await?;
    see_other(&format!("{QUEUE}?done=paused"), None)
}

#[utoipa::path(
    post,
    path = "/admin/queue/kinds/{kind}/resume",
    operation_id = "sendResume",
    tag = "console",
    summary = "Lets a kind go on. Needs the role `reviewer`.",
    params(("kind" = mirror::JobKind, Path, description = "The kind")),
    responses((status = 303, description = "Back to the queue, or to the login."), faults::OfStaffLook),
    security(("staffSession" = [])),
)]
pub(crate) async fn send_resume(
    State(api): State<Api>,
    desk: ReviewerDesk,
    Named(kind): Named<JobKind>,
) -> Result<Response, ApiError> {
    api.store.resume_kind(kind, &desk.actor()).await?;
    see_other(&format!("{QUEUE}?done=resumed"), None)
}
