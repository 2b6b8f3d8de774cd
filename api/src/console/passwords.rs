//! Passwords and their hashes. Both directions are slow on purpose, and take 19 MiB each: a few at a
//! time, on threads of their own, so that a crowd at the door does not stop the shop.

use crate::{chance, envelope::ApiError};
use galley_content::password;
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// Hashes at the same time.
const AT_ONCE: usize = 2;
/// Most that wait for their turn; each takes some ten milliseconds.
const WAITING_MAX: usize = 64;
/// What those are told who find no place.
const PAUSE: Duration = Duration::from_secs(5);

/// Does the hashing.
pub(crate) struct Passwords {
    turns: Arc<Semaphore>,
    places: Semaphore,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), places: Semaphore::new(WAITING_MAX) }
    }

    /// Whether a password is the one that was hashed; nobody's takes as long.
    pub(crate) async fn is_right(&self, password: String, kept: Option<String>) -> Result<bool, ApiError> {
        self.work(move || password::is_right(&password, kept.as_deref())).await
    }

    /// The hash of a password, as it is kept.
    pub(crate) async fn hash(&self, password: String) -> Result<String, ApiError> {
        let salt = chance::salt();
        self.work(move || password::hash(&password, &salt)).await?.map_err(ApiError::internal)
    }

    /// The turn goes along to the thread: whoever hangs up must not make room for another while their
    /// hash is still being made.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let message = "Many people are logging in right now. Wait a moment, then try again.";
        let _place = self.places.try_acquire().map_err(|_| ApiError::too_many(message, PAUSE))?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(ApiError::internal)?;
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        done.await.map_err(ApiError::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error_code::ErrorCode;
    use std::sync::{
        Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    };

    #[tokio::test]
    async fn a_password_is_right_for_its_own_hash() {
        let passwords = Passwords::new();
        let kept = passwords.hash("the blue kettle sings".to_owned()).await.unwrap();
        assert!(passwords.is_right("the blue kettle sings".to_owned(), Some(kept.clone())).await.unwrap());
        assert!(!passwords.is_right("the red kettle sings".to_owned(), Some(kept)).await.unwrap());
        assert!(!passwords.is_right("the blue kettle sings".to_owned(), None).await.unwrap());
    }

    /// Threads wait for the gate, so that who is at work and who waits can be counted.
    #[tokio::test]
    async fn a_crowd_waits_and_whoever_finds_no_place_is_told_to_come_again() {
        let passwords = Arc::new(Passwords::new());
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        let begun = Arc::new(AtomicUsize::new(0));
        let mut calls = Vec::new();
        for _ in 0..WAITING_MAX {
            let (passwords, gate, begun) = (Arc::clone(&passwords), Arc::clone(&gate), Arc::clone(&begun));
            calls.push(tokio::spawn(async move {
                let work = move || {
                    begun.fetch_add(1, Ordering::SeqCst);
                    drop(gate.1.wait_while(gate.0.lock().unwrap(), |open| !*open).unwrap());
                };
                passwords.work(work).await.unwrap();
            }));
        }
        while passwords.places.available_permits() > 0 || begun.load(Ordering::SeqCst) < AT_ONCE {
            tokio::task::yield_now().await;
        }
        let refused = passwords.work(|| ()).await.unwrap_err();
        assert_eq!((refused.code, refused.retry_after), (ErrorCode::TooManyRequests, Some(PAUSE)));
        assert_eq!(begun.load(Ordering::SeqCst), AT_ONCE);
        *gate.0.lock().unwrap() = true;
        gate.1.notify_all();
        for call in calls {
            call.await.unwrap();
        }
        assert_eq!(begun.load(Ordering::SeqCst), WAITING_MAX);
        passwords.work(|| ()).await.unwrap();
    }
}
