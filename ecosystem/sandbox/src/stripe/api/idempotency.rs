use super::error::ApiError;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Longest key, in characters.
const KEY_MAX: usize = 255;

/// What is answered: JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Arc<str>,
    /// The request that was first answered so.
    pub(super) request_id: String,
}

/// The first results of POSTs, by idempotency key.
#[derive(Clone, Debug, Default)]
pub(in crate::stripe) struct Keys {
    kept: Arc<Mutex<HashMap<String, Kept>>>,
}

#[derive(Debug)]
struct Kept {
    path: String,
    form: Vec<(String, String)>,
    is_in_use: bool,
    answer: Option<Answer>,
}

/// What becomes of a request with a key.
#[derive(Debug)]
pub(super) enum Turn {
    /// It is the first: do it, and keep the result.
    First(Held),
    /// It was done before.
    Again(Answer),
}

/// A key in use; dropping it ends that.
#[derive(Debug)]
pub(super) struct Held {
    keys: Keys,
    key: String,
}

impl Keys {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn take(&self, key: &str, path: &str, form: Vec<(String, String)>) -> Result<Turn, ApiError> {
        if key.chars().count() > KEY_MAX {
            let message = "Idempotency key is too long: at most 255 characters are allowed.";
            return Err(ApiError::new(400, "invalid_request_error", message));
        }
        let mut kept = self.lock();
        if let Some(first) = kept.get_mut(key) {
            if first.path != path || first.form != form {
                return Err(changed(key, path, &first.path));
            }
            if first.is_in_use {
                return Err(in_use(key));
            }
            if let Some(answer) = &first.answer {
                return Ok(Turn::Again(answer.clone()));
            }
        }
        let entry = Kept { path: path.to_owned(), form, is_in_use: true, answer: None };
        kept.insert(key.to_owned(), entry);
        Ok(Turn::First(Held { keys: self.clone(), key: key.to_owned() }))
    }
}

impl Held {
    pub(super) fn keep(&self, answer: Answer) {
        if let Some(kept) = self.keys.lock().get_mut(&self.key) {
            kept.answer = Some(answer);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut kept = self.keys.lock();
        match kept.get_mut(&self.key) {
            Some(first) if first.answer.is_some() => first.is_in_use = false,
            _ => {
                kept.remove(&self.key);
            }
        }
    }
}

fn changed(key: &str, path: &str, first: &str) -> ApiError {
    let message = if path == first {
        format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used \
             with. Try using a key other than '{key}' if you meant to execute a different request."
        )
    } else {
        format!(
            "Keys for idempotent requests can only be used for the same endpoint they were first used for \
             ('{first}' vs '{path}'). Try using a key other than '{key}' if you meant to execute a \
             different request."
        )
    };
    ApiError::new(400, "idempotency_error", message)
}

fn in_use(key: &str) -> ApiError {
    let message = format!(
        "There is currently another in-progress request using this Idempotent Key (that probably means you \
         submitted twice, and the other request is still going through): {key}. Please try again later."
    );
    ApiError::new(409, "idempotency_error", message).code("idempotency_key_in_use")
}
