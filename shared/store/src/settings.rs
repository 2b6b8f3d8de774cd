//! What the shop decided about itself.

use crate::{
    Store,
    audit::Action,
    change::Changes,
    db::{Conn, Tx, on},
    error::StoreError,
};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{actor::Actor, settings::ShopSettings};
use serde_json::{Map, Value, json};
use sqlx::types::Json;
use std::sync::{Arc, PoisonError, RwLock};
use uuid::Uuid;

/// How long they are taken for true before they are read again.
const KEPT: TimeDelta = TimeDelta::seconds(5);

const READ: &str = "SELECT name, value FROM setting";

/// The settings as this process last read them. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct KnownSettings(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    settings: Arc<ShopSettings>,
    read_at: Option<DateTime<Utc>>,
}

impl KnownSettings {
    /// As last read; the defaults before that.
    pub(crate) fn last(&self) -> Arc<ShopSettings> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).settings)
    }

    fn fresh(&self, now: DateTime<Utc>) -> Option<Arc<ShopSettings>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let fresh = known.read_at.is_some_and(|read_at| (now - read_at).abs() < KEPT);
        fresh.then(|| Arc::clone(&known.settings))
    }

    fn keep(&self, settings: ShopSettings, now: DateTime<Utc>) -> Arc<ShopSettings> {
        let settings = Arc::new(settings);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) =
            Known { settings: Arc::clone(&settings), read_at: Some(now) };
        settings
    }
}

type Row = (String, Json<Value>);

fn read(rows: Vec<Row>) -> ShopSettings {
    ShopSettings::read(rows.into_iter().map(|(name, value)| (name, value.0)))
}

async fn stored(conn: &mut Conn) -> Result<ShopSettings, StoreError> {
    let rows: Vec<Row> = on!(Conn: conn, |c| sqlx::query_as(READ).fetch_all(c).await)?;
    Ok(read(rows))
}

impl Store {
    /// What the shop decided. Another process's change is seen within five seconds.
    pub async fn settings(&self) -> Result<Arc<ShopSettings>, StoreError> {
        let (known, now) = (&self.shared.settings, self.shared.clock.now());
        if let Some(settings) = known.fresh(now) {
            return Ok(settings);
        }
        let mut conn = self.shared.pools.reader().await?;
        Ok(known.keep(stored(&mut conn).await?, now))
    }

    /// The same as last read, without asking the database; the defaults before that.
    pub fn known_settings(&self) -> Arc<ShopSettings> {
        self.shared.settings.last()
    }

    /// Decides anew. The settings must be [`checked`](ShopSettings::checked); those that stay as they
    /// are, are not written, and if all of them do, nothing is.
    pub async fn change_settings(&self, settings: &ShopSettings, actor: &Actor) -> Result<(), StoreError> {
        let mut changes = Changes::new(&self.shared);
        let now = changes.now;
        let mut tx = self.shared.pools.begin().await?;
        let rows: Vec<Row> = on!(&mut tx, |c| sqlx::query_as(READ).fetch_all(c).await)?;
        let mut detail = Map::new();
        for ((name, before), (_, after)) in read(rows).stored().into_iter().zip(settings.stored()) {
            if before == after {
                continue;
            }
            put(&mut tx, name, &after, now).await?;
            // Nobody's address is kept in the trail.
            let shown = |value: Value| if name == "contact_email" { json!(!value.is_null()) } else { value };
            detail.insert(name.to_owned(), json!({ "before": shown(before), "after": shown(after) }));
        }
        if !detail.is_empty() {
            changes.audit(actor, Action::SettingsChanged, Uuid::nil(), Value::Object(detail));
            changes.flush(&mut tx).await?;
        }
        tx.commit().await?;
        self.shared.settings.keep(settings.clone(), now);
        Ok(())
    }
}

async fn put(tx: &mut Tx, name: &str, value: &Value, now: DateTime<Utc>) -> Result<(), StoreError> {
    on!(tx, |c| {
        sqlx::query(
            "INSERT INTO setting (name, value, updated_at) VALUES ($1, $2, $3) \
             ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at",
        )
        .bind(name)
        .bind(Json(value))
        .bind(now)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}
