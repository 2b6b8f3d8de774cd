//! Articles that are public, and what was sold into them.

use crate::{brief::OrderedLink, id::OrderId, text_enum::text_enum};
use serde::{Deserialize, Serialize};

/// A link that was sold into an article: its own, or that of a later backlink.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SoldLink {
    /// The order that paid for it.
    pub order_id: OrderId,
    /// What was ordered.
    #[serde(flatten)]
    pub link: OrderedLink,
}

text_enum! {
    /// Why an approved version did not become public.
    pub enum PublicationFault {
        /// The article changed since the backlink was placed, in the very paragraph.
        BaseChanged = "base_changed",
        /// The article is not public any more.
        NotPublic = "not_public",
        /// The text does not show the link as ordered.
        LinkMissing = "link_missing",
        /// The version lacks what its publication needs.
        Unfit = "unfit",
        /// Somebody changed the copy on the other site.
        CopyChanged = "copy_changed",
        /// The copy on the other site was deleted.
        CopyGone = "copy_gone",
        /// The other site refused.
        SiteRefused = "site_refused",
        /// The other site could not be reached, or did not answer in time.
        SiteUnavailable = "site_unavailable",
    }
}

/// `links` with the one that `new` adds; the order's older one makes room for it.
pub fn with_link(links: &[SoldLink], new: Option<&SoldLink>) -> Vec<SoldLink> {
    let stays = |old: &&SoldLink| new.is_none_or(|new| new.order_id != old.order_id);
    links.iter().filter(stays).chain(new).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::brief::Rel;
    use uuid::Uuid;

    fn sold(order: u128, url: &str) -> SoldLink {
        let link = OrderedLink {
            target_url: url.parse().unwrap(),
            anchor_text: "tea".to_owned(),
            rel: Rel::Sponsored,
        };
        SoldLink { order_id: OrderId(Uuid::from_u128(order)), link }
    }

    #[test]
    fn a_link_is_added_once_per_order() {
        let (a, b) = (sold(1, "https://a.example/"), sold(2, "https://b.example/"));
        let both = with_link(std::slice::from_ref(&a), Some(&b));
        assert_eq!(both, [a.clone(), b.clone()]);
        assert_eq!(with_link(&both, Some(&a)), [b, a]);
        assert_eq!(with_link(&both, None), both);
    }

    #[test]
    fn a_sold_link_is_kept_flat() {
        let json = serde_json::to_value(sold(7, "https://a.example/")).unwrap();
        assert_eq!(json["targetUrl"], "https://a.example/");
        assert_eq!((&json["anchorText"], &json["rel"]), (&"tea".into(), &"sponsored".into()));
        assert_eq!(json["orderId"], "00000000-0000-0000-0000-000000000007");
        assert_eq!(serde_json::from_value::<SoldLink>(json).unwrap(), sold(7, "https://a.example/"));
    }
}
