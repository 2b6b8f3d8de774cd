//! Versions of an order's content. Immutable: there is no UPDATE.

use super::{Circumstance, OrderRow};
use crate::{
    article::Base,
    db::{Tx, on},
    error::StoreError,
    shared::Shared,
};
use chrono::{DateTime, Utc};
use galley_content::{backlink::Insertion, finished::FinishedText};
use galley_domain::{actor::Actor, quality::QualityReport};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

/// How a version came about: which model, from which prompt, at what cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Provenance {
    /// The model that answered; empty for what people wrote.
    pub model: String,
    /// SHA-256 of the first prompt, in hex.
    pub prompt_hash: String,
    /// Calls of the AI service, repairs included.
    pub calls: u32,
    /// Tokens sent.
    pub prompt_tokens: u64,
    /// Tokens received.
    pub completion_tokens: u64,
    /// Millionths of the billing currency; `None` where prices are not configured.
    pub cost_micros: Option<i64>,
    /// Time spent in calls.
    pub duration_ms: u64,
}

/// Content that becomes the next version.
#[derive(Clone, Debug)]
pub struct NewVersion {
    /// The title, without markup.
    pub title: String,
    /// Markdown.
    pub source: String,
    /// The safe rendering of `source`.
    pub html: String,
    /// The checks.
    pub report: QualityReport,
    /// Where it came from.
    pub provenance: Provenance,
    /// For a backlink: the paragraph that changed, as proof.
    pub insertion: Option<Insertion>,
    /// The similarity sketch of the text.
    pub sketch: Vec<u8>,
}

impl NewVersion {
    /// A finished text and where it came from.
    pub fn of(text: FinishedText, provenance: Provenance) -> Self {
        let FinishedText { title, source, html, report, insertion, sketch } = text;
        Self { title, source, html, report, provenance, insertion, sketch }
    }
}

pub(super) struct VersionRow {
    id: Uuid,
    order_id: Uuid,
    number: i32,
    run: i32,
    title: String,
    source: String,
    html: String,
    report: Option<QualityReport>,
    provenance: Provenance,
    insertion: Option<Insertion>,
    sketch: Option<Vec<u8>>,
    made_by: String,
    notes: Option<String>,
    /// A worker made it: what its run was asked for stands in the history.
    answers_run: bool,
    at: DateTime<Utc>,
}

impl VersionRow {
    pub(super) fn new(
        shared: &Shared,
        row: &OrderRow,
        number: i32,
        version: &NewVersion,
        how: &Circumstance<'_>,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            id: shared.clock.new_id(),
            order_id: row.order.id.0,
            number,
            run: row.order.run,
            title: version.title.clone(),
            source: version.source.clone(),
            html: version.html.clone(),
            report: Some(version.report.clone()),
            provenance: version.provenance.clone(),
            insertion: version.insertion.clone(),
            sketch: Some(version.sketch.clone()),
            made_by: how.actor.label(),
            notes: how.notes.map(str::to_owned),
            answers_run: how.actor == Actor::System,
            at,
        }
    }

    /// Number 0: the article as it was before its backlink was placed.
    pub(super) fn base(shared: &Shared, row: &OrderRow, base: Base, at: DateTime<Utc>) -> Self {
        let Base { title, source, links } = base;
        let policy = galley_content::markdown::LinkPolicy { ordered: &links };
        Self {
            id: shared.clock.new_id(),
            order_id: row.order.id.0,
            number: 0,
            run: 0,
            html: galley_content::markdown::render(&source, &policy),
            title,
            source,
            report: None,
            provenance: Provenance::default(),
            insertion: None,
            sketch: None,
            made_by: Actor::System.label(),
            notes: None,
            answers_run: false,
            at,
        }
    }
}

pub(super) async fn insert(tx: &mut Tx, rows: &[VersionRow]) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    on!(tx, |c| {
        let mut sql = sqlx::QueryBuilder::new(
            "INSERT INTO content_version (id, order_id, number, run, title, source, html, report, provenance, \
             insertion, sketch, made_by, notes, created_at) ",
        );
        sql.push_values(rows, |mut value, row| {
            value.push_bind(row.id).push_bind(row.order_id).push_bind(row.number).push_bind(row.run);
            value.push_bind(&row.title).push_bind(&row.source).push_bind(&row.html);
            value.push_bind(row.report.as_ref().map(Json)).push_bind(Json(&row.provenance));
            value.push_bind(row.insertion.as_ref().map(Json)).push_bind(&row.sketch);
            value.push_bind(&row.made_by).push("coalesce(").push_bind_unseparated(&row.notes);
            value.push_unseparated(", (SELECT e.detail ->> 'notes' FROM order_event e WHERE e.order_id = ");
            value.push_bind_unseparated(row.order_id).push_unseparated(" AND e.run = ");
            value.push_bind_unseparated(row.run).push_unseparated(" AND ");
            value.push_bind_unseparated(row.answers_run).push_unseparated(
                " AND e.kind IN ('revision_requested', 'changes_requested') ORDER BY e.sequence LIMIT 1))",
            );
            value.push_bind(row.at);
        });
        sql.build().execute(c).await.map(drop)
    })?;
    Ok(())
}
