//! Finding a checkout by the name that a caller has for it, and telling whether they hold its token.

use crate::{Api, envelope::ApiError};
use galley_store::{CheckoutRef, CheckoutView};

/// Longest id of a gateway's session, in characters.
const EXTERNAL_MAX_CHARS: usize = 255;

/// Who asks for a checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// Somebody without a token.
    Stranger,
    /// Somebody with the right one.
    Customer,
    /// Somebody with a wrong one.
    Impostor,
}

impl Holder {
    pub(crate) fn of(api: &Api, view: &CheckoutView, token: Option<&str>) -> Self {
        match token {
            None => Self::Stranger,
            Some(token) if api.links.signer.verify_checkout(view.id, token) => Self::Customer,
            Some(_) => Self::Impostor,
        }
    }
}

/// A checkout by our id or by the gateway's (`cs_…`). Of what can be neither, the database is not asked.
pub(crate) async fn find(api: &Api, name: &str) -> Result<Option<CheckoutView>, ApiError> {
    let by = match name.parse() {
        Ok(id) => CheckoutRef::Id(id),
        Err(_) => CheckoutRef::External(name),
    };
    let sound = (1..=EXTERNAL_MAX_CHARS).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
    if !sound {
        return Ok(None);
    }
    Ok(api.store.find_checkout(by).await?)
}
