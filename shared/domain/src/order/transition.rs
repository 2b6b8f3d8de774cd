//! Putting a transition together.

use super::{
    Alert, AskedBy, Decision, EventKind, Failure, JobsEffect, NewJob, Order, OrderStatus, Transition,
    decide::PRIORITY_NORMAL,
};
use crate::{job::JobKind, mail::MailKind};

impl Transition {
    pub(super) fn of(next: Order, event: EventKind) -> Self {
        Self { next, event, jobs: Vec::new(), mails: Vec::new(), alert: None, other_jobs: None }
    }

    /// Leaves the order as it is: something that happened beside it.
    pub(super) fn fact(order: &Order, event: EventKind) -> Self {
        Self::of(order.clone(), event)
    }

    /// Whatever leads to a status ends a publication, clears an old failure, and starts a new wait.
    pub(super) fn to(order: &Order, to: OrderStatus, event: EventKind) -> Self {
        let next = Order {
            status: to,
            publishing: false,
            failure: None,
            step: to.step().unwrap_or(order.step),
            nudges: 0,
            ..order.clone()
        };
        Self::of(next, event)
    }

    pub(super) fn run(mut self, asked_by: AskedBy) -> Self {
        self.next.run += 1;
        self.next.asked_by = asked_by;
        self
    }

    pub(super) fn new_version(mut self) -> Self {
        self.next.current_version = Some(self.next.current_version.unwrap_or(0) + 1);
        self
    }

    pub(super) fn publish(mut self) -> Self {
        self.next.publishing = true;
        self.job(JobKind::Publication, PRIORITY_NORMAL)
    }

    pub(super) fn failure(mut self, failure: Failure) -> Self {
        self.next.failure = Some(failure);
        self
    }

    pub(super) fn job(mut self, kind: JobKind, priority: i16) -> Self {
        self.jobs.push(NewJob { kind, priority });
        self
    }

    pub(super) fn mail(mut self, mail: MailKind) -> Self {
        self.mails.push(mail);
        self
    }

    pub(super) fn alert(mut self, alert: Alert) -> Self {
        self.alert = Some(alert);
        self
    }

    pub(super) fn jobs(mut self, effect: JobsEffect) -> Self {
        self.other_jobs = Some(effect);
        self
    }

    pub(super) fn done(self) -> Decision {
        Decision::Transition(Box::new(self))
    }
}
