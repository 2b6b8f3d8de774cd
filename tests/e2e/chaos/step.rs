//! What may happen to a shop.

use galley_sandbox::stripe::StripeMode;
use proptest::prelude::*;

/// One thing that happens. Numbers choose among what there is, modulo how much that is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A customer opens a checkout.
    Checkout,
    /// The same request once more, under the same key.
    CheckoutAgain,
    /// Somebody else's storefront makes a session; every other one is worth too little.
    Storefront,
    Pay(usize),
    PayLater(usize),
    MoneyArrives(usize),
    MoneyFails(usize),
    /// A second payment for a session.
    PayAgain(usize),
    Decline(usize),
    Expire(usize),
    /// Every event once more.
    Redeliver,
    /// How events come from now on.
    Webhooks(Webhooks),
    /// The gateways are asked now.
    Reconcile,
    /// Somebody looks at the page that the gateway sends them back to.
    SuccessPage(usize),
    /// Staff refund: all that is left, or a little.
    Refund(usize, bool),
    /// The same at Stripe's dashboard.
    DashboardRefund(usize, bool),
    /// A refund comes back.
    RefundFails(usize),
    Dispute(usize),
    CloseDispute(usize, Verdict),
    /// Staff let a payment in review pass.
    Release(usize),
    Dismiss(usize),
    /// Stripe misbehaves for the next two requests.
    Fault(StripeMode),
    /// Galley starts again, and dies the first time that it comes to this place.
    CrashAt(&'static str),
    /// Every process is killed and started again.
    Kill,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Webhooks {
    Usual,
    Off,
    Doubled,
    Reordered,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Verdict {
    Won,
    Lost,
    WarningClosed,
}

impl Verdict {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Won => "won",
            Self::Lost => "lost",
            Self::WarningClosed => "warning_closed",
        }
    }
}

/// Every named place between two steps that concern money.
pub(super) const PLACES: [&str; 15] = [
    "checkout.before-gateway",
    "checkout.after-gateway",
    "checkout.after-recorded",
    "webhook.before-receive",
    "webhook.after-receive",
    "settle.before-commit",
    "settle.after-commit",
    "observe.before-commit",
    "observe.after-commit",
    "checkout-create.before-gateway",
    "checkout-create.after-gateway",
    "refund.before-gateway",
    "refund.after-gateway",
    "reconcile.after-list",
    "reconcile.before-observe",
];

const FAULTS: [StripeMode; 8] = [
    StripeMode::Stored500,
    StripeMode::Stored500After,
    StripeMode::LostAnswer,
    StripeMode::Status503,
    StripeMode::RateLimited,
    StripeMode::Reset,
    StripeMode::Garbage,
    StripeMode::RefundPending,
];

/// Anything, also dying.
pub(super) fn any() -> impl Strategy<Value = Step> {
    prop_oneof![
        30 => quiet(),
        5 => proptest::sample::select(&PLACES[..]).prop_map(Step::CrashAt),
        1 => Just(Step::Kill),
    ]
}

/// Anything but dying.
pub(super) fn quiet() -> impl Strategy<Value = Step> {
    let n = 0_usize..1_000;
    let webhooks = proptest::sample::select(
        &[Webhooks::Usual, Webhooks::Usual, Webhooks::Off, Webhooks::Doubled, Webhooks::Reordered][..],
    );
    let verdict = proptest::sample::select(&[Verdict::Won, Verdict::Lost, Verdict::WarningClosed][..]);
    prop_oneof![
        6 => Just(Step::Checkout),
        1 => Just(Step::CheckoutAgain),
        6 => Just(Step::Storefront),
        10 => n.clone().prop_map(Step::Pay),
        2 => n.clone().prop_map(Step::PayLater),
        2 => n.clone().prop_map(Step::MoneyArrives),
        1 => n.clone().prop_map(Step::MoneyFails),
        2 => n.clone().prop_map(Step::PayAgain),
        1 => n.clone().prop_map(Step::Decline),
        1 => n.clone().prop_map(Step::Expire),
        2 => Just(Step::Redeliver),
        3 => webhooks.prop_map(Step::Webhooks),
        4 => Just(Step::Reconcile),
        2 => n.clone().prop_map(Step::SuccessPage),
        4 => (n.clone(), proptest::bool::ANY).prop_map(|(n, all)| Step::Refund(n, all)),
        2 => (n.clone(), proptest::bool::ANY).prop_map(|(n, all)| Step::DashboardRefund(n, all)),
        1 => n.clone().prop_map(Step::RefundFails),
        2 => n.clone().prop_map(Step::Dispute),
        2 => (n.clone(), verdict).prop_map(|(n, verdict)| Step::CloseDispute(n, verdict)),
        4 => n.clone().prop_map(Step::Release),
        1 => n.prop_map(Step::Dismiss),
        3 => proptest::sample::select(&FAULTS[..]).prop_map(Step::Fault),
    ]
}
