//! The catalogue: what the shop sells and for how much.

use crate::{
    brief::{FieldError, ProductKind},
    money::Money,
    quality::QualitySettings,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One product of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// What it is; also its code in a storefront's metadata.
    pub kind: ProductKind,
    /// Its name on the shop front and in mails.
    pub title: String,
    /// Its price, without tax and shipping.
    pub price: Money,
    /// How its content is judged.
    pub quality: QualitySettings,
}

/// Longest name of a product, in characters.
pub const TITLE_MAX_CHARS: usize = 80;
/// Highest price, in minor units: more than that is a slip of the hand.
pub const PRICE_MAX_MINOR: i64 = 100_000_000;

impl Product {
    /// What is wrong with it, field by field; nothing if it can be sold like this.
    pub fn problems(&self) -> Vec<FieldError> {
        let mut problems = self.quality.problems();
        let mut wrong = |field: &str, message: String| {
            problems.push(FieldError { field: field.to_owned(), message });
        };
        let unreadable = self.title.trim().is_empty() || self.title.chars().any(char::is_control);
        if unreadable || self.title.chars().count() > TITLE_MAX_CHARS {
            wrong("title", format!("Give it a name of at most {TITLE_MAX_CHARS} characters, on one line."));
        }
        if !(1..=PRICE_MAX_MINOR).contains(&self.price.minor) {
            let most = Money { minor: PRICE_MAX_MINOR, currency: self.price.currency };
            wrong("price", format!("Ask for more than nothing, and at most {most}."));
        }
        problems
    }
}

/// A price that is no longer asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormerPrice {
    /// Without tax and shipping.
    pub price: Money,
    /// From then on another was asked.
    pub until: DateTime<Utc>,
}

/// A product with what it cost of late.
#[derive(Clone, Debug)]
pub struct Offer {
    /// As it is sold today.
    pub product: Product,
    /// What it cost before.
    pub former: Vec<FormerPrice>,
}

impl Offer {
    /// The prices that a session counts by which was made at `created_at`: today's, and every one that
    /// was still asked at that moment or came after it. Whoever was shown a price may pay it.
    pub fn prices(&self, created_at: Option<DateTime<Utc>>) -> impl Iterator<Item = Money> {
        let asked = self.former.iter().filter(move |former| created_at.is_some_and(|at| at < former.until));
        std::iter::once(self.product.price).chain(asked.map(|former| former.price))
    }
}

impl From<Product> for Offer {
    fn from(product: Product) -> Self {
        Self { product, former: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn product() -> Product {
        Product {
            kind: ProductKind::Article,
            title: "Article".to_owned(),
            price: Money { minor: 12_900, currency: Currency::USD },
            quality: QualitySettings::default(),
        }
    }

    #[test]
    fn what_cannot_be_sold_says_why() {
        assert_eq!(product().problems(), []);
        let mut wrong = product();
        wrong.title = "A\0".to_owned();
        wrong.price.minor = 0;
        wrong.quality.density_min_bp = 300;
        wrong.quality.similarity_max_percent = 0;
        wrong.quality.allowed_hosts = vec!["https://example.com/a".to_owned()];
        let fields: Vec<_> = wrong.problems().into_iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["densityMaxBp", "similarityMaxPercent", "allowedHosts", "title", "price"]);
    }
}
