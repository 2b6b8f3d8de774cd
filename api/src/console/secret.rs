//! A secret that is shown this once.

use super::{
    desk::{Desk, Needs},
    frame::{Console, Section, show},
};
use crate::{Api, envelope::ApiError};
use askama::Template;
use axum::response::Response;

#[derive(Template)]
#[template(path = "console/secret.html")]
struct Page<'a> {
    console: Console<'a>,
    secret: Secret,
}

/// What is shown, and where it is gone back to.
pub(super) struct Secret {
    pub(super) title: String,
    /// What to do with it.
    pub(super) line: String,
    /// What it is.
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) back: &'static str,
}

/// The answer to the form that made it: nowhere else can it be read again.
pub(super) async fn show_secret<N: Needs>(
    api: &Api,
    desk: &Desk<N>,
    secret: Secret,
) -> Result<Response, ApiError> {
    show(&Page { console: Console::new(api, desk, Section::Settings).await?, secret })
}
