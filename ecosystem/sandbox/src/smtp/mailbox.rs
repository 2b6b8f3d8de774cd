use super::mail::Mail;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// The mails that came in, the last ones only; clones show the same ones.
#[derive(Clone, Debug)]
pub struct Mailbox {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    mails: Mutex<VecDeque<Arc<Mail>>>,
    received: watch::Sender<u64>,
    kept_max: usize,
}

impl Mailbox {
    pub(super) fn new(kept_max: usize) -> Self {
        let shared = Shared { mails: Mutex::default(), received: watch::Sender::new(0), kept_max };
        Self { shared: Arc::new(shared) }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Mail>>> {
        self.shared.mails.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a mail and gives it its number.
    pub(super) fn keep(&self, mut mail: Mail) -> Arc<Mail> {
        let mut mails = self.lock();
        let number = *self.shared.received.borrow() + 1;
        mail.number = number;
        let mail = Arc::new(mail);
        mails.push_back(Arc::clone(&mail));
        while mails.len() > self.shared.kept_max {
            mails.pop_front();
        }
        // Still under the lock, so that numbers and the count never disagree.
        self.shared.received.send_replace(number);
        mail
    }

    /// How many mails have come in since the start, kept or not.
    pub fn received(&self) -> u64 {
        *self.shared.received.borrow()
    }

    /// The mails that are kept, oldest first.
    pub fn mails(&self) -> Vec<Arc<Mail>> {
        self.lock().iter().cloned().collect()
    }

    /// The mails that were sent to this address, oldest first.
    pub fn mails_to(&self, address: &str) -> Vec<Arc<Mail>> {
        self.lock().iter().filter(|mail| mail.envelope_to.iter().any(|to| to == address)).cloned().collect()
    }

    /// The mail with this number, if it is still kept.
    pub fn find(&self, number: u64) -> Option<Arc<Mail>> {
        self.lock().iter().find(|mail| mail.number == number).cloned()
    }

    /// Waits until `count` mails have come in since the start; answers with those that are kept.
    pub async fn mails_reach(&self, count: u64) -> Vec<Arc<Mail>> {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.shared.received.subscribe().wait_for(|received| *received >= count).await;
        self.mails()
    }

    /// Waits for a mail that `fits`, looking first at those that are here.
    pub async fn wait_for(&self, fits: impl Fn(&Mail) -> bool) -> Arc<Mail> {
        let mut received = self.shared.received.subscribe();
        let mut seen = 0;
        loop {
            let now = *received.borrow_and_update();
            if let Some(mail) = self.mails().into_iter().find(|mail| mail.number > seen && fits(mail)) {
                return mail;
            }
            seen = now;
            // The sender lives in `self`, so waiting cannot fail.
            let _ = received.changed().await;
        }
    }

    /// Forgets the mails; the count goes on.
    pub fn clear(&self) {
        self.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smtp::mail::Envelope;
    use chrono::DateTime;

    #[test]
    fn only_the_last_ones_are_kept_under_their_numbers() {
        let mailbox = Mailbox::new(2);
        for subject in ["one", "two", "three"] {
            let envelope = Envelope { from: String::new(), to: vec![format!("{subject}@example.com")] };
            let raw = format!("Subject: {subject}\r\n\r\n").into_bytes();
            mailbox.keep(Mail::read(envelope, raw, DateTime::UNIX_EPOCH));
        }
        let subjects: Vec<String> = mailbox.mails().iter().map(|mail| mail.subject.clone()).collect();
        assert_eq!(subjects, ["two", "three"]);
        assert_eq!((mailbox.received(), mailbox.find(1), mailbox.find(3).unwrap().number), (3, None, 3));
        assert_eq!(mailbox.mails_to("two@example.com").len(), 1);
    }
}
