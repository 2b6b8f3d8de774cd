use crate::{
    db::{Conn, Tx, on},
    error::StoreError,
};
use galley_domain::{article::SoldLink, brief::OrderedLink};
use sqlx::{FromRow, types::Json};
use std::collections::HashMap;
use uuid::Uuid;

/// A public article as a backlink finds it.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    pub(crate) title: String,
    /// Markdown.
    pub(crate) source: String,
    /// The links that were sold into it.
    pub(crate) links: Vec<OrderedLink>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    title: String,
    source: String,
    links: Json<Vec<SoldLink>>,
}

impl Row {
    fn base(self) -> (Uuid, Base) {
        let links = self.links.0.into_iter().map(|sold| sold.link).collect();
        (self.id, Base { title: self.title, source: self.source, links })
    }
}

macro_rules! rows {
    ($ids:expr, $conn:expr) => {{
        let mut sql = sqlx::QueryBuilder::new(
            "SELECT id, title, source, links FROM article WHERE published_at IS NOT NULL AND id IN (",
        );
        let mut list = sql.separated(", ");
        for id in $ids {
            list.push_bind(*id);
        }
        sql.push(")");
        sql.build_query_as::<Row>().fetch_all($conn).await
    }};
}

/// Those of the articles that are public, by their ids.
pub(crate) async fn find_many(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Base>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(on!(tx, |c| rows!(ids, c))?.into_iter().map(Row::base).collect())
}

/// The same, outside of a transaction.
pub(crate) async fn read_many(conn: &mut Conn, ids: &[Uuid]) -> Result<HashMap<Uuid, Base>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    Ok(on!(Conn: conn, |c| rows!(ids, c))?.into_iter().map(Row::base).collect())
}
