//! Payments: what a gateway says was paid, and whether it fits what we sell.

mod inbound;

pub use inbound::{Fact, Inbound, SessionFact};

use crate::{
    brief::{Brief, BriefInput},
    money::{Currency, Money},
    product::Product,
    text_enum::text_enum,
};
use std::collections::BTreeMap;

text_enum! {
    /// Where a payment stands.
    pub enum PaymentState {
        /// In, and turned into an order.
        Paid = "paid",
        /// In, but a person must decide what it becomes.
        NeedsReview = "needs_review",
        /// A second payment for one checkout; goes back.
        Duplicate = "duplicate",
        /// Looked at and set aside.
        Dismissed = "dismissed",
    }
}

text_enum! {
    /// Where a checkout stands. Moves forward only; `paid` overrides everything.
    pub enum CheckoutState {
        /// Ours, before the gateway has answered.
        Creating = "creating",
        /// The customer can pay.
        Open = "open",
        /// Complete, the money is still on its way.
        Processing = "processing",
        /// The money is in.
        Paid = "paid",
        /// The payment failed.
        Failed = "failed",
        /// Nobody paid in time.
        Expired = "expired",
    }
}

impl CheckoutState {
    /// States move to a higher rank only; failed and expired are both overridden by paid.
    pub const fn rank(self) -> i16 {
        match self {
            Self::Creating => 0,
            Self::Open => 1,
            Self::Processing => 2,
            Self::Failed | Self::Expired => 3,
            Self::Paid => 4,
        }
    }
}

text_enum! {
    /// What became of a gateway event in the inbox.
    pub enum PaymentEventState {
        /// Worked on.
        Done = "done",
        /// Waits for something it speaks of.
        Pending = "pending",
        /// Could not be worked on; a job tries again.
        Failed = "failed",
        /// None of our business, kept for the record.
        Ignored = "ignored",
    }
}

text_enum! {
    /// Why a payment needs a person.
    pub enum ReviewReason {
        /// Less than the product costs.
        AmountTooSmall = "amount_too_small",
        /// The gateway did not say how much.
        AmountUnknown = "amount_unknown",
        /// Not the currency of the product.
        WrongCurrency = "wrong_currency",
        /// The session names no product.
        MissingProduct = "missing_product",
        /// The session names a product that is not in the catalogue.
        UnknownProduct = "unknown_product",
        /// The brief cannot be worked with.
        UnusableBrief = "unusable_brief",
        /// Nobody to write to.
        NoEmail = "no_email",
        /// The article that shall receive the link is not known.
        UnknownArticle = "unknown_article",
    }
}

/// A paid session of a storefront: somebody else created it and put the brief into its metadata.
#[derive(Clone, Debug, Default)]
pub struct Sale {
    /// All the customer paid, minor units.
    pub amount_total_minor: Option<i64>,
    /// Of it tax, minor units.
    pub amount_tax_minor: i64,
    /// Of it shipping, minor units.
    pub amount_shipping_minor: i64,
    /// The currency of all amounts.
    pub currency: Option<Currency>,
    /// The customer's address.
    pub email: Option<String>,
    /// The brief, by its metadata keys.
    pub metadata: BTreeMap<String, String>,
}

/// A sale that can become an order.
#[derive(Clone, Debug)]
pub struct Fit {
    /// What was ordered.
    pub brief: Brief,
    /// What was paid.
    pub paid: Money,
    /// Whom to write to, trimmed and in lower case.
    pub email: String,
}

/// A sale that needs a person, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// The rule.
    pub reason: ReviewReason,
    /// What was found, for staff.
    pub detail: String,
}

/// Longest e-mail address (RFC 5321, 4.5.3.1.3), in characters.
pub const EMAIL_MAX_CHARS: usize = 254;

/// Judges whether a storefront's sale fits the catalogue.
///
/// The total less tax and shipping must reach the product's price, in its currency; the brief must
/// parse; there must be somebody to write to. What does not fit is kept for a person to decide.
pub fn judge(sale: &Sale, catalogue: &[Product]) -> Result<Fit, Unfit> {
    let unfit = |reason, detail: String| Err(Unfit { reason, detail });
    let Some(code) = sale.metadata.get("product").map(|code| code.trim()).filter(|code| !code.is_empty())
    else {
        return unfit(ReviewReason::MissingProduct, "the session's metadata has no `product`".to_owned());
    };
    let Some(product) = catalogue.iter().find(|product| product.kind.as_str() == code) else {
        return unfit(
            ReviewReason::UnknownProduct,
            format!("`{}`", code.chars().take(80).collect::<String>()),
        );
    };
    let (Some(total), Some(currency)) = (sale.amount_total_minor, sale.currency) else {
        return unfit(ReviewReason::AmountUnknown, "the session has no amount or currency".to_owned());
    };
    let paid = Money { minor: total, currency };
    if currency != product.price.currency {
        return unfit(ReviewReason::WrongCurrency, format!("{paid} for a price of {}", product.price));
    }
    let net = total.saturating_sub(sale.amount_tax_minor).saturating_sub(sale.amount_shipping_minor);
    if net < product.price.minor {
        let net = Money { minor: net, currency };
        return unfit(ReviewReason::AmountTooSmall, format!("{net} for a price of {}", product.price));
    }
    let Some(email) = sale.email.as_deref().and_then(parse_email) else {
        return unfit(ReviewReason::NoEmail, "the session has no e-mail address that can be used".to_owned());
    };
    match Brief::parse(BriefInput::from_metadata(&sale.metadata)) {
        Ok(brief) => Ok(Fit { brief, paid, email }),
        Err(errors) => {
            let detail: Vec<_> = errors.iter().map(|e| format!("{}: {}", e.field, e.message)).collect();
            unfit(ReviewReason::UnusableBrief, detail.join(" "))
        }
    }
}

/// Trims and lower-cases an address; `None` when a mail server would not take it. The one proof
/// that an address works is a mail that arrives: this only keeps out what cannot be one.
pub fn parse_email(text: &str) -> Option<String> {
    let email = text.trim().to_lowercase();
    let (local, domain) = email.rsplit_once('@')?;
    let plain = email
        .chars()
        .all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | ',' | ';' | '"'));
    let fits = plain
        && !local.is_empty()
        && !local.contains('@')
        && local.len() <= 64
        && email.chars().count() <= EMAIL_MAX_CHARS
        && domain
            .split('.')
            .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    fits.then_some(email)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{brief::ProductKind, quality::QualitySettings};

    fn catalogue() -> Vec<Product> {
        vec![Product {
            kind: ProductKind::Article,
            title: "Article".to_owned(),
            price: Money { minor: 12_900, currency: Currency::USD },
            quality: QualitySettings::default(),
        }]
    }

    fn sale() -> Sale {
        Sale {
            amount_total_minor: Some(12_900),
            currency: Some(Currency::USD),
            email: Some(" Ann@Example.com ".to_owned()),
            metadata: [("product", "article"), ("topic", "Tea")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
            ..Sale::default()
        }
    }

    fn reason(sale: &Sale) -> ReviewReason {
        judge(sale, &catalogue()).unwrap_err().reason
    }

    #[test]
    fn the_exact_price_fits_and_the_address_is_normalised() {
        let fit = judge(&sale(), &catalogue()).unwrap();
        assert_eq!((fit.email.as_str(), fit.paid.minor), ("ann@example.com", 12_900));
    }

    #[test]
    fn tax_and_shipping_do_not_count_towards_the_price() {
        let taxed = Sale { amount_total_minor: Some(14_000), amount_tax_minor: 1_000, ..sale() };
        assert!(judge(&taxed, &catalogue()).is_ok());
        let short = Sale { amount_shipping_minor: 101, ..taxed };
        assert_eq!(reason(&short), ReviewReason::AmountTooSmall);
    }

    #[test]
    fn what_does_not_fit_says_why() {
        assert_eq!(
            reason(&Sale { amount_total_minor: Some(12_899), ..sale() }),
            ReviewReason::AmountTooSmall
        );
        assert_eq!(reason(&Sale { amount_total_minor: None, ..sale() }), ReviewReason::AmountUnknown);
        assert_eq!(reason(&Sale { currency: "eur".parse().ok(), ..sale() }), ReviewReason::WrongCurrency);
        assert_eq!(reason(&Sale { email: None, ..sale() }), ReviewReason::NoEmail);
        assert_eq!(reason(&Sale { metadata: BTreeMap::new(), ..sale() }), ReviewReason::MissingProduct);
        let with = |key: &str, value: &str| {
            let mut changed = sale();
            changed.metadata.insert(key.to_owned(), value.to_owned());
            changed
        };
        assert_eq!(reason(&with("product", "poem")), ReviewReason::UnknownProduct);
        assert_eq!(reason(&with("product", "backlink")), ReviewReason::UnknownProduct);
        assert_eq!(reason(&with("topic", "")), ReviewReason::UnusableBrief);
    }

    #[test]
    fn amounts_that_would_overflow_are_too_small_rather_than_a_crash() {
        let odd = Sale { amount_total_minor: Some(i64::MIN), amount_tax_minor: i64::MAX, ..sale() };
        assert_eq!(reason(&odd), ReviewReason::AmountTooSmall);
    }

    #[test]
    fn addresses_that_cannot_be_mailed_are_no_addresses() {
        for bad in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "a b@example.com",
            "ann@exa..mple",
            "a@b@c",
            "x\r\ny@z.com",
            "<a@b.c>",
        ] {
            assert_eq!(parse_email(bad), None, "{bad}");
        }
        assert_eq!(parse_email("ann@localhost").as_deref(), Some("ann@localhost"));
    }
}
