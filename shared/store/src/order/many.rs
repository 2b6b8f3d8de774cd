//! Asking about many orders in one query.

use crate::{
    db::{Conn, on},
    error::StoreError,
};
use sqlx::{FromRow, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

/// What `select`, which ends where the ids of orders are compared, finds of these orders. On Postgres
/// its text stays the same however many are asked for.
pub(super) async fn fetch<T>(conn: &mut Conn, select: &str, ids: &[Uuid]) -> Result<Vec<T>, StoreError>
where
    T: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
{
    if let Conn::Postgres(pg) = conn {
        let sql = format!("{select} = ANY($1)");
        return Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(ids).fetch_all(&mut **pg).await?);
    }
    Ok(on!(Conn: conn, |c| {
        let mut sql = sqlx::QueryBuilder::new(format!("{select} IN ("));
        let mut list = sql.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        sql.push(")");
        sql.build_query_as().fetch_all(c).await
    })?)
}
