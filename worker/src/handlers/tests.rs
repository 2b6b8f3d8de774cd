//! The handlers that ask payment gateways: every kind of answer.

mod checkouts;
mod publications;
mod refetches;
mod refunds;

use super::JobError;
use galley_integrations::gateway::GatewayError;
use galley_store::Outcome;
use std::time::Duration;

fn not_done() -> GatewayError {
    GatewayError::NotDone { detail: "HTTP 429".to_owned(), after: Some(Duration::from_secs(7)) }
}

fn unknown() -> GatewayError {
    GatewayError::Unknown { detail: "no answer in time".to_owned() }
}

fn replayed() -> GatewayError {
    GatewayError::Replayed { detail: "HTTP 500".to_owned() }
}

fn refused() -> GatewayError {
    GatewayError::Refused { detail: "HTTP 400".to_owned() }
}

fn done(outcome: &Result<Outcome, JobError>) -> bool {
    matches!(outcome, Ok(Outcome::Done))
}

/// Whether the job runs again.
fn again(outcome: &Result<Outcome, JobError>) -> bool {
    outcome.as_ref().is_err_and(|error| !error.discard)
}

/// Whether it does, after what the gateway asked for.
fn again_after(outcome: &Result<Outcome, JobError>, pause: Option<Duration>) -> bool {
    again(outcome) && outcome.as_ref().is_err_and(|error| error.retry_after == pause)
}
