//! The order that a payment becomes, whether the rules found it fit or a member of staff did.

use crate::{
    article::Base,
    change::{Changes, Circumstance, NewOrder},
    error::StoreError,
};
use galley_domain::{
    id::{CustomerId, OrderId, PaymentId},
    payment::{Fit, ReviewReason, Unfit},
};
use std::collections::HashMap;
use uuid::Uuid;

/// A sale that fits, with the article that its backlink goes into.
pub(crate) struct Opening {
    fit: Fit,
    base: Option<Base>,
}

impl Opening {
    /// A backlink needs its article, which must be among `articles`.
    pub(crate) fn new(fit: Fit, articles: &HashMap<Uuid, Base>) -> Result<Self, Unfit> {
        let Some(article_id) = fit.brief.article_id else { return Ok(Self { fit, base: None }) };
        match articles.get(&article_id.0) {
            Some(base) => Ok(Self { fit, base: Some(base.clone()) }),
            None => Err(Unfit {
                reason: ReviewReason::UnknownArticle,
                detail: format!("there is no article {article_id}"),
            }),
        }
    }

    /// Whose order it is.
    pub(crate) fn email(&self) -> &str {
        &self.fit.email
    }

    /// Opens the order. The customer's id is among `customers`, which are by address.
    pub(crate) fn open(
        &self,
        changes: &mut Changes<'_>,
        payment: PaymentId,
        order: OrderId,
        customers: &HashMap<String, Uuid>,
        how: &Circumstance<'_>,
    ) -> Result<(), StoreError> {
        let customer = customers.get(self.email()).copied();
        let customer_id =
            customer.map(CustomerId).ok_or_else(|| StoreError::corrupt("customer", "not inserted"))?;
        let new = NewOrder {
            id: order,
            payment_id: payment,
            customer_id,
            email: self.fit.email.clone(),
            brief: self.fit.brief.clone(),
            amount: self.fit.paid,
            base: self.base.clone(),
        };
        changes.open(new, how);
        Ok(())
    }
}
