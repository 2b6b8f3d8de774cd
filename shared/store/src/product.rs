//! The catalogue.

use crate::{
    Store,
    db::{Tx, on},
    error::StoreError,
    shared::Shared,
};
use galley_domain::{
    brief::ProductKind,
    money::{Currency, Money},
    product::Product,
    quality::QualitySettings,
};
use sqlx::{FromRow, types::Json};

#[derive(FromRow)]
struct Row {
    kind: String,
    title: String,
    price_minor: i64,
    currency: String,
    quality: Json<QualitySettings>,
}

const LIST: &str = "SELECT kind, title, price_minor, currency, quality FROM product ORDER BY kind";

impl TryFrom<Row> for Product {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            kind: row.kind.parse().map_err(|error| StoreError::corrupt("product", error))?,
            title: row.title,
            price: Money {
                minor: row.price_minor,
                currency: row.currency.parse().map_err(|error| StoreError::corrupt("product", error))?,
            },
            quality: row.quality.0,
        })
    }
}

pub(crate) async fn list_in(tx: &mut Tx) -> Result<Vec<Product>, StoreError> {
    let rows: Vec<Row> = on!(tx, |c| sqlx::query_as(LIST).fetch_all(c).await)?;
    rows.into_iter().map(Product::try_from).collect()
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
}
