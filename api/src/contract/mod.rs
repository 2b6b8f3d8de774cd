//! The contract with front ends: an `OpenAPI` document and the table of error codes.
//!
//! Routes and document come from one list ([`endpoints!`], filled in at the crate's root); the
//! schemas come from the types that are sent. What is checked in under `frontend-contract/` is made
//! from here, and a test fails when it is stale.

pub(crate) mod faults;
pub(crate) mod mirror;

#[cfg(test)]
mod tests;

use crate::{envelope::Failure, error_code::ErrorCode};
use axum::{
    http::{HeaderValue, header},
    response::IntoResponse,
};
use std::{collections::BTreeMap, sync::LazyLock};
use utoipa::{
    OpenApi as _, PartialSchema as _, ToSchema as _,
    openapi::{
        Components, Header, ObjectBuilder, OpenApi, RefOr, Type,
        path::{Operation, PathItem},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
        tag::Tag,
    },
};

/// What the document is called in `frontend-contract/`.
pub const OPENAPI_FILE: &str = "openapi.json";
/// What the table of codes is called in `frontend-contract/`.
pub const ERRORS_FILE: &str = "errors.json";

const DESCRIPTION: &str = "Orders of a shop that sells AI-written content. Every JSON answer is an \
    envelope: `success` with `data`, or `success: false` with an `error` whose `code` is one of a closed \
    set. `X-Request-Id` is taken from the request, or made, and is in every answer.";

/// Makes `routes()` and the raw document from one list of methods, paths and handlers.
///
/// A handler stands here with the path that its `#[utoipa::path]` repeats; a test compares the two.
macro_rules! endpoints {
    ($($method:ident $path:literal $($handler:ident)::+,)+) => {
        #[derive(utoipa::OpenApi)]
        #[openapi(paths($($($handler)::+),+))]
        struct Endpoints;

        fn routes() -> axum::Router<$crate::Api> {
            axum::Router::new()$(.route($path, axum::routing::$method($($handler)::+)))+
        }

        #[cfg(test)]
        const ROUTES: &[(&str, &str)] = &[$((stringify!($method), $path)),+];
    };
}
pub(crate) use endpoints;

/// The `OpenAPI` 3.1 document, as it is served and checked in.
pub fn openapi_json() -> Result<String, serde_json::Error> {
    Ok(described().to_pretty_json()? + "\n")
}

/// Every error code with its HTTP status.
pub fn errors_json() -> Result<String, serde_json::Error> {
    let statuses: BTreeMap<&str, u16> =
        ErrorCode::all().into_iter().map(|code| (code.as_str(), code.status().as_u16())).collect();
    Ok(serde_json::to_string_pretty(&statuses)? + "\n")
}

static DOCUMENT: LazyLock<Result<String, serde_json::Error>> = LazyLock::new(openapi_json);

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "getContract",
    tag = "operating",
    responses((status = 200, description = "OpenAPI 3.1", body = Object), faults::Anywhere),
)]
pub(crate) async fn document() -> Result<impl IntoResponse, crate::ApiError> {
    let document = DOCUMENT.as_ref().map_err(crate::ApiError::internal)?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], document.as_str()))
}

fn described() -> OpenApi {
    let mut document = crate::Endpoints::openapi();
    "Galley".clone_into(&mut document.info.title);
    document.info.description = Some(DESCRIPTION.to_owned());
    document.tags = Some(
        [
            ("checkout", "Ordering and paying"),
            ("orders", "What customers see of their orders"),
            ("admin", "What staff do, with a token of theirs"),
            ("webhooks", "Gateways call in"),
            ("pages", "For people: HTML, and no part of the JSON contract"),
            ("console", "For staff: HTML, and no part of the JSON contract"),
            ("operating", "Signs of life, and this contract"),
        ]
        .map(|(name, about)| {
            let mut tag = Tag::new(name);
            tag.description = Some(about.to_owned());
            tag
        })
        .into(),
    );
    let components = document.components.get_or_insert_default();
    let mut schemas = Vec::new();
    Failure::schemas(&mut schemas);
    components.schemas.extend(schemas);
    components.schemas.insert(Failure::name().into_owned(), Failure::schema());
    components.responses.extend(faults::components());
    add_security(components);
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        accept_session(operation);
        for response in operation.responses.responses.values_mut() {
            if let RefOr::T(response) = response {
                response.headers.insert("X-Request-Id".to_owned(), request_id().into());
            }
        }
    }
    document
}

fn add_security(components: &mut Components) {
    let mut bearer = |name: &str, about: &str| {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(about)).build();
        components.add_security_scheme(name, SecurityScheme::Http(scheme));
    };
    bearer("orderToken", "The token of the order's link. Without the right one every order is a 404.");
    bearer("checkoutToken", "The `checkoutToken` that opening the checkout answered with.");
    bearer("staffToken", "A token of a member of staff (`gly_…`).");
    let cookie = "The cookie that the order's page sets, named after the order's id without hyphens. What changes \
                  something must then come from our own pages.";
    let cookie = ApiKeyValue::with_description("order_{orderId}", cookie);
    components.add_security_scheme("orderCookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let cookie = ApiKeyValue::with_description(
        "staff",
        "Whoever is logged in to the console; `__Host-staff` over https.",
    );
    components.add_security_scheme("staffSession", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    for name in ["orderTokenInQuery", "checkoutTokenInQuery"] {
        let query = ApiKeyValue::with_description("token", "The same in the address, for reading only.");
        components.add_security_scheme(name, SecurityScheme::ApiKey(ApiKey::Query(query)));
    }
}

/// Where a token of staff is taken, so is the cookie of whoever is logged in to the console.
fn accept_session(operation: &mut Operation) {
    let token = SecurityRequirement::new("staffToken", [] as [&str; 0]);
    let security = operation.security.get_or_insert_default();
    if security.contains(&token) {
        security.push(SecurityRequirement::new("staffSession", [] as [&str; 0]));
    }
    operation.security.take_if(|security| security.is_empty());
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, post, put, delete, patch, .. } = item;
    [get, post, put, delete, patch].into_iter().flatten()
}

fn request_id() -> Header {
    let mut header = Header::new(ObjectBuilder::new().schema_type(Type::String));
    header.description = Some("Find the request in our log by it".to_owned());
    header
}
