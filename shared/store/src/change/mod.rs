//! One change of the world, gathered and then written.
//!
//! `settle`, `apply` and `finish` load rows, ask the domain what to do, and put the answer into
//! [`Changes`]. [`Changes::flush`] writes everything in one statement per table, however many
//! orders took part. No other module writes `orders`, `order_event`, `content_version`, `email`, or
//! inserts into `job`: so there is no change without its history.

mod alert;
mod job;
mod mail;
mod nudge;
mod order;
mod refund;
mod version;

pub(crate) use alert::AlertNote;
pub(crate) use job::checkout_key;
pub use order::Notice;
pub(crate) use order::{Circumstance, NewOrder, OrderRow, find_for_update};
pub(crate) use refund::NewRefund;
pub use version::{NewVersion, Provenance};

use crate::{
    audit::{self, Action},
    db::Tx,
    error::StoreError,
    mail_log::MailView,
    shared::Shared,
    wake::{Committed, DueJob},
};
use chrono::{DateTime, Utc};
use galley_domain::{
    actor::Actor,
    id::{CheckoutSessionId, EmailId, OrderId, PaymentEventId, PaymentId, RefundId},
    job::JobKind,
    order::{JobsEffect, Transition},
    payment::Gateway,
};
use serde_json::Value;
use uuid::Uuid;

/// Everything that one transaction will write.
pub(crate) struct Changes<'a> {
    shared: &'a Shared,
    pub(crate) now: DateTime<Utc>,
    opened: Vec<OrderRow>,
    changed: Vec<OrderRow>,
    events: Vec<order::EventRow>,
    versions: Vec<version::VersionRow>,
    effects: Vec<(OrderId, JobsEffect)>,
    jobs: Vec<job::JobRow>,
    mails: Vec<mail::MailRow>,
    resumed: Vec<job::JobRow>,
    refunds: Vec<NewRefund>,
    audits: Vec<audit::Row>,
}

impl<'a> Changes<'a> {
    pub(crate) fn new(shared: &'a Shared) -> Self {
        Self {
            shared,
            now: shared.clock.now(),
            opened: Vec::new(),
            changed: Vec::new(),
            events: Vec::new(),
            versions: Vec::new(),
            effects: Vec::new(),
            jobs: Vec::new(),
            mails: Vec::new(),
            resumed: Vec::new(),
            refunds: Vec::new(),
            audits: Vec::new(),
        }
    }

    /// Takes in a paid checkout's new order.
    pub(crate) fn open(&mut self, new: NewOrder, how: &Circumstance<'_>) {
        let transition = galley_domain::order::open(new.id, new.brief.product);
        let base = new.base.clone();
        let mut row = OrderRow::opened(new, transition.next.clone());
        if let Some(base) = base {
            self.versions.push(version::VersionRow::base(self.shared, &row, base, self.now));
        }
        self.record(&mut row, None, transition, how);
        self.opened.push(row);
    }

    /// Takes in a transition of an existing order, whose row the caller holds locked.
    pub(crate) fn transition(&mut self, row: &mut OrderRow, transition: Transition, how: &Circumstance<'_>) {
        let before = row.order.status;
        if let (Some(number), Some(version)) = (transition.next.current_version, how.version)
            && row.order.current_version != transition.next.current_version
        {
            self.versions.push(version::VersionRow::new(self.shared, row, number, version, how, self.now));
        }
        row.order = transition.next.clone();
        if row.order.status != before || !order::is_beside(transition.event) {
            row.note(how);
            row.wait(&self.shared.settings.last(), self.now);
        }
        self.record(row, Some(before), transition, how);
        self.write(row);
    }

    /// Takes in that an order waits for something else, which is no line of its history.
    pub(crate) fn touch(&mut self, row: &OrderRow) {
        self.write(row);
    }

    fn write(&mut self, row: &OrderRow) {
        let written = self.opened.iter_mut().chain(&mut self.changed);
        match { written }.find(|written| written.order.id == row.order.id) {
            Some(written) => *written = row.clone(),
            None => self.changed.push(row.clone()),
        }
    }

    /// An order that this change opens.
    pub(crate) fn opened_row(&self, id: OrderId) -> Option<OrderRow> {
        self.opened.iter().find(|row| row.order.id == id).cloned()
    }

    /// Sends money back: the refund and the job that asks the gateway for it.
    pub(crate) fn refund(&mut self, new: NewRefund) {
        self.jobs.push(job::JobRow::refund(self.shared, new.id, self.now));
        self.refunds.push(new);
    }

    /// Writes down what a member of staff did, beside what it did.
    pub(crate) fn audit(&mut self, actor: &Actor, action: Action, subject: Uuid, detail: Value) {
        self.audits.push(audit::Row::new(self.shared, actor, action, subject, detail, self.now));
    }

    /// The refunds of a payment that this change asks for.
    pub(crate) fn refunds_of(&self, payment: PaymentId) -> impl Iterator<Item = &NewRefund> {
        self.refunds.iter().filter(move |new| new.payment_id == payment)
    }

    /// Has a gateway asked how a checkout stands, for the sake of an event.
    pub(crate) fn refetch(
        &mut self,
        gateway: Gateway,
        external_id: &str,
        detail: Option<&str>,
        event: Option<PaymentEventId>,
    ) {
        let Some(event) = event else { return };
        self.jobs.push(job::JobRow::refetch(self.shared, gateway, external_id, detail, event, self.now));
    }

    /// Has a checkout's page made by a job that had given up.
    pub(crate) fn resume_checkout(&mut self, checkout: CheckoutSessionId) {
        self.resumed.push(job::JobRow::checkout_now(self.shared, checkout, self.now));
    }

    /// Has a refund asked for, or about, by a job that had ended.
    pub(crate) fn resume_refund(&mut self, refund: RefundId) {
        self.resumed.push(job::JobRow::refund(self.shared, refund, self.now));
    }

    /// Has a gateway make the page of a checkout, unless somebody did before `due_at`.
    pub(crate) fn create_checkout(&mut self, checkout: CheckoutSessionId, due_at: DateTime<Utc>) {
        self.jobs.push(job::JobRow::checkout(self.shared, checkout, due_at, self.now));
    }

    /// Sends a mail of the log once more; held back while its order's payment is disputed.
    pub(crate) fn resend(
        &mut self,
        mail: &MailView,
        dedupe_key: String,
        held: bool,
    ) -> Result<EmailId, StoreError> {
        let again = mail::MailRow::again(self.shared, mail, dedupe_key, self.now)?;
        let id = EmailId(again.id);
        self.jobs.push(job::JobRow::mail(self.shared, &again, held, self.now));
        self.mails.push(again);
        Ok(id)
    }

    /// Tells staff, once per reason and five minutes.
    pub(crate) fn alert(&mut self, note: &AlertNote) {
        let Some(mail) = alert::mail(self.shared, note, self.now) else { return };
        self.jobs.push(job::JobRow::mail(self.shared, &mail, false, self.now));
        self.mails.push(mail);
    }

    /// Has an event of the inbox worked on again, after the first pause of its policy.
    pub(crate) fn retry_event(&mut self, event: PaymentEventId) {
        self.jobs.push(job::JobRow::event(self.shared, event, self.now));
    }

    fn record(
        &mut self,
        row: &mut OrderRow,
        before: Option<galley_domain::order::OrderStatus>,
        transition: Transition,
        how: &Circumstance<'_>,
    ) {
        row.events += 1;
        if let Some(effect) = transition.other_jobs {
            self.effects.push((row.order.id, effect));
            job::affect(&mut self.jobs, row.order.id, effect);
        }
        self.events.push(order::EventRow::new(row, before, transition.event, how, self.now));
        for new in transition.jobs {
            self.jobs.push(job::JobRow::of_order(self.shared, row, new, how.job, self.now));
        }
        for kind in transition.mails {
            let Some(mail) = mail::MailRow::of_order(self.shared, row, kind, how, self.now) else { continue };
            self.jobs.push(job::JobRow::mail(self.shared, &mail, row.order.frozen, self.now));
            self.mails.push(mail);
        }
        if let Some(alert) = transition.alert {
            self.alert(&AlertNote::of_order(alert, row.order.id, how.reason));
        }
    }

    /// Writes it all. What it returns is passed on after the commit.
    pub(crate) async fn flush(self, tx: &mut Tx) -> Result<Committed, StoreError> {
        order::insert(tx, &self.opened, self.now).await?;
        order::update(tx, &self.changed, self.now).await?;
        order::insert_events(tx, &self.events).await?;
        version::insert(tx, &self.versions).await?;
        refund::insert(tx, &self.refunds, self.now).await?;
        audit::insert(tx, &self.audits).await?;
        let mut jobs: Vec<DueJob> = Vec::new();
        for (order, effect) in &self.effects {
            jobs.extend(job::apply_effect(tx, *order, *effect, self.now).await?);
        }
        // An alert that was told already inserts no mail, and so must not insert its job.
        let mailed = mail::insert(tx, &self.mails).await?;
        let wanted: Vec<_> = self
            .jobs
            .into_iter()
            .filter(|job| {
                job.kind != JobKind::EmailDelivery || job.email.is_some_and(|id| mailed.contains(&id))
            })
            .collect();
        jobs.extend(job::insert(tx, &wanted).await?);
        jobs.extend(job::run_again(tx, &self.resumed).await?);
        let orders = self.opened.iter().chain(&self.changed).map(|row| row.order.id).collect();
        Ok(Committed { jobs, orders })
    }
}
