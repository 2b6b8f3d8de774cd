//! Pages of the console for whoever is not logged in.

use super::input::Input;
use crate::{
    Api,
    envelope::ApiError,
    pages::{Asset, page},
};
use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};

/// A page with one form.
#[derive(Template)]
#[template(path = "console/door.html")]
pub(super) struct Door<'a> {
    pub(super) shop_name: &'a str,
    pub(super) sandbox: bool,
    pub(super) stylesheet: &'static str,
    pub(super) title: &'static str,
    /// What to know before.
    pub(super) lines: Vec<&'static str>,
    /// What went wrong.
    pub(super) note: Option<String>,
    pub(super) action: &'static str,
    /// Sent along: name and value.
    pub(super) hidden: Option<(&'static str, String)>,
    pub(super) inputs: Vec<Input>,
    pub(super) button: &'static str,
}

impl<'a> Door<'a> {
    pub(super) fn new(api: &'a Api, title: &'static str, action: &'static str, button: &'static str) -> Self {
        Self {
            shop_name: &api.payments.shop_name,
            sandbox: api.payments.sandbox,
            stylesheet: Asset::Stylesheet.href(),
            title,
            lines: Vec::new(),
            note: None,
            action,
            hidden: None,
            inputs: Vec::new(),
            button,
        }
    }

    pub(super) fn show(&self, status: StatusCode) -> Result<Response, ApiError> {
        let mut response = page(status, self, true)?;
        // Under `no-referrer` browsers send their forms with `Origin: null`, which says nothing.
        response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        Ok(response)
    }
}
