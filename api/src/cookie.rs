//! Cookies that hold a secret: written one way, so that no script and no other site's form has them.

use crate::{Api, envelope::ApiError};
use axum::http::{HeaderMap, HeaderValue, header};

/// Sets a cookie for the whole site. Lax: whoever follows a link from a mail or comes back from a
/// gateway brings it along, another site's form does not.
pub(crate) fn set(api: &Api, name: &str, value: &str, max_age_seconds: u32) -> Result<HeaderValue, ApiError> {
    let secure = if api.payments.is_https() { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; Max-Age={max_age_seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&cookie).map_err(ApiError::internal)
}

/// The values that came under a name; a browser may send several.
pub(crate) fn values<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
    pairs.filter(move |(found, _)| *found == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_a_name_is_found_and_no_other() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "a=1; order=2;order=x=y; orders=3".parse().unwrap());
        headers.append(header::COOKIE, "order=4; b".parse().unwrap());
        assert_eq!(values(&headers, "order").collect::<Vec<_>>(), ["2", "x=y", "4"]);
        assert_eq!(values(&headers, "b").count(), 0);
    }
}
