use super::{
    answer::{Call, answer},
    control::SslcommerzMode,
    desk::Desk,
    order::Order,
    sign::read,
};
use axum::{body::Bytes, extract::State, response::Response};
use serde_json::{Value, json};
use std::sync::Arc;

/// The path of the sessions.
pub(super) const PATH: &str = "/gwprocess/v4/api.php";

const BAD_STORE: &str = "Store Credential Error Or Store is De-active";

/// `POST /gwprocess/v4/api.php`.
pub(super) async fn open(State(desk): State<Arc<Desk>>, body: Bytes) -> Response {
    let text = format!("POST {PATH} {}", String::from_utf8_lossy(&body));
    answer(&desk, Call::Session, &text, |mode| act(&desk, &body, mode)).await
}

fn act(desk: &Desk, body: &[u8], mode: SslcommerzMode) -> Value {
    let form = read(body);
    match mode {
        SslcommerzMode::Failed => return refused("Gateway is busy, please try again later (SANDBOX)"),
        SslcommerzMode::Inactive => return refused(BAD_STORE),
        _ if !desk.admits(&form) => return refused(BAD_STORE),
        _ => {}
    }
    let order = match Order::read(&form) {
        Ok(order) => order,
        Err(reason) => return refused(&reason),
    };
    let now = desk.now();
    let mut world = desk.world();
    if world.is_paid(&order.tran_id) {
        return refused("Invalid Information! 'tran_id' has been paid already.");
    }
    let key = world.open(order, now);
    let page = format!("{}/_pay/{key}", desk.base_url);
    json!({
        "status": "SUCCESS",
        "failedreason": "",
        "sessionkey": key,
        "gw": {
            "visa": "city_visa,brac_visa",
            "master": "city_master,brac_master",
            "amex": "city_amex",
            "othercards": "qcash",
            "internetbanking": "city,bankasia",
            "mobilebanking": "bkash,dbblmobilebanking",
        },
        "redirectGatewayURL": "",
        "directPaymentURLBank": "",
        "directPaymentURLCard": "",
        "directPaymentURL": "",
        "redirectGatewayURLFailed": "",
        "GatewayPageURL": page,
        "storeBanner": "",
        "storeLogo": "",
        "store_name": "SANDBOX",
        "desc": [{
            "name": "VISA",
            "type": "visa",
            "logo": "",
            "gw": "brac_visa",
            "r_flag": "1",
            "redirectGatewayURL": page,
        }],
        "is_direct_pay_enable": "0",
    })
}

fn refused(reason: &str) -> Value {
    json!({
        "status": "FAILED",
        "failedreason": reason,
        "sessionkey": "",
        "gw": [],
        "redirectGatewayURL": "",
        "redirectGatewayURLFailed": "",
        "GatewayPageURL": "",
        "storeBanner": "",
        "storeLogo": "",
        "desc": [],
        "is_direct_pay_enable": "0",
    })
}
