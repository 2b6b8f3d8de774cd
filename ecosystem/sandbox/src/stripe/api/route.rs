use super::{error::ApiError, form::Form, others, refunds, sessions};
use crate::stripe::{
    StripeOptions,
    control::{Kind, StripeControl, StripeMode},
    world::Shown,
};
use axum::http::Method;

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    CreateSession,
    ListSessions,
    Session(&'a str),
    ExpireSession(&'a str),
    CreateRefund,
    ListRefunds,
    Refund(&'a str),
    ListDisputes,
    Dispute(&'a str),
    PaymentIntent(&'a str),
    Charge(&'a str),
    ListEvents,
    Event(&'a str),
    Account,
}

impl<'a> Route<'a> {
    pub(super) fn of(method: &Method, path: &'a str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_end_matches('/').split('/').skip(2).collect();
        Some(match (method.as_str(), parts.as_slice()) {
            ("POST", ["checkout", "sessions"]) => Self::CreateSession,
            ("GET", ["checkout", "sessions"]) => Self::ListSessions,
            ("GET", ["checkout", "sessions", id]) => Self::Session(id),
            ("POST", ["checkout", "sessions", id, "expire"]) => Self::ExpireSession(id),
            ("POST", ["refunds"]) => Self::CreateRefund,
            ("GET", ["refunds"]) => Self::ListRefunds,
            ("GET", ["refunds", id]) => Self::Refund(id),
            ("GET", ["disputes"]) => Self::ListDisputes,
            ("GET", ["disputes", id]) => Self::Dispute(id),
            ("GET", ["payment_intents", id]) => Self::PaymentIntent(id),
            ("GET", ["charges", id]) => Self::Charge(id),
            ("GET", ["events"]) => Self::ListEvents,
            ("GET", ["events", id]) => Self::Event(id),
            ("GET", ["account"]) => Self::Account,
            _ => return None,
        })
    }

    pub(super) fn kind(self) -> Kind {
        match self {
            Self::CreateSession => Kind::Create,
            Self::ExpireSession(_) => Kind::Expire,
            Self::CreateRefund => Kind::Refund,
            Self::ListSessions | Self::ListRefunds | Self::ListDisputes | Self::ListEvents => Kind::List,
            Self::Session(_)
            | Self::Refund(_)
            | Self::Dispute(_)
            | Self::PaymentIntent(_)
            | Self::Charge(_)
            | Self::Event(_)
            | Self::Account => Kind::Read,
        }
    }

    /// Does it, and gives the object, JSON.
    pub(super) fn run(
        self,
        control: &StripeControl,
        options: &StripeOptions,
        query: &Form,
        form: &Form,
        mode: StripeMode,
    ) -> Result<String, ApiError> {
        control.world(|world| match self {
            Self::CreateSession => sessions::create(world, form),
            Self::ListSessions => sessions::list(world, query),
            Self::Session(id) => sessions::show(world, id),
            Self::ExpireSession(id) => sessions::expire(world, id),
            Self::CreateRefund => refunds::create(world, form, mode),
            Self::ListRefunds => refunds::list(world, query),
            Self::Refund(id) => Ok(world.refunds.find(id)?.text()),
            Self::ListDisputes => others::disputes(world, query),
            Self::Dispute(id) => Ok(world.disputes.find(id)?.text()),
            Self::PaymentIntent(id) => Ok(world.payments.find(id)?.text()),
            Self::Charge(id) => others::charge(world, id),
            Self::ListEvents => others::events(world, query),
            Self::Event(id) => others::event(world, id),
            Self::Account => Ok(others::account(options)),
        })
    }
}
