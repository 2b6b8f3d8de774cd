//! `/admin/queue/jobs/{jobId}`: a job with all that is known of it.

use super::words::{ListWords, kind_words, list_words};
use crate::{
    Api,
    console::{
        desk::{Desk, Needs, ReadOnlyDesk},
        frame::{Console, Section, show},
    },
    contract::faults,
    envelope::ApiError,
    extract::{Named, Params},
    moment::{Moment, duration},
};
use askama::Template;
use axum::{extract::State, response::Response};
use galley_domain::{
    id::JobId,
    job::{JobKind, Queue},
};
use galley_store::{JobDetail, JobList};

#[derive(Template)]
#[template(path = "console/job.html")]
struct JobPage<'a> {
    console: Console<'a>,
    id: String,
    what: &'static str,
    kind: JobKind,
    state: ListWords,
    order: Option<String>,
    facts: Vec<(&'static str, String)>,
    moments: Vec<(&'static str, Moment)>,
    error: Option<String>,
    runs: Vec<Run>,
    payload: String,
    offers: Offers,
    refused: &'a Refused,
}

/// What can be done to it.
struct Offers {
    retry: bool,
    run_now: bool,
    /// What calling it off does, in a sentence.
    cancel: Option<&'static str>,
}

struct Run {
    attempt: i32,
    began: Moment,
    took: String,
    error: String,
}

/// Why something was not done, and what had been typed.
#[derive(Default)]
pub(super) struct Refused {
    pub(super) note: Option<String>,
    pub(super) reason: String,
    pub(super) reason_error: Option<String>,
}

const fn called_off(queue: Queue) -> Option<&'static str> {
    match queue {
        Queue::Content => Some(
            "Call this off? A first text ends its order, and the customer is written to. Of a revision the \
             version before stays, and whoever asked for it has the order back.",
        ),
        Queue::Publication => Some("Call this off? The order goes back to review and can be approved again."),
        Queue::Mail => Some("Call this off? The mail is not sent."),
        Queue::Payment => None,
    }
}

impl Offers {
    fn of(list: JobList, kind: JobKind) -> Self {
        let open = matches!(
            list,
            JobList::Waiting | JobList::Delayed | JobList::Retrying | JobList::Held | JobList::Active
        );
        Self {
            retry: list == JobList::Failed,
            run_now: matches!(list, JobList::Delayed | JobList::Retrying),
            cancel: called_off(kind.queue()).filter(|_| open),
        }
    }
}

fn done(word: Option<&str>) -> Option<&'static str> {
    match word? {
        "retried" => Some("It will be done again."),
        "hastened" => Some("It is due now."),
        "cancelled" => Some("It is called off."),
        _ => None,
    }
}

fn facts(job: &JobDetail) -> Vec<(&'static str, String)> {
    let line = &job.line;
    let mut facts = vec![("Attempts", format!("{} of {}", line.attempt, line.max_attempts))];
    facts.extend(line.run.map(|run| ("Run of the order", run.to_string())));
    facts.push(("Priority", line.priority.to_string()));
    if line.lost_leases > 0 {
        facts.push(("Workers that died over it", line.lost_leases.to_string()));
    }
    facts.extend(line.host.clone().map(|host| ("Worker", host)));
    if let (Some(start), Some(end)) = (line.started_at, line.finished_at) {
        facts.push(("Last run took", duration((end - start).num_milliseconds())));
    }
    facts.push(("Called for once as", job.dedupe_key.clone()));
    facts
}

/// The page, with why something was refused if that is so.
pub(super) async fn page<N: Needs>(
    api: &Api,
    desk: &Desk<N>,
    id: JobId,
    done: Option<&'static str>,
    refused: &Refused,
) -> Result<Response, ApiError> {
    let job = api.store.find_job(id).await?.ok_or_else(ApiError::not_found)?;
    let now = api.store.clock().now();
    let line = &job.line;
    let moments = [
        ("Called for", Some(line.created_at)),
        ("Due", Some(line.due_at)),
        ("Last run began", line.started_at),
        ("Ended", line.finished_at),
    ];
    let runs = job.runs.iter().map(|run| Run {
        attempt: run.attempt,
        began: Moment::new(run.started_at, now),
        took: duration((run.ended_at - run.started_at).num_milliseconds()),
        error: run.error.clone(),
    });
    show(&JobPage {
        console: Console::new(api, desk, Section::Queue).await?.done(done),
        id: id.to_string(),
        what: kind_words(line.kind),
        kind: line.kind,
        state: list_words(line.list),
        order: line.order_id.map(|id| id.to_string()),
        facts: facts(&job),
        moments: moments.into_iter().filter_map(|(what, at)| Some((what, Moment::new(at?, now)))).collect(),
        error: line.error.clone(),
        runs: runs.collect(),
        payload: serde_json::to_string_pretty(&job.payload).map_err(ApiError::internal)?,
        offers: Offers::of(line.list, line.kind),
        refused,
    })
}

#[utoipa::path(
    get,
    path = "/admin/queue/jobs/{jobId}",
    operation_id = "showJob",
    tag = "console",
    summary = "A job with its payload and its runs. Needs the role `read-only`.",
    params(("jobId" = String, Path, format = "uuid", description = "The job")),
    responses(
        (status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffLook,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn show_job(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    Named(id): Named<JobId>,
    params: Params,
) -> Result<Response, ApiError> {
    page(&api, &desk, id, done(params.get("done")), &Refused::default()).await
}
