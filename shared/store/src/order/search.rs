//! Finding orders by what somebody has in hand: an id, an address, a gateway's name for something.

use crate::{
    db::{Conn, on},
    error::StoreError,
};
use galley_domain::id::OrderId;
use sqlx::QueryBuilder;
use url::Url;
use uuid::Uuid;

/// Most customers whose orders one beginning of an address finds.
const CUSTOMERS_MAX: i64 = 50;
/// Longest search, in characters.
const SEARCH_MAX_CHARS: usize = 300;

/// What is searched for. Each kind is answered by an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderSearch {
    /// An order, payment or checkout session by our id.
    Id(Uuid),
    /// Where an ordered link leads to, or where an article of ours is public.
    Url {
        /// The address, written as we keep them.
        url: String,
        /// Its last part: what an article of ours is called.
        slug: Option<String>,
    },
    /// The beginning of a customer's e-mail address, a gateway's name of a payment or session, or what
    /// an article of ours is called.
    Text(String),
}

impl OrderSearch {
    /// What `text` may be the name of; `None` if it is empty or too long to be any.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.replace('\0', "");
        let text = text.trim();
        if text.is_empty() || text.chars().count() > SEARCH_MAX_CHARS {
            return None;
        }
        if let Ok(id) = text.parse::<OrderId>() {
            return Some(Self::Id(id.0));
        }
        if let Ok(url) = Url::parse(text)
            && matches!(url.scheme(), "http" | "https")
        {
            let slug = url.path_segments().and_then(|mut parts| parts.rfind(|part| !part.is_empty()));
            return Some(Self::Url { slug: slug.map(str::to_owned), url: url.to_string() });
        }
        Some(Self::Text(text.to_owned()))
    }

    /// What an article of ours would be called that is meant.
    fn slug(&self) -> Option<&str> {
        match self {
            Self::Id(_) => None,
            Self::Url { slug, .. } => slug.as_deref(),
            Self::Text(text) => Some(text),
        }
    }

    /// The article of ours that is meant: orders name it by its id.
    pub(crate) async fn article(&self, conn: &mut Conn) -> Result<Option<Uuid>, StoreError> {
        let Some(slug) = self.slug() else { return Ok(None) };
        let row: Option<(Uuid,)> = on!(Conn: conn, |c| {
            sqlx::query_as("SELECT id FROM article WHERE slug = $1").bind(slug).fetch_optional(c).await
        })?;
        Ok(row.map(|(id,)| id))
    }

    /// Adds the condition on `o.id` that finds it, `article` being what [`article`](Self::article) found.
    pub(super) fn restrict<DB>(
        &self,
        sql: &mut QueryBuilder<DB>,
        article: Option<Uuid>,
        bytewise: &'static str,
    ) where
        DB: sqlx::Database,
        for<'a> String: sqlx::Encode<'a, DB> + sqlx::Type<DB>,
        for<'a> Uuid: sqlx::Encode<'a, DB> + sqlx::Type<DB>,
        for<'a> i64: sqlx::Encode<'a, DB> + sqlx::Type<DB>,
    {
        sql.push("o.id IN (");
        match self {
            Self::Id(id) => {
                sql.push("SELECT id FROM orders WHERE id = ").push_bind(*id);
                sql.push(" UNION SELECT order_id FROM payment WHERE order_id IS NOT NULL AND (id = ");
                sql.push_bind(*id).push(" OR checkout_session_id = ").push_bind(*id).push(")");
            }
            Self::Url { url, .. } => {
                sql.push("SELECT id FROM orders WHERE brief ->> 'targetUrl' = ").push_bind(url.clone());
                sql.push(" UNION SELECT order_id FROM article WHERE order_id IS NOT NULL AND remote_url = ");
                sql.push_bind(url.clone());
            }
            Self::Text(text) => {
                let address = text.to_lowercase();
                sql.push("SELECT id FROM orders WHERE customer_id IN (SELECT id FROM customer WHERE email");
                sql.push(bytewise).push(" >= ").push_bind(address.clone()).push(" AND email");
                sql.push(bytewise).push(" < ").push_bind(behind_all(&address));
                sql.push(" ORDER BY email").push(bytewise).push(" LIMIT ").push_bind(CUSTOMERS_MAX);
                sql.push(
                    ") UNION SELECT order_id FROM payment WHERE order_id IS NOT NULL AND payment_ref = ",
                );
                sql.push_bind(text.clone());
                sql.push(
                    " UNION SELECT p.order_id FROM checkout_session s JOIN payment p ON p.checkout_session_id = s.id \
                     WHERE p.order_id IS NOT NULL AND s.external_id = ",
                );
                sql.push_bind(text.clone());
            }
        }
        if let Some(article) = article {
            // What it was written for, and the links that were sold into it.
            sql.push(" UNION SELECT order_id FROM article WHERE order_id IS NOT NULL AND id = ");
            sql.push_bind(article);
            sql.push(" UNION SELECT id FROM orders WHERE brief ->> 'articleId' = ")
                .push_bind(article.to_string());
        }
        sql.push(")");
    }
}

/// Less than this is every text that begins with `prefix`, and nothing else that is not less than it.
pub(crate) fn behind_all(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_told_apart() {
        let id = "0199b0a0-0000-7000-8000-000000000001";
        assert_eq!(OrderSearch::parse(&format!(" {id} ")), Some(OrderSearch::Id(id.parse().unwrap())));
        let url = |url: &str, slug: Option<&str>| {
            Some(OrderSearch::Url { url: url.to_owned(), slug: slug.map(str::to_owned) })
        };
        assert_eq!(OrderSearch::parse("https://Shop.example"), url("https://shop.example/", None));
        assert_eq!(
            OrderSearch::parse("https://shop.example/articles/good-tea/"),
            url("https://shop.example/articles/good-tea/", Some("good-tea"))
        );
        for text in ["ann@customer.example", "cs_test_1", "javascript:alert(1)", "tea"] {
            assert_eq!(OrderSearch::parse(text), Some(OrderSearch::Text(text.to_owned())));
        }
        for nothing in ["", "  ", "\0", &"x".repeat(301)] {
            assert_eq!(OrderSearch::parse(nothing), None);
        }
    }
}
