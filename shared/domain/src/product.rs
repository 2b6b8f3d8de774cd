//! The catalogue: what the shop sells and for how much.

use crate::{brief::ProductKind, money::Money, quality::QualitySettings};
use serde::{Deserialize, Serialize};

/// One product of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// What it is; also its code in a storefront's metadata.
    pub kind: ProductKind,
    /// Its name on the shop front and in mails.
    pub title: String,
    /// Its price, without tax and shipping.
    pub price: Money,
    /// How its content is judged.
    pub quality: QualitySettings,
}
