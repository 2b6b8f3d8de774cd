//! The catalogue.

use crate::{
    Store,
    audit::Action,
    change::Changes,
    db::{Tx, on},
    error::StoreError,
    shared::Shared,
};
use chrono::{DateTime, TimeDelta, Utc};
use galley_domain::{
    actor::Actor,
    brief::ProductKind,
    money::{Currency, Money},
    product::{FormerPrice, Offer, Product},
    quality::QualitySettings,
};
use serde_json::json;
use sqlx::{FromRow, types::Json};
use uuid::Uuid;

/// How long a former price is remembered: far longer than any session can be paid.
const FORMER_PRICES_KEPT: TimeDelta = TimeDelta::days(60);

#[derive(FromRow)]
struct Row {
    kind: String,
    title: String,
    price_minor: i64,
    currency: String,
    quality: Json<QualitySettings>,
}

const LIST: &str = "SELECT kind, title, price_minor, currency, quality FROM product ORDER BY kind";

fn unreadable(error: impl std::fmt::Display) -> StoreError {
    StoreError::corrupt("product", error)
}

fn money(minor: i64, currency: &str) -> Result<Money, StoreError> {
    Ok(Money { minor, currency: currency.parse().map_err(unreadable)? })
}

impl TryFrom<Row> for Product {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            kind: row.kind.parse().map_err(unreadable)?,
            title: row.title,
            price: money(row.price_minor, &row.currency)?,
            quality: row.quality.0,
        })
    }
}

pub(crate) async fn list_in(tx: &mut Tx) -> Result<Vec<Product>, StoreError> {
    let rows: Vec<Row> = on!(tx, |c| sqlx::query_as(LIST).fetch_all(c).await)?;
    rows.into_iter().map(Product::try_from).collect()
}

#[derive(FromRow)]
struct OfferRow {
    #[sqlx(flatten)]
    product: Row,
    former_minor: Option<i64>,
    former_currency: Option<String>,
    until: Option<DateTime<Utc>>,
}

/// Every product with what it cost of late, in one query: each payment that comes in asks for it.
pub(crate) async fn offers_in(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<Offer>, StoreError> {
    let rows: Vec<OfferRow> = on!(tx, |c| {
        sqlx::query_as(
            "SELECT p.kind, p.title, p.price_minor, p.currency, p.quality, f.price_minor AS former_minor, \
             f.currency AS former_currency, f.until FROM product p \
             LEFT JOIN former_price f ON f.kind = p.kind AND f.until > $1 ORDER BY p.kind, f.until",
        )
        .bind(now - FORMER_PRICES_KEPT)
        .fetch_all(c)
        .await
    })?;
    let mut offers: Vec<Offer> = Vec::new();
    for row in rows {
        let former = match (row.former_minor, row.former_currency, row.until) {
            (Some(minor), Some(currency), Some(until)) => {
                Some(FormerPrice { price: money(minor, &currency)?, until })
            }
            _ => None,
        };
        let product = Product::try_from(row.product)?;
        match offers.last_mut().filter(|offer| offer.product.kind == product.kind) {
            Some(offer) => offer.former.extend(former),
            None => offers.push(Offer { product, former: former.into_iter().collect() }),
        }
    }
    Ok(offers)
}

/// The two products that a new shop starts with; an edited catalogue is left alone.
pub(crate) async fn seed(shared: &Shared) -> Result<(), StoreError> {
    let catalogue =
        [(ProductKind::Article, "Article", 12_900_i64), (ProductKind::Backlink, "Backlink", 7_900)];
    let now = shared.clock.now();
    let mut tx = shared.pools.begin().await?;
    for (kind, title, price_minor) in catalogue {
        on!(&mut tx, |c| {
            sqlx::query(
                "INSERT INTO product (kind, title, price_minor, currency, quality, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind) DO NOTHING",
            )
            .bind(kind.as_str())
            .bind(title)
            .bind(price_minor)
            .bind(Currency::USD.as_str())
            .bind(Json(QualitySettings::default()))
            .bind(now)
            .execute(c)
            .await
            .map(drop)
        })?;
    }
    tx.commit().await
}

impl Store {
    /// What the shop sells.
    pub async fn products(&self) -> Result<Vec<Product>, StoreError> {
        let mut conn = self.shared.pools.reader().await?;
        let rows: Vec<Row> = on!(Conn: &mut conn, |c| sqlx::query_as(LIST).fetch_all(c).await)?;
        rows.into_iter().map(Product::try_from).collect()
    }

    /// Sells a product under this title, at this price, judged by these settings from now on. What it
    /// cost until now is kept: sessions that were made before may still be paid at that price.
    pub async fn change_product(&self, product: &Product, actor: &Actor) -> Result<(), StoreError> {
        let mut changes = Changes::new(&self.shared);
        let now = changes.now;
        let mut tx = self.shared.pools.begin().await?;
        let lock = tx.for_update();
        let before: Option<Row> = on!(&mut tx, |c| {
            let mut sql = sqlx::QueryBuilder::new(
                "SELECT kind, title, price_minor, currency, quality FROM product WHERE kind = ",
            );
            sql.push_bind(product.kind.as_str()).push(lock);
            sql.build_query_as().fetch_optional(c).await
        })?;
        let before = Product::try_from(before.ok_or(StoreError::NotFound("product"))?)?;
        if before == *product {
            return Ok(());
        }
        if before.price != product.price {
            keep_price(&mut tx, &before, now).await?;
        }
        on!(&mut tx, |c| {
            sqlx::query(
                "UPDATE product SET title = $2, price_minor = $3, currency = $4, quality = $5, updated_at = $6 \
                 WHERE kind = $1",
            )
            .bind(product.kind.as_str())
            .bind(&product.title)
            .bind(product.price.minor)
            .bind(product.price.currency.as_str())
            .bind(Json(&product.quality))
            .bind(now)
            .execute(c)
            .await
            .map(drop)
        })?;
        let detail = json!({ "before": before, "after": product });
        changes.audit(actor, Action::ProductChanged, Uuid::nil(), detail);
        changes.flush(&mut tx).await?;
        tx.commit().await
    }
}

/// Two changes within a microsecond would share an instant: then the first of the two prices stays.
async fn keep_price(tx: &mut Tx, before: &Product, now: DateTime<Utc>) -> Result<(), StoreError> {
    on!(tx, |c| {
        sqlx::query(
            "INSERT INTO former_price (kind, until, price_minor, currency) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (kind, until) DO NOTHING",
        )
        .bind(before.kind.as_str())
        .bind(now)
        .bind(before.price.minor)
        .bind(before.price.currency.as_str())
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(())
}
