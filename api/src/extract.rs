//! Reading requests so that every way to fail wears the envelope.

use crate::{
    Api,
    envelope::{ApiError, ErrorDetail},
    error_code::ErrorCode,
    json::reason,
};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use std::{collections::HashMap, convert::Infallible, str::FromStr};
use url::form_urlencoded;

/// The body, byte for byte.
pub(crate) struct RawBody(pub(crate) Bytes);

impl FromRequest<Api> for RawBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, api: &Api) -> Result<Self, ApiError> {
        let body = Bytes::from_request(request, api).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                ApiError::new(ErrorCode::PayloadTooLarge, "The body is longer than 1 MiB.")
            }
            _ => ApiError::malformed("The body could not be read."),
        })?;
        Ok(Self(body))
    }
}

/// The one thing that the path names; what is no name of one is not found.
pub(crate) struct Named<T>(pub(crate) T);

impl<T: FromStr> FromRequestParts<Api> for Named<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, api).await;
        let name = path.ok().and_then(|Path(name)| name.parse().ok());
        name.map(Self).ok_or_else(ApiError::not_found)
    }
}

/// The parameters in the address; of one that comes twice the first counts.
pub(crate) struct Params(HashMap<String, String>);

impl Params {
    /// From a query, or from a form, which is written alike.
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut params = HashMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            params.entry(name.into_owned()).or_insert_with(|| value.into_owned());
        }
        Self(params)
    }

    /// An empty one counts as missing.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Why staff do something, as a form says it.
    pub(crate) fn reason(&self) -> Result<String, ErrorDetail> {
        reason(self.get("reason").unwrap_or_default())
    }

    /// As whatever it is to be; what cannot be that is told under its name.
    pub(crate) fn parsed<T: FromStr>(
        &self,
        name: &str,
        message: &str,
        errors: &mut Vec<ErrorDetail>,
    ) -> Option<T> {
        let parsed = self.get(name)?.parse().ok();
        if parsed.is_none() {
            errors.push(ErrorDetail::new(name, message));
        }
        parsed
    }
}

impl FromRequestParts<Api> for Params {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Api) -> Result<Self, Infallible> {
        Ok(Self::of(parts.uri.query().unwrap_or_default().as_bytes()))
    }
}

/// `Authorization: Bearer <token>`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_the_first_of_a_name_counts() {
        let params = Params::of(b"a=1+2&b=%C3%A9&a=3&empty=&c");
        assert_eq!(params.get("a"), Some("1 2"));
        assert_eq!(params.get("b"), Some("é"));
        assert_eq!((params.get("empty"), params.get("c"), params.get("d")), (None, None, None));
        let mut errors = Vec::new();
        assert_eq!(params.parsed::<i64>("b", "No.", &mut errors), None);
        assert_eq!(params.parsed::<i64>("d", "No.", &mut errors), None);
        assert_eq!(errors.len(), 1);
    }

    #[test]
    fn only_a_bearer_is_a_bearer() {
        let with = |value: &str| HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
        assert_eq!(bearer(&with("bearer  abc ")), Some("abc"));
        assert_eq!(bearer(&with("Basic abc")), None);
        assert_eq!(bearer(&with("abc")), None);
        assert_eq!(bearer(&HeaderMap::new()), None);
    }
}
