//! Refunds: asked for once, then asked about.

use super::{
    answer::{text, word},
    api::{Api, unknown},
    checkout::is_store_currency,
    decimal,
    tran_id::short,
};
use crate::gateway::GatewayError;
use galley_domain::payment::{RefundAnswer, RefundIntent, RefundState};
use serde_json::Value;

/// Longest reason, in characters.
const REMARKS_MAX_CHARS: usize = 255;

/// A refund, ready to be asked for.
pub(super) struct Request {
    fields: [(&'static str, String); 5],
}

impl Request {
    pub(super) fn pairs(&self) -> Vec<(&str, &str)> {
        self.fields.iter().map(|(key, value)| (*key, value.as_str())).collect()
    }
}

/// What is sent for a refund, or why it can't be.
///
/// `refund_amount` has no currency beside it. A sale in another currency was converted to taka, and
/// nobody says which of the two is meant: so only taka are given back here, and the rest is for a
/// person at the merchant panel.
pub(super) fn request(intent: &RefundIntent) -> Result<Request, GatewayError> {
    let refused = |detail: String| Err(GatewayError::Refused { detail });
    let amount = intent.amount;
    if !is_store_currency(amount.currency) {
        return refused(format!(
            "SSLCommerz gives back BDT and the sale was in {}: do it in its merchant panel",
            amount.currency
        ));
    }
    if amount.minor <= 0 {
        return refused(format!("{amount} is not an amount that can be given back"));
    }
    let ours = short(intent.refund.0);
    let remarks: String = intent.reason.trim().chars().take(REMARKS_MAX_CHARS).collect();
    let fields = [
        ("bank_tran_id", intent.payment_ref.clone()),
        ("refund_amount", decimal::written(amount)),
        ("refund_remarks", if remarks.is_empty() { "Refund".to_owned() } else { remarks }),
        // The first is what older versions know; the second has been mandatory since February 2025.
        ("refe_id", ours.clone()),
        ("refund_trans_id", ours),
    ];
    Ok(Request { fields })
}

/// What became of the request.
pub(super) fn begun(api: &Api, answer: &Value) -> Result<RefundAnswer, GatewayError> {
    api.connected(answer)?;
    match word(answer, "status").as_str() {
        // Both mean that it was taken on, neither that money went back.
        "SUCCESS" | "PROCESSING" => Ok(RefundAnswer {
            external_id: text(answer, "refund_ref_id"),
            state: RefundState::Pending,
            detail: None,
        }),
        "FAILED" => Err(api.refused("no refund was begun", answer)),
        _ => Err(unknown("the answer has no status that we know")),
    }
}

/// How a refund stands that was begun.
pub(super) fn found(api: &Api, answer: &Value, external_id: &str) -> Result<RefundAnswer, GatewayError> {
    api.connected(answer)?;
    let state = match word(answer, "status").as_str() {
        "REFUNDED" => RefundState::Succeeded,
        "PROCESSING" => RefundState::Pending,
        "CANCELLED" => RefundState::Failed,
        _ => return Err(unknown("the answer has no status that we know")),
    };
    let said = || api.said(answer).unwrap_or_else(|| "SSLCommerz cancelled it".to_owned());
    let detail = (state == RefundState::Failed).then(said);
    Ok(RefundAnswer { external_id: Some(external_id.to_owned()), state, detail })
}

/// Why nobody can tell how a refund without a `refund_ref_id` stands.
pub(super) fn cannot_be_asked(intent: &RefundIntent) -> GatewayError {
    unknown(format!(
        "SSLCommerz cannot be asked about a refund by our id: look up refund_trans_id {} (bank_tran_id {}) in \
         its merchant panel",
        short(intent.refund.0),
        intent.payment_ref
    ))
}
