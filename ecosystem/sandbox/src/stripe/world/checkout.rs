use super::{
    KeptSession, NewSession, SessionStatus, StripePayment, StripeRefusal, StripeSession, World,
    payment::Money, session::DAY_SECONDS,
};
use crate::stripe::session::PaymentStatus;
use serde_json::json;

impl World {
    pub(in crate::stripe) fn create_session(&mut self, new: NewSession) -> StripeSession {
        let id = self.ids.session(self.livemode);
        let session = StripeSession {
            status: SessionStatus::Open,
            payment_status: PaymentStatus::Unpaid,
            payment_intent: None,
            amount_total: new.amount_total(),
            amount_tax: new.amount_tax,
            amount_shipping: new.amount_shipping,
            line_items: new.line_items,
            currency: new.currency,
            email: new.email,
            metadata: new.metadata,
            payment_metadata: new.payment_metadata,
            client_reference_id: new.client_reference_id,
            success_url: new.success_url,
            cancel_url: new.cancel_url,
            url: format!("{}/pay/{id}", self.base),
            created: self.now,
            expires_at: new.expires_at.unwrap_or(self.now.saturating_add(DAY_SECONDS)),
            delayed: false,
            declines: 0,
            livemode: self.livemode,
            id,
        };
        self.ends.insert((session.expires_at, session.id.clone()));
        self.sessions.push(KeptSession::new(session.clone()));
        session
    }

    fn open(&self, id: &str) -> Result<&StripeSession, StripeRefusal> {
        let session = self.sessions.find(id)?;
        match session.status {
            SessionStatus::Open => Ok(session),
            over => Err(StripeRefusal::NotOpen { status: over.as_str() }),
        }
    }

    /// A complete session whose money is as wanted.
    fn complete(&self, id: &str, wanted: PaymentStatus) -> Result<StripeSession, StripeRefusal> {
        let session = self.sessions.find(id)?;
        if session.status != SessionStatus::Complete {
            return Err(StripeRefusal::WrongMoney { is: session.status.as_str() });
        }
        if session.payment_status != wanted {
            return Err(StripeRefusal::WrongMoney { is: session.payment_status.as_str() });
        }
        Ok(StripeSession::clone(session))
    }

    fn end(&mut self, session: &StripeSession) {
        self.ends.remove(&(session.expires_at, session.id.clone()));
    }

    fn charge(&mut self, session: &StripeSession, money: Money) -> StripePayment {
        let payment = StripePayment {
            payment_intent: self.ids.id("pi_3"),
            charge: self.ids.id("ch_3"),
            session: session.id.clone(),
            amount: session.amount_total,
            currency: session.currency.clone(),
            email: session.email.clone(),
            metadata: session.payment_metadata.clone(),
            money,
            paid: money == Money::Here,
            refunded: 0,
            refunding: 0,
            disputed: false,
            created: self.now,
            livemode: self.livemode,
        };
        self.payments.push(payment.clone());
        payment
    }

    fn finish(&mut self, id: &str, delayed: bool) -> Result<StripeSession, StripeRefusal> {
        let session = self.open(id)?.clone();
        self.end(&session);
        let (payment, status) = match (session.amount_total, delayed) {
            (0, _) => (None, PaymentStatus::NoPaymentRequired),
            (_, true) => (Some(self.charge(&session, Money::OnItsWay)), PaymentStatus::Unpaid),
            (_, false) => (Some(self.charge(&session, Money::Here)), PaymentStatus::Paid),
        };
        let kept = self.sessions.find_mut(id)?;
        let object = kept.change(|session| {
            session.status = SessionStatus::Complete;
            session.payment_status = status;
            session.payment_intent = payment.as_ref().map(|payment| payment.payment_intent.clone());
            session.delayed = delayed;
        });
        let session = StripeSession::clone(kept);
        self.emit("checkout.session.completed", id, object, None);
        if let Some(payment) = payment.filter(|payment| payment.paid) {
            self.emit("payment_intent.succeeded", id, payment.intent(), None);
        }
        Ok(session)
    }

    /// The customer pays by card.
    pub(in crate::stripe) fn pay(&mut self, id: &str) -> Result<StripeSession, StripeRefusal> {
        self.finish(id, false)
    }

    /// The customer goes through with it, and the money comes later.
    pub(in crate::stripe) fn pay_later(&mut self, id: &str) -> Result<StripeSession, StripeRefusal> {
        self.finish(id, true)
    }

    pub(in crate::stripe) fn money_arrives(&mut self, id: &str) -> Result<StripeSession, StripeRefusal> {
        self.waiting(id)?;
        let kept = self.sessions.find_mut(id)?;
        let object = kept.change(|session| session.payment_status = PaymentStatus::Paid);
        let session = StripeSession::clone(kept);
        self.emit("checkout.session.async_payment_succeeded", id, object, None);
        let payment = self.payments.find_mut(session.payment_intent.as_deref().unwrap_or_default())?;
        payment.money = Money::Here;
        payment.paid = true;
        let intent = payment.intent();
        self.emit("payment_intent.succeeded", id, intent, None);
        Ok(session)
    }

    pub(in crate::stripe) fn money_fails(&mut self, id: &str) -> Result<StripeSession, StripeRefusal> {
        let session = self.waiting(id)?;
        let payment = self.payments.find_mut(session.payment_intent.as_deref().unwrap_or_default())?;
        payment.money = Money::Never;
        self.emit("checkout.session.async_payment_failed", id, session.object(), None);
        Ok(session)
    }

    /// A session whose money is on its way.
    fn waiting(&self, id: &str) -> Result<StripeSession, StripeRefusal> {
        let session = self.complete(id, PaymentStatus::Unpaid)?;
        let payment = self.payments.find(session.payment_intent.as_deref().unwrap_or_default())?;
        match payment.money {
            Money::OnItsWay => Ok(session),
            Money::Here => Err(StripeRefusal::WrongMoney { is: "here" }),
            Money::Never => Err(StripeRefusal::WrongMoney { is: "failed" }),
        }
    }

    /// The card is declined; the session stays open.
    pub(in crate::stripe) fn decline(&mut self, id: &str) -> Result<StripeSession, StripeRefusal> {
        self.open(id)?;
        let kept = self.sessions.find_mut(id)?;
        kept.change(|session| session.declines += 1);
        Ok(StripeSession::clone(kept))
    }

    pub(in crate::stripe) fn expire(&mut self, id: &str) -> Result<StripeSession, StripeRefusal> {
        let session = self.open(id)?.clone();
        self.end(&session);
        let kept = self.sessions.find_mut(id)?;
        let object = kept.change(|session| session.status = SessionStatus::Expired);
        let session = StripeSession::clone(kept);
        self.emit("checkout.session.expired", id, object, None);
        Ok(session)
    }

    /// Money comes a second time for a session that is paid: another intent, the same session.
    pub(in crate::stripe) fn pay_again(&mut self, id: &str) -> Result<StripePayment, StripeRefusal> {
        let session = self.complete(id, PaymentStatus::Paid)?;
        let payment = self.charge(&session, Money::Here);
        let mut object = session.object();
        object["payment_intent"] = json!(payment.payment_intent);
        self.emit("checkout.session.completed", id, object, None);
        self.emit("payment_intent.succeeded", id, payment.intent(), None);
        Ok(payment)
    }
}
