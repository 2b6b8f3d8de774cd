//! Whether what was paid is what we sell.

use super::{ReviewReason, email::parse_email};
use crate::{
    brief::{Brief, BriefInput},
    money::{Currency, Money},
    product::Offer,
};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// What a paid session says of its sale. Of a storefront's (somebody else created it) the metadata
/// hold the brief; of ours the brief was agreed on before.
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
    /// The gateway warns of the payment.
    pub risky: bool,
    /// When the session was made, by the gateway's clock: the price of that moment counts.
    pub created_at: Option<DateTime<Utc>>,
}

/// What was agreed on when one of our own checkouts was opened.
#[derive(Clone, Debug)]
pub struct Agreed {
    /// What was ordered.
    pub brief: Brief,
    /// The price of that moment.
    pub price: Money,
    /// Whom to write to.
    pub email: String,
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

/// Judges whether a sale can become an order; what cannot is kept for a person to decide.
///
/// One of ours (`agreed`) must have brought exactly what was agreed on. A storefront's is held
/// against the catalogue: the total less tax and shipping must reach a price that the product had
/// since the session was made, in its currency; the brief must parse; there must be somebody to
/// write to.
pub fn judge(sale: &Sale, agreed: Option<&Agreed>, catalogue: &[Offer]) -> Result<Fit, Unfit> {
    let fit = match agreed {
        Some(agreed) => judge_own(sale, agreed)?,
        None => judge_storefront(sale, catalogue)?,
    };
    if sale.risky {
        return unfit(ReviewReason::Risky, "the gateway asks to verify the customer first");
    }
    Ok(fit)
}

fn unfit<T>(reason: ReviewReason, detail: impl Into<String>) -> Result<T, Unfit> {
    Err(Unfit { reason, detail: detail.into() })
}

fn paid(sale: &Sale) -> Result<Money, Unfit> {
    match (sale.amount_total_minor, sale.currency) {
        (Some(minor), Some(currency)) => Ok(Money { minor, currency }),
        _ => unfit(ReviewReason::AmountUnknown, "the session has no amount or currency"),
    }
}

fn judge_own(sale: &Sale, agreed: &Agreed) -> Result<Fit, Unfit> {
    let paid = paid(sale)?;
    let detail = || format!("{paid}, agreed on were {}", agreed.price);
    if paid.currency != agreed.price.currency {
        return unfit(ReviewReason::WrongCurrency, detail());
    }
    if paid.minor != agreed.price.minor {
        return unfit(ReviewReason::AmountMismatch, detail());
    }
    Ok(Fit { brief: agreed.brief.clone(), paid, email: agreed.email.clone() })
}

fn judge_storefront(sale: &Sale, catalogue: &[Offer]) -> Result<Fit, Unfit> {
    let Some(code) = sale.metadata.get("product").map(|code| code.trim()).filter(|code| !code.is_empty())
    else {
        return unfit(ReviewReason::MissingProduct, "the session's metadata has no `product`");
    };
    let Some(offer) = catalogue.iter().find(|offer| offer.product.kind.as_str() == code) else {
        let code: String = code.chars().take(80).collect();
        return unfit(ReviewReason::UnknownProduct, format!("`{code}`"));
    };
    let paid = paid(sale)?;
    let (currency, price) = (paid.currency, offer.product.price);
    let least = offer.prices(sale.created_at).filter(|price| price.currency == currency);
    let Some(least) = least.map(|price| price.minor).min() else {
        return unfit(ReviewReason::WrongCurrency, format!("{paid} for a price of {price}"));
    };
    let net = paid.minor.saturating_sub(sale.amount_tax_minor).saturating_sub(sale.amount_shipping_minor);
    if net < least {
        let (net, least) = (Money { minor: net, currency }, Money { minor: least, currency });
        return unfit(ReviewReason::AmountTooSmall, format!("{net} for a price of {least}"));
    }
    let Some(email) = sale.email.as_deref().and_then(parse_email) else {
        return unfit(ReviewReason::NoEmail, "the session has no e-mail address that can be used");
    };
    match Brief::parse(BriefInput::from_metadata(&sale.metadata)) {
        Ok(brief) => Ok(Fit { brief, paid, email }),
        Err(errors) => {
            let detail: Vec<_> = errors.iter().map(|e| format!("{}: {}", e.field, e.message)).collect();
            unfit(ReviewReason::UnusableBrief, detail.join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        brief::ProductKind,
        product::{FormerPrice, Product},
        quality::QualitySettings,
    };

    fn usd(minor: i64) -> Money {
        Money { minor, currency: Currency::USD }
    }

    fn catalogue() -> Vec<Offer> {
        let product = Product {
            kind: ProductKind::Article,
            title: "Article".to_owned(),
            price: usd(12_900),
            quality: QualitySettings::default(),
        };
        vec![product.into()]
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
        judge(sale, None, &catalogue()).unwrap_err().reason
    }

    #[test]
    fn the_exact_price_fits_and_the_address_is_normalised() {
        let fit = judge(&sale(), None, &catalogue()).unwrap();
        assert_eq!((fit.email.as_str(), fit.paid.minor), ("ann@example.com", 12_900));
    }

    #[test]
    fn tax_and_shipping_do_not_count_towards_the_price() {
        let taxed = Sale { amount_total_minor: Some(14_000), amount_tax_minor: 1_000, ..sale() };
        assert!(judge(&taxed, None, &catalogue()).is_ok());
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
    fn a_session_may_bring_any_price_that_was_asked_since_it_was_made() {
        let day = |day: i64| DateTime::from_timestamp(1_767_225_600 + day * 86_400, 0).unwrap();
        let mut offers = catalogue();
        // 99.00 until day 10, 149.00 until day 20, 129.00 since.
        offers[0].former = vec![
            FormerPrice { price: usd(9_900), until: day(10) },
            FormerPrice { price: usd(14_900), until: day(20) },
        ];
        let judged = |made: Option<i64>, minor: i64| {
            let sale = Sale { amount_total_minor: Some(minor), created_at: made.map(day), ..sale() };
            judge(&sale, None, &offers).map(|fit| fit.paid.minor).map_err(|unfit| unfit.reason)
        };
        assert_eq!(judged(Some(9), 9_900), Ok(9_900));
        assert_eq!(judged(Some(10), 9_900), Err(ReviewReason::AmountTooSmall));
        assert_eq!(judged(Some(15), 14_900), Ok(14_900));
        assert_eq!(judged(Some(15), 12_900), Ok(12_900));
        assert_eq!(judged(Some(25), 12_899), Err(ReviewReason::AmountTooSmall));
        assert_eq!(judged(None, 9_900), Err(ReviewReason::AmountTooSmall));
        assert_eq!(judged(None, 12_900), Ok(12_900));
    }

    #[test]
    fn amounts_that_would_overflow_are_too_small_rather_than_a_crash() {
        let odd = Sale { amount_total_minor: Some(i64::MIN), amount_tax_minor: i64::MAX, ..sale() };
        assert_eq!(reason(&odd), ReviewReason::AmountTooSmall);
    }

    #[test]
    fn our_own_checkout_must_bring_exactly_what_was_agreed_on() {
        let fit = judge(&sale(), None, &catalogue()).unwrap();
        let price = Money { minor: 9_900, currency: Currency::USD };
        let agreed = Agreed { brief: fit.brief, price, email: "bob@example.com".to_owned() };
        let own = |minor, currency: &str| Sale {
            amount_total_minor: Some(minor),
            currency: currency.parse().ok(),
            ..Sale::default()
        };
        let judged = |sale: &Sale| judge(sale, Some(&agreed), &[]).map_err(|unfit| unfit.reason);
        let fit = judged(&own(9_900, "usd")).unwrap();
        assert_eq!((fit.email.as_str(), fit.paid.minor), ("bob@example.com", 9_900));
        for minor in [9_899, 9_901, 0, -9_900] {
            assert_eq!(judged(&own(minor, "usd")).unwrap_err(), ReviewReason::AmountMismatch, "{minor}");
        }
        assert_eq!(judged(&own(9_900, "eur")).unwrap_err(), ReviewReason::WrongCurrency);
        assert_eq!(judged(&Sale::default()).unwrap_err(), ReviewReason::AmountUnknown);
        let risky = Sale { risky: true, ..own(9_900, "usd") };
        assert_eq!(judged(&risky).unwrap_err(), ReviewReason::Risky);
    }
}
