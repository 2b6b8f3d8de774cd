//! Refunds: what may go back, and what has.

use super::{Gateway, RefundState};
use crate::{id::RefundId, money::Money};
use chrono::{DateTime, Utc};

/// What a gateway is asked to give back.
#[derive(Clone, Debug)]
pub struct RefundIntent {
    /// Ours; travels in the gateway's metadata.
    pub refund: RefundId,
    /// Whom to ask.
    pub gateway: Gateway,
    /// Counts from 1; a new one only when the key of the last is known to be spent.
    pub attempt: i32,
    /// The gateway's id of the payment.
    pub payment_ref: String,
    /// The gateway's id of the refund, once it gave one.
    pub external_id: Option<String>,
    /// How much goes back.
    pub amount: Money,
    /// Why, in words.
    pub reason: String,
    /// Where it stands: an open one is asked for, an accepted one is asked about.
    pub state: RefundState,
    /// When it was asked for here.
    pub created_at: DateTime<Utc>,
}

impl RefundIntent {
    /// The idempotency key: the same for every try of one attempt, whoever makes it.
    pub fn idempotency_key(&self) -> String {
        format!("refund:{}:{}", self.refund, self.attempt)
    }
}

/// What a gateway says of a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundAnswer {
    /// Its id there.
    pub external_id: Option<String>,
    /// Where it stands.
    pub state: RefundState,
    /// Why it was refused, for staff.
    pub detail: Option<String>,
}

/// What of a payment goes back, all refunds together. Minor units of its currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Returned {
    /// What was paid.
    pub paid_minor: i64,
    /// Asked for, not taken on yet.
    pub open_minor: i64,
    /// Taken on by the gateway.
    pub accepted_minor: i64,
    /// What the gateway says went back in all: it may know of refunds that we don't.
    pub reported_minor: i64,
}

impl Returned {
    /// Adds up the refunds of a payment: state and minor units of each.
    pub fn of(
        paid_minor: i64,
        reported_minor: i64,
        refunds: impl IntoIterator<Item = (RefundState, i64)>,
    ) -> Self {
        let mut sum = Self { paid_minor, reported_minor, ..Self::default() };
        for (state, minor) in refunds {
            if state.is_open() {
                sum.open_minor = sum.open_minor.saturating_add(minor);
            } else if state.is_accepted() {
                sum.accepted_minor = sum.accepted_minor.saturating_add(minor);
            }
        }
        sum
    }

    /// What is gone, by the higher of the two accounts.
    pub fn gone_minor(&self) -> i64 {
        self.accepted_minor.max(self.reported_minor)
    }

    /// What may still be asked for. Never below zero.
    pub fn left_minor(&self) -> i64 {
        self.paid_minor.saturating_sub(self.gone_minor()).saturating_sub(self.open_minor).max(0)
    }

    /// Whether the whole payment is gone.
    pub fn is_full(&self) -> bool {
        self.gone_minor() >= self.paid_minor
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_asked_for_is_reserved_and_what_was_refused_is_free_again() {
        use RefundState::{Failed, Pending, Requested, Succeeded, Unknown};
        let of = |refunds: &[(RefundState, i64)]| Returned::of(100, 0, refunds.iter().copied());
        assert_eq!(of(&[]).left_minor(), 100);
        assert_eq!(of(&[(Requested, 30), (Unknown, 30)]).left_minor(), 40);
        assert_eq!(of(&[(Pending, 60), (Succeeded, 40)]).left_minor(), 0);
        assert!(of(&[(Pending, 60), (Succeeded, 40)]).is_full());
        assert!(!of(&[(Pending, 60), (Requested, 40)]).is_full());
        assert_eq!(of(&[(Failed, 100)]).left_minor(), 100);
    }

    #[test]
    fn refunds_that_only_the_gateway_knows_count_too() {
        let sum = Returned::of(100, 70, [(RefundState::Succeeded, 50)]);
        assert_eq!((sum.gone_minor(), sum.left_minor()), (70, 30));
    }

    proptest! {
        #[test]
        fn granting_what_is_left_never_gives_back_more_than_was_paid(
            paid in 0_i64..1_000_000,
            wishes in proptest::collection::vec((0_i64..1_000_000, 0_u8..4), 0..20),
        ) {
            let mut refunds: Vec<(RefundState, i64)> = Vec::new();
            for (wish, fate) in wishes {
                let left = Returned::of(paid, 0, refunds.iter().copied()).left_minor();
                if wish > 0 && wish <= left {
                    let states = [
                        RefundState::Requested,
                        RefundState::Pending,
                        RefundState::Succeeded,
                        RefundState::Failed,
                    ];
                    refunds.push((states[usize::from(fate)], wish));
                }
                let sum = Returned::of(paid, 0, refunds.iter().copied());
                prop_assert!(sum.open_minor + sum.accepted_minor <= paid);
            }
        }
    }
}
