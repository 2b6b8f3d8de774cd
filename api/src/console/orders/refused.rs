//! What was sent from a page and could not be done.

use crate::{
    envelope::{ApiError, ErrorDetail},
    error_code::ErrorCode,
    extract::Params,
};

/// What was typed, and what stands against it.
#[derive(Default)]
pub(crate) struct Refused<'a> {
    pub(crate) note: Option<String>,
    pub(crate) wrong: Vec<ErrorDetail>,
    pub(crate) sent: Option<&'a Params>,
}

impl<'a> Refused<'a> {
    /// For the page that it was sent from, if it is something that can be mended or read there.
    pub(super) fn of(error: ApiError, sent: &'a Params) -> Result<Self, ApiError> {
        let note = match error.code {
            ErrorCode::ValidationFailed => "Please look at the fields that are marked.".to_owned(),
            ErrorCode::Refused(_) | ErrorCode::KeyReused => error.message,
            _ => return Err(error),
        };
        Ok(Self { note: Some(note), wrong: error.details, sent: Some(sent) })
    }

    pub(crate) fn error(&self, field: &str) -> Option<&str> {
        self.wrong.iter().find(|wrong| wrong.field == field).map(|wrong| wrong.message.as_str())
    }

    pub(crate) fn typed(&self, field: &str) -> &str {
        self.sent.and_then(|sent| sent.get(field)).unwrap_or_default()
    }

    /// Whether this is what was tried.
    pub(crate) fn tried(&self, action: &str) -> bool {
        self.note.is_some() && self.typed("action") == action
    }

    pub(crate) fn is_chosen(&self, field: &str) -> bool {
        !self.typed(field).is_empty()
    }
}
