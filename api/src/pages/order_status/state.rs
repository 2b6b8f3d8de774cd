//! Where an order stands, as its customer sees it: one page of its own for each.

use crate::pages::facts::noun;
use galley_domain::order::{AskedBy, EventKind, Failure, OrderStatus};
use galley_store::{OrderEvent, OrderPage, OrderView};

/// What the page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Writing,
    Revising,
    Ready,
    WithEditor,
    Publishing,
    Published,
    Failed,
    Cancelled,
    Refunded,
    /// A dispute over its payment is open, wherever it stands.
    OnHold,
}

impl State {
    pub(super) fn of(order: &OrderView) -> Self {
        match order.status {
            OrderStatus::Refunded => Self::Refunded,
            _ if order.frozen => Self::OnHold,
            OrderStatus::Processing if order.version.is_some() => Self::Revising,
            OrderStatus::Processing => Self::Writing,
            OrderStatus::QualityCheck => Self::Ready,
            OrderStatus::AdminReview if order.publishing => Self::Publishing,
            OrderStatus::AdminReview => Self::WithEditor,
            OrderStatus::Completed => Self::Published,
            OrderStatus::Failed if order.failure == Some(Failure::Cancelled) => Self::Cancelled,
            OrderStatus::Failed => Self::Failed,
        }
    }

    /// It goes on by itself: a browser without scripts asks again.
    pub(super) const fn goes_on_by_itself(self) -> bool {
        matches!(self, Self::Writing | Self::Revising | Self::Publishing)
    }

    /// It came to an end before its last step.
    pub(super) const fn is_stopped(self) -> bool {
        matches!(self, Self::Failed | Self::Cancelled | Self::Refunded)
    }

    /// The colour of its headline's mark.
    pub(super) const fn tone(self) -> &'static str {
        match self {
            Self::Published => "ok",
            Self::Ready => "yours",
            Self::OnHold => "warn",
            Self::Failed | Self::Cancelled => "bad",
            Self::Writing | Self::Revising | Self::WithEditor | Self::Publishing | Self::Refunded => "calm",
        }
    }
}

/// What happened, and what happens next and when.
pub(super) struct Headline {
    pub(super) title: String,
    pub(super) lines: Vec<String>,
}

/// `usual` is how long writing takes of late: `4 to 9 minutes`.
pub(super) fn headline(page: &OrderPage, state: State, usual: &str) -> Headline {
    let order = &page.order;
    let noun = noun(Some(&order.brief));
    let backlink = noun == "link";
    let delayed = order.jobs.iter().any(|job| job.state == "delayed");
    let again = || "The first try didn’t work out; we try again in a moment.".to_owned();
    let say = |title: String, lines: Vec<String>| Headline { title, lines };
    match state {
        State::Writing => {
            let title = if backlink { "is being placed" } else { "is being written" };
            let mut lines =
                vec![format!("This usually takes {usual}. We’ll mail you when you can read it; you can close this page.")];
            lines.extend(delayed.then(again));
            say(format!("Your {noun} {title}"), lines)
        }
        State::Revising => {
            let whose = if asked_by(page) == AskedBy::Staff { "The editor’s" } else { "Your" };
            let mut lines = vec![
                format!("This usually takes {usual}. We’ll mail you when the new version is ready; you can close this page."),
                "The version you have stays here to read meanwhile.".to_owned(),
            ];
            lines.extend(delayed.then(again));
            say(format!("{whose} changes are being made"), lines)
        }
        State::Ready if is_sent_back(order, state) => {
            let next = "Ask for these changes below, as they stand or in your own words. \
                        Or send it to the editor once more if you see it differently.";
            say("The editor asks for changes".to_owned(), vec![next.to_owned()])
        }
        State::Ready => {
            let read = if backlink { "See where it stands" } else { "Read it" };
            let next = format!(
                "{read}, then send it to the editor, who publishes it. Or ask for changes, as often as you like."
            );
            say(format!("Your {noun} is ready for you"), vec![next])
        }
        State::WithEditor => {
            let next = "The editor reads it once more before it is published, usually within one working day. \
                        We’ll mail you either way; until then you can take it back.";
            let mut lines = vec![next.to_owned()];
            if submitted(page).is_some_and(|event| event.kind == EventKind::AutoSubmitted) {
                lines.insert(0, "All checks had passed and we hadn’t heard from you, so we sent it on.".to_owned());
            }
            say(format!("Your {noun} is with the editor"), lines)
        }
        State::Publishing => {
            let next = "The editor has approved it. This usually takes a minute; we’ll mail you the public link.";
            say(format!("Your {noun} is being published"), vec![next.to_owned()])
        }
        State::Published if backlink => {
            say("Your link is live".to_owned(), vec!["Everybody can see it now, and follow it.".to_owned()])
        }
        State::Published => {
            say("Your article is published".to_owned(), vec!["Everybody can read it now.".to_owned()])
        }
        State::Failed | State::Cancelled => stopped(page, state, noun),
        State::Refunded => refunded(page),
        State::OnHold => say(
            "Your order is on hold".to_owned(),
            vec![
                "Your bank is asking about the payment (a dispute). Until it has decided, nothing moves here; \
                 what is written stays for you to read."
                    .to_owned(),
                "If that was a mistake, tell your bank, and we go on where we stopped.".to_owned(),
            ],
        ),
    }
}

fn stopped(page: &OrderPage, state: State, noun: &str) -> Headline {
    let mut lines: Vec<String> = page.order.reason.iter().map(|reason| sentence(reason)).collect();
    let title = if state == State::Cancelled {
        "Your order was cancelled".to_owned()
    } else {
        let what = if noun == "link" { "place your link" } else { "finish your article" };
        format!("We couldn’t {what}")
    };
    lines.push(if page.refund_open {
        "Nothing more is charged. Your money is on its way back to you; we’ll mail you when it has gone out."
            .to_owned()
    } else if state == State::Cancelled {
        "Nothing more is charged. We’ll mail you about your money.".to_owned()
    } else {
        "Nothing more is charged. Somebody here has been told, and will try again or give your money back; \
         we’ll mail you either way."
            .to_owned()
    });
    Headline { title, lines }
}

fn refunded(page: &OrderPage) -> Headline {
    let by_bank = page
        .history
        .events
        .iter()
        .any(|event| event.kind == EventKind::DisputeClosed && event.to == OrderStatus::Refunded);
    let line = if by_bank {
        format!("Your bank has given you back {}. The order has ended.", page.order.amount)
    } else {
        format!(
            "{} went back the way you paid, through {}. Banks usually show it within 5 to 10 days. \
             The order has ended.",
            page.order.amount,
            crate::pages::facts::gateway_name(page.gateway),
        )
    };
    Headline { title: "Your money is on its way back".to_owned(), lines: vec![line] }
}

/// Whether it is with the customer because the editor wants changes.
pub(super) fn is_sent_back(order: &OrderView, state: State) -> bool {
    state == State::Ready && order.notice.as_ref().is_some_and(|notice| notice.code == "changes_requested")
}

/// Who asked for the run under way.
fn asked_by(page: &OrderPage) -> AskedBy {
    let staff = asked(page).is_some_and(|event| event.kind == EventKind::ChangesRequested);
    if staff { AskedBy::Staff } else { AskedBy::Customer }
}

/// What began the run under way, if it is a revision.
pub(super) fn asked(page: &OrderPage) -> Option<&OrderEvent> {
    let began = |event: &&OrderEvent| {
        matches!(event.kind, EventKind::RevisionRequested | EventKind::ChangesRequested)
            && event.to == OrderStatus::Processing
            && event.run == page.order.run
    };
    page.history.events.iter().find(began)
}

/// How it last came to the editor.
pub(super) fn submitted(page: &OrderPage) -> Option<&OrderEvent> {
    let kinds = [EventKind::Submitted, EventKind::AutoSubmitted];
    page.history.events.iter().find(|event| kinds.contains(&event.kind))
}

/// A reason as a sentence of its own.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    let mut sentence: String = first.to_uppercase().chain(chars).collect();
    if !sentence.ends_with(['.', '!', '?', '…']) {
        sentence.push('.');
    }
    sentence
}
