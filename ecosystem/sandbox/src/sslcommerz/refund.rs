use super::{
    action::SslcommerzActionError,
    control::SslcommerzMode,
    desk::Desk,
    draw,
    lookup::unconnected,
    money,
    sign::{Form, value},
    view::SslcommerzRefundStatus,
};
use serde_json::{Value, json};

/// Longest `refe_id` and `refund_remarks`, in characters.
const TEXT_MAX_CHARS: usize = 255;

/// Initiates a refund. There is no idempotency: the same request twice is two refunds.
pub(super) fn initiate(desk: &Desk, form: &Form, mode: SslcommerzMode) -> Value {
    let field = |name| value(form, name);
    for name in ["bank_tran_id", "refund_amount", "refund_remarks", "refe_id"] {
        if field(name).is_empty() || field(name).chars().count() > TEXT_MAX_CHARS {
            return unconnected("INVALID_REQUEST");
        }
    }
    let bank_tran_id = field("bank_tran_id");
    let refused = |reason: &str| refusal(bank_tran_id, reason);
    if mode == SslcommerzMode::RefundFailed {
        return refused("The bank does not take refunds just now (SANDBOX)");
    }
    let Some(amount) = money::parse(field("refund_amount")).filter(|amount| *amount > 0) else {
        return refused("Invalid refund amount");
    };
    let now = desk.now();
    let mut world = desk.world();
    let paid =
        world.attempts.iter().find(|attempt| attempt.status.paid() && attempt.bank_tran_id == bank_tran_id);
    let Some(paid) = paid.cloned() else {
        return refused("Transaction not found");
    };
    let refunded = world.refunded(bank_tran_id);
    if refunded.checked_add(amount).is_none_or(|sum| sum > paid.session.order.price.amount) {
        return refused("Refund amount exceeds the amount of the transaction");
    }
    let refund = world.refund(&paid, amount, field("refe_id"), now);
    let status = if mode == SslcommerzMode::RefundProcessing {
        refund.status = SslcommerzRefundStatus::Processing;
        "processing"
    } else {
        "success"
    };
    json!({
        "APIConnect": "DONE",
        "bank_tran_id": bank_tran_id,
        "trans_id": refund.tran_id,
        "refund_ref_id": refund.ref_id,
        "status": status,
        "errorReason": "",
    })
}

fn refusal(bank_tran_id: &str, reason: &str) -> Value {
    json!({
        "APIConnect": "DONE",
        "bank_tran_id": bank_tran_id,
        "trans_id": "",
        "refund_ref_id": "",
        "status": "failed",
        "errorReason": reason,
    })
}

/// Tells how far a refund is. One that was accepted is `processing` the first time and `refunded`
/// from then on.
pub(super) fn query(desk: &Desk, form: &Form, _mode: SslcommerzMode) -> Value {
    let ref_id = value(form, "refund_ref_id");
    let now = desk.now();
    let mut world = desk.world();
    let Some(refund) = world.refunds.iter_mut().find(|refund| refund.ref_id == ref_id) else {
        return unconnected("INVALID_REQUEST");
    };
    let status = match refund.status {
        SslcommerzRefundStatus::Accepted | SslcommerzRefundStatus::Processing => "processing",
        SslcommerzRefundStatus::Refunded => "refunded",
        SslcommerzRefundStatus::Cancelled => "cancelled",
    };
    let answer = json!({
        "APIConnect": "DONE",
        "bank_tran_id": refund.bank_tran_id,
        "trans_id": refund.tran_id,
        "refund_ref_id": ref_id,
        "initiated_on": draw::date(refund.initiated),
        "refunded_on": refund.refunded.map(draw::date).unwrap_or_default(),
        "status": status,
        "errorReason": "",
    });
    if refund.status == SslcommerzRefundStatus::Accepted {
        refund.status = SslcommerzRefundStatus::Refunded;
        refund.refunded = Some(now);
    }
    answer
}

impl Desk {
    /// Ends a refund that is on its way.
    pub(super) fn refund_done(&self, ref_id: &str) -> Result<(), SslcommerzActionError> {
        self.end_refund(ref_id, SslcommerzRefundStatus::Refunded)
    }

    /// Takes a refund back, even one that was done.
    pub(super) fn refund_cancelled(&self, ref_id: &str) -> Result<(), SslcommerzActionError> {
        self.end_refund(ref_id, SslcommerzRefundStatus::Cancelled)
    }

    fn end_refund(&self, ref_id: &str, end: SslcommerzRefundStatus) -> Result<(), SslcommerzActionError> {
        use SslcommerzRefundStatus::{Cancelled, Refunded};
        let now = self.now();
        let mut world = self.world();
        let found = world.refunds.iter_mut().find(|refund| refund.ref_id == ref_id);
        let refund = found.ok_or_else(|| SslcommerzActionError::UnknownRefund(ref_id.to_owned()))?;
        if refund.status == Cancelled || refund.status == end {
            return Err(SslcommerzActionError::RefundOver(ref_id.to_owned()));
        }
        refund.status = end;
        refund.refunded = (end == Refunded).then_some(now);
        Ok(())
    }
}
