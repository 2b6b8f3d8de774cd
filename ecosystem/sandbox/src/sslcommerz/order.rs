use super::{money::Price, sign::value};

/// What a session needs.
const REQUIRED: [&str; 22] = [
    "total_amount",
    "currency",
    "tran_id",
    "success_url",
    "fail_url",
    "cancel_url",
    "ipn_url",
    "product_category",
    "product_name",
    "product_profile",
    "emi_option",
    "cus_name",
    "cus_email",
    "cus_add1",
    "cus_city",
    "cus_postcode",
    "cus_country",
    "cus_phone",
    "shipping_method",
    "num_of_item",
    "store_id",
    "store_passwd",
];
const PROFILES: [&str; 6] = [
    "general",
    "physical-goods",
    "non-physical-goods",
    "airline-tickets",
    "travel-vertical",
    "telecom-vertical",
];
/// Longest `tran_id`, in characters.
const TRAN_ID_MAX_CHARS: usize = 30;

/// What the shop asked a session for.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) tran_id: String,
    pub(super) price: Price,
    pub(super) success_url: String,
    pub(super) fail_url: String,
    pub(super) cancel_url: String,
    pub(super) ipn_url: String,
    /// `value_a` to `value_d`, which are echoed.
    pub(super) values: [String; 4],
}

impl Order {
    /// Reads the form of a session; the error is the `failedreason`.
    pub(super) fn read(form: &[(String, String)]) -> Result<Self, String> {
        let field = |name| value(form, name);
        let own = |name| field(name).to_owned();
        if let Some(name) = REQUIRED.into_iter().find(|name| field(name).trim().is_empty()) {
            return Err(format!("Invalid Information! '{name}' is missing or empty."));
        }
        let wrong = |name: &str| Err(format!("Invalid Information! '{name}' is not valid."));
        let price = Price::new(field("total_amount"), field("currency"))?;
        if field("tran_id").chars().count() > TRAN_ID_MAX_CHARS {
            return Err("Invalid Information! 'tran_id' is longer than 30 characters.".to_owned());
        }
        for name in ["success_url", "fail_url", "cancel_url", "ipn_url"] {
            if !url::Url::parse(field(name)).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
                return wrong(name);
            }
        }
        if !PROFILES.contains(&field("product_profile")) {
            return wrong("product_profile");
        }
        if !["NO", "YES", "Courier"].contains(&field("shipping_method")) {
            return wrong("shipping_method");
        }
        if !["0", "1"].contains(&field("emi_option")) {
            return wrong("emi_option");
        }
        if !field("num_of_item").parse::<u16>().is_ok_and(|count| count > 0) {
            return wrong("num_of_item");
        }
        Ok(Self {
            tran_id: own("tran_id"),
            price,
            success_url: own("success_url"),
            fail_url: own("fail_url"),
            cancel_url: own("cancel_url"),
            ipn_url: own("ipn_url"),
            values: ["value_a", "value_b", "value_c", "value_d"].map(own),
        })
    }
}
