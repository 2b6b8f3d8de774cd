//! Who asks: HTTP Basic with an application password.

use super::{answer::error, desk::Desk};
use axum::{
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Whether somebody is logged in; a wrong password is refused even where none is needed.
pub(super) fn who(desk: &Desk, headers: &HeaderMap) -> Result<bool, Box<Response>> {
    let Some(given) = headers.get(header::AUTHORIZATION) else { return Ok(false) };
    let decoded = given
        .to_str()
        .ok()
        .and_then(|given| given.strip_prefix("Basic "))
        .and_then(|encoded| STANDARD.decode(encoded.trim()).ok())
        .and_then(|decoded| String::from_utf8(decoded).ok());
    let Some((user, password)) = decoded.as_deref().and_then(|pair| pair.split_once(':')) else {
        return Ok(false);
    };
    if user != desk.options.user {
        let message = "Unknown username. Check again or try your email address.";
        return Err(Box::new(error(StatusCode::UNAUTHORIZED, "invalid_username", message)));
    }
    // Application passwords are shown in groups, and taken with or without their gaps.
    let bare = |password: &str| password.replace(' ', "");
    if bare(password) != bare(&desk.options.app_password) {
        let message = "The provided password is an invalid application password.";
        return Err(Box::new(error(StatusCode::UNAUTHORIZED, "incorrect_password", message)));
    }
    Ok(true)
}
