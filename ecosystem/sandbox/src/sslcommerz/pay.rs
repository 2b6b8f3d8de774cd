use super::{
    action::SslcommerzActionError,
    control::SslcommerzMode,
    desk::Desk,
    fields,
    sign::{Form, sign_ipn},
    view::{SslcommerzStatus, SslcommerzTransaction},
};
use std::sync::Arc;

/// What a customer does on the pay page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Valid,
    Risky,
    Failed,
    Cancel,
    Double,
}

impl Outcome {
    pub(super) fn read(name: &str) -> Option<Self> {
        match name {
            "valid" => Some(Self::Valid),
            "risky" => Some(Self::Risky),
            "failed" => Some(Self::Failed),
            "cancel" => Some(Self::Cancel),
            "double" => Some(Self::Double),
            _ => None,
        }
    }

    fn status(self) -> SslcommerzStatus {
        match self {
            Self::Valid | Self::Risky | Self::Double => SslcommerzStatus::Valid,
            Self::Failed => SslcommerzStatus::Failed,
            Self::Cancel => SslcommerzStatus::Cancelled,
        }
    }
}

/// What an attempt came to.
pub(super) struct Made {
    /// What the books say about it.
    pub(super) transaction: SslcommerzTransaction,
    /// Where the browser goes.
    pub(super) back_to: String,
    /// What the browser takes along.
    pub(super) form: Form,
}

impl Desk {
    /// Does what the customer does, and tells the shop.
    pub(super) async fn attempt(
        self: &Arc<Self>,
        target: &str,
        outcome: Outcome,
    ) -> Result<Made, SslcommerzActionError> {
        let (ipn_url, forms, made) = self.enter(target, outcome)?;
        self.deliver(ipn_url, forms).await;
        Ok(made)
    }

    fn enter(
        &self,
        target: &str,
        outcome: Outcome,
    ) -> Result<(String, Vec<Form>, Made), SslcommerzActionError> {
        let (now, status) = (self.now(), outcome.status());
        let mut world = self.world();
        let session =
            world.session(target).ok_or_else(|| SslcommerzActionError::UnknownSession(target.to_owned()))?;
        let wanted = if outcome == Outcome::Double { 2 } else { 1 };
        let missing = wanted - world.paid(&session).min(wanted);
        if missing == 0 {
            return Err(SslcommerzActionError::AlreadyPaid(session.key.clone()));
        }
        let text = format!("POST /_pay/{} {}", session.key, session.order.tran_id);
        let forged =
            status.paid() && self.armed.strike(&text, |mode| *mode == SslcommerzMode::ForgedStatus).is_some();
        let drafts: Vec<_> =
            (0..missing).map(|_| world.draft(&session, status, outcome == Outcome::Risky, now)).collect();
        let forms: Vec<Form> = drafts
            .iter()
            .map(|draft| {
                sign_ipn(&fields::notice(draft, &self.options.store_id), &self.options.store_password)
            })
            .collect();
        for mut draft in drafts {
            if forged {
                draft.status = SslcommerzStatus::Failed;
                draft.val_id = None;
            }
            world.attempts.push(draft);
        }
        let last = &world.attempts[world.attempts.len() - 1];
        let order = &session.order;
        let back_to = match status {
            SslcommerzStatus::Valid | SslcommerzStatus::Validated => &order.success_url,
            SslcommerzStatus::Failed => &order.fail_url,
            SslcommerzStatus::Cancelled => &order.cancel_url,
        };
        let form = forms.last().cloned().unwrap_or_default();
        let made = Made { transaction: world.show_attempt(last), back_to: back_to.clone(), form };
        Ok((order.ipn_url.clone(), forms, made))
    }
}
