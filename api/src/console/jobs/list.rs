//! `/admin/queue/jobs`: the jobs that stand in a list.

use super::words::{ListWords, kind_words, list_words};
use crate::{
    Api,
    admin::{jobs::list::filter, page::Page},
    console::{
        desk::ReadOnlyDesk,
        frame::{Console, Section, show},
    },
    contract::{faults, mirror},
    csv::{CSV_ROWS_MAX, Csv},
    envelope::ApiError,
    extract::Params,
    moment::Moment,
};
use askama::Template;
use axum::{extract::State, response::Response};
use chrono::{DateTime, SecondsFormat, Utc};
use galley_domain::{id::JobId, job::JobKind};
use galley_store::{JobFilter, JobLine, JobList};
use url::form_urlencoded::Serializer;

pub(super) const JOBS: &str = "/admin/queue/jobs";

#[derive(Template)]
#[template(path = "console/jobs.html")]
struct Jobs<'a> {
    console: Console<'a>,
    lists: Vec<Choice>,
    kinds: Vec<Choice>,
    about: &'static str,
    rows: Vec<Row>,
    next: Option<String>,
    csv: String,
    /// How many can be run again, if these are such; and of which kind.
    failed: Option<i64>,
    kind: &'static str,
    told: Option<String>,
}

struct Choice {
    value: &'static str,
    label: &'static str,
    chosen: bool,
}

struct Row {
    id: String,
    what: &'static str,
    state: ListWords,
    order: Option<(String, String)>,
    attempt: String,
    when: Moment,
    /// What `when` is.
    whens: &'static str,
    error: String,
}

impl Row {
    fn of(job: &JobLine, now: DateTime<Utc>) -> Self {
        let (whens, when) = match job.list {
            JobList::Waiting | JobList::Delayed | JobList::Retrying | JobList::Held => ("due", job.due_at),
            JobList::Active => ("begun", job.started_at.unwrap_or(job.due_at)),
            _ => ("ended", job.finished_at.unwrap_or(job.due_at)),
        };
        let order = job.order_id.map(|id| id.to_string());
        Self {
            id: job.id.to_string(),
            what: kind_words(job.kind),
            state: list_words(job.list),
            order: order
                .map(|id| (id.clone(), id.chars().rev().take(8).collect::<Vec<_>>().iter().rev().collect())),
            attempt: format!("{} of {}", job.attempt, job.max_attempts),
            when: Moment::new(when, now),
            whens,
            error: job.error.clone().unwrap_or_default(),
        }
    }
}

/// The address of this list; with `more` at its end.
fn href(filter: JobFilter, more: &[(&str, &str)]) -> String {
    let mut query = Serializer::new(String::new());
    let list = filter.list.map(|list| ("state", list.as_str()));
    let kind = filter.kind.map(|kind| ("kind", kind.as_str()));
    for (name, value) in list.into_iter().chain(kind).chain(more.iter().copied()) {
        query.append_pair(name, value);
    }
    format!("{JOBS}?{}", query.finish())
}

fn choices(filter: JobFilter) -> (Vec<Choice>, Vec<Choice>) {
    let lists = JobList::ALL.iter().map(|list| Choice {
        value: list.as_str(),
        label: list_words(*list).word,
        chosen: filter.list == Some(*list),
    });
    let kinds = JobKind::ALL.iter().map(|kind| Choice {
        value: kind.as_str(),
        label: kind_words(*kind),
        chosen: filter.kind == Some(*kind),
    });
    (lists.collect(), kinds.collect())
}

/// What came of running all of them again, as the address has it.
fn told(params: &Params) -> Option<String> {
    let number = |name| params.get(name).and_then(|text| text.parse::<u32>().ok());
    let retried = number("retried")?;
    let mut words = format!("{retried} will be done again.");
    for (name, what) in
        [("refused", "could not be: their orders don’t allow it"), ("left", "are left: send it again")]
    {
        if let Some(count) = number(name).filter(|count| *count > 0) {
            words = format!("{words} {count} {what}.");
        }
    }
    Some(words)
}

#[utoipa::path(
    get,
    path = "/admin/queue/jobs",
    operation_id = "showJobs",
    tag = "console",
    summary = "Jobs by where they stand, newest first. Needs the role `read-only`.",
    params(
        ("state" = Option<mirror::JobList>, Query, nullable = false, description = "Only those"),
        ("kind" = Option<mirror::JobKind>, Query, nullable = false, description = "Only those"),
        ("before" = Option<String>, Query, nullable = false, format = "uuid", description = "Only older ones"),
        ("format" = Option<String>, Query, nullable = false, description = "`csv` for a file"),
    ),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaffList,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn show_jobs(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    params: Params,
) -> Result<Response, ApiError> {
    let mut wrong = Vec::new();
    let filter = filter(&params, &mut wrong);
    if !wrong.is_empty() {
        return Err(ApiError::invalid(wrong));
    }
    if params.get("format") == Some("csv") {
        return Ok(csv(&api.store.jobs(filter, None, CSV_ROWS_MAX).await?));
    }
    let page = Page::<JobId>::of(&params)?;
    let mut jobs = api.store.jobs(filter, page.before, page.limit()).await?;
    let next = page.cut(&mut jobs, |job| job.id).map(|id| href(filter, &[("before", &id.to_string())]));
    let now = api.store.clock().now();
    let failed =
        if filter.list == Some(JobList::Failed) { Some(failed(&api, filter.kind).await?) } else { None };
    let (lists, kinds) = choices(filter);
    show(&Jobs {
        console: Console::new(&api, &desk, Section::Queue).await?,
        lists,
        kinds,
        about: filter.list.map_or("Every job, wherever it stands.", |list| list_words(list).about),
        rows: jobs.iter().map(|job| Row::of(job, now)).collect(),
        next,
        csv: href(filter, &[("format", "csv")]),
        failed,
        kind: filter.kind.map_or("", JobKind::as_str),
        told: told(&params),
    })
}

async fn failed(api: &Api, kind: Option<JobKind>) -> Result<i64, ApiError> {
    let states = api.store.kind_states().await?;
    let wanted = states.iter().filter(|state| kind.is_none_or(|kind| kind == state.kind));
    Ok(wanted.map(|state| state.count(JobList::Failed)).sum())
}

fn csv(jobs: &[JobLine]) -> Response {
    let mut csv = Csv::new(&[
        "id",
        "kind",
        "state",
        "order",
        "attempt",
        "max attempts",
        "created",
        "due",
        "started",
        "finished",
        "error",
    ]);
    let at = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    for job in jobs {
        csv.row(&[
            job.id.to_string(),
            job.kind.to_string(),
            job.list.as_str().to_owned(),
            job.order_id.map(|id| id.to_string()).unwrap_or_default(),
            job.attempt.to_string(),
            job.max_attempts.to_string(),
            at(job.created_at),
            at(job.due_at),
            job.started_at.map(at).unwrap_or_default(),
            job.finished_at.map(at).unwrap_or_default(),
            job.error.clone().unwrap_or_default(),
        ]);
    }
    csv.answer("jobs")
}
