//! The stand-ins for the AI service, the mail server and Stripe, inside this process.

use crate::{clock::now, http};
use galley_sandbox::{
    ai::{AiOptions, AiServer},
    smtp::{SmtpOptions, SmtpServer},
    stripe::{StripeOptions, StripeServer},
};
use std::collections::HashMap;

/// Mails that are kept for counting: more than any phase sends.
const MAILS_KEPT_MAX: usize = 50_000;
/// What Stripe's events are signed with.
const WEBHOOK_SECRET: &str = "whsec_bench";

/// The neighbours of one set-up.
pub(crate) struct Neighbours {
    pub(crate) ai: AiServer,
    pub(crate) mail: SmtpServer,
    /// Answers what it is asked and tells nothing by itself: events are made by us, or never come.
    pub(crate) stripe: StripeServer,
}

impl Neighbours {
    /// Starts all.
    pub(crate) async fn start() -> std::io::Result<Self> {
        let mail = SmtpOptions { kept_max: MAILS_KEPT_MAX, ..SmtpOptions::new(now) };
        Ok(Self {
            ai: AiServer::start(AiOptions::new(now)).await?,
            mail: SmtpServer::start(mail).await?,
            stripe: StripeServer::start(StripeOptions::new(now)).await?,
        })
    }

    /// What makes Galley talk to them.
    pub(crate) fn variables(&self) -> [(&'static str, String); 8] {
        [
            ("AI_BASE_URL", self.ai.base_url()),
            ("AI_MODEL", "sandbox-writer-1".to_owned()),
            ("SMTP_URL", self.mail.url()),
            ("MAIL_FROM", "Galley <orders@galley.localhost>".to_owned()),
            ("STRIPE_API_BASE", self.stripe.base_url()),
            ("STRIPE_SECRET_KEY", self.stripe.secret_key().to_owned()),
            ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
            ("GALLEY_SECRET", "a secret of the bench, long enough for anybody".to_owned()),
        ]
    }

    /// How many mails each address has got.
    pub(crate) fn mails_by_recipient(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for mail in self.mail.mailbox().mails() {
            for recipient in &mail.envelope_to {
                *counts.entry(recipient.clone()).or_default() += 1;
            }
        }
        counts
    }
}

/// The request by which Stripe delivers an event, signed now.
pub(crate) fn delivery(event: &str) -> Vec<u8> {
    let signature = galley_sandbox::stripe::sign(event.as_bytes(), &[WEBHOOK_SECRET], now().timestamp());
    let headers =
        [("Content-Type", "application/json; charset=utf-8"), ("Stripe-Signature", signature.as_str())];
    http::request("POST", "/api/v1/webhooks/stripe", &headers, event)
}
