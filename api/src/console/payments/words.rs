//! Payments in words for staff.

use galley_domain::payment::{PaymentState, RefundState, ReviewReason};

/// A state with the class of its dot.
pub(super) struct State {
    pub(super) class: &'static str,
    pub(super) word: &'static str,
}

pub(super) const fn payment_state(state: PaymentState) -> State {
    let (class, word) = match state {
        PaymentState::Paid => ("ok", "Became an order"),
        PaymentState::NeedsReview => ("warn", "In review"),
        PaymentState::Duplicate => ("quiet", "Second payment"),
        PaymentState::Dismissed => ("quiet", "Set aside"),
    };
    State { class, word }
}

pub(super) const fn refund_state(state: RefundState) -> State {
    let (class, word) = match state {
        RefundState::Requested => ("busy", "Asked for"),
        RefundState::Unknown => ("busy", "Asked for, no answer yet"),
        RefundState::Pending => ("busy", "On its way"),
        RefundState::Succeeded => ("ok", "Returned"),
        RefundState::Failed => ("bad", "Failed"),
    };
    State { class, word }
}

/// Why a payment did not become an order by itself, and what that asks of a person.
pub(super) const fn why(reason: ReviewReason) -> &'static str {
    match reason {
        ReviewReason::AmountTooSmall => "Less was paid than the product costs.",
        ReviewReason::AmountUnknown => "The gateway did not say how much was paid. Look it up there.",
        ReviewReason::WrongCurrency => "It was paid in another currency than the product’s.",
        ReviewReason::MissingProduct => "The session names no product. Say below what was bought.",
        ReviewReason::UnknownProduct => {
            "The session names a product that is not sold here. Say below what was bought."
        }
        ReviewReason::UnusableBrief => "The brief cannot be worked with. Complete it below.",
        ReviewReason::NoEmail => "There is no address to write to. Add one below.",
        ReviewReason::UnknownArticle => "The article for the link is not known. Name another below.",
        ReviewReason::AmountMismatch => "Another amount was paid than the one agreed on.",
        ReviewReason::Risky => "The gateway asks to verify the customer before anything is delivered.",
    }
}
