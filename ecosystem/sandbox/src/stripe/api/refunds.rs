use super::{error::ApiError, form::Form, list::Window, sessions::read_metadata};
use crate::stripe::{
    control::StripeMode,
    world::{RefundOrder, RefundPath, World},
};

const URL: &str = "/v1/refunds";
const REASONS: [&str; 3] = ["duplicate", "fraudulent", "requested_by_customer"];
const PARAMS: [&str; 10] = [
    "amount",
    "charge",
    "currency",
    "customer",
    "expand",
    "instructions_email",
    "metadata",
    "origin",
    "payment_intent",
    "reason",
];

/// `POST /v1/refunds`.
pub(super) fn create(world: &mut World, form: &Form, mode: StripeMode) -> Result<String, ApiError> {
    if let Some(stranger) = form.stranger(&PARAMS) {
        return Err(ApiError::unknown(stranger));
    }
    let payment_intent = match (form.get("payment_intent"), form.get("charge")) {
        (Some(intent), _) => intent.to_owned(),
        (None, Some(charge)) => of_charge(world, charge)?,
        (None, None) => {
            let message =
                "One of the following params should be provided for this request: payment_intent or charge.";
            return Err(ApiError::new(400, "invalid_request_error", message).code("parameter_missing"));
        }
    };
    let amount = form.get("amount").map(|text| {
        let amount = text.parse::<i64>().ok().filter(|amount| *amount > 0);
        amount.ok_or_else(|| ApiError::invalid(format!("Invalid positive integer: {text}"), "amount"))
    });
    let reason = form.get("reason");
    if reason.is_some_and(|reason| !REASONS.contains(&reason)) {
        let message = "Invalid reason: must be one of duplicate, fraudulent, or requested_by_customer";
        return Err(ApiError::invalid(message, "reason"));
    }
    let order = RefundOrder {
        payment_intent,
        amount: amount.transpose()?,
        reason: reason.map(str::to_owned),
        metadata: read_metadata(form, "metadata")?,
        path: match mode {
            StripeMode::RefundPending => RefundPath::Waits,
            StripeMode::RefundFailed => RefundPath::Fails,
            _ => RefundPath::Succeeds,
        },
    };
    world
        .payments
        .find(&order.payment_intent)
        .map_err(|refusal| ApiError::from(refusal).about("payment_intent"))?;
    Ok(world.refund(order)?.object().to_string())
}

fn of_charge(world: &World, charge: &str) -> Result<String, ApiError> {
    let payment = world.payments.all().iter().find(|payment| payment.charge == charge);
    let payment = payment.ok_or_else(|| {
        ApiError::invalid(format!("No such charge: '{charge}'"), "charge").code("resource_missing")
    })?;
    Ok(payment.payment_intent.clone())
}

/// `GET /v1/refunds`.
pub(super) fn list(world: &World, query: &Form) -> Result<String, ApiError> {
    let window = Window::read(query, &["payment_intent", "charge"])?;
    let (intent, charge) = (query.get("payment_intent"), query.get("charge"));
    window.page(&world.refunds, URL, |refund| {
        intent.is_none_or(|intent| refund.payment_intent == intent)
            && charge.is_none_or(|charge| refund.charge == charge)
    })
}
