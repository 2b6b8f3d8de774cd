//! What every operation of the store needs.

use crate::{clock::Clock, job::Estimates, pools::Pools, settings::KnownSettings, wake::Wake};
use galley_content::order_link::OrderLinks;
use std::sync::Arc;

/// What mails need to know of the shop.
#[derive(Clone, Debug)]
pub struct Letterhead {
    /// The shop's name.
    pub shop_name: String,
    /// Makes the links to orders.
    pub links: OrderLinks,
    /// Who is told when something needs a person; nobody if `None`.
    pub staff_email: Option<String>,
}

/// Cheap to clone: each lane of the hot paths has one.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) pools: Pools,
    pub(crate) clock: Clock,
    pub(crate) letterhead: Arc<Letterhead>,
    pub(crate) wake: Wake,
    pub(crate) settings: KnownSettings,
    pub(crate) estimates: Estimates,
}
