use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use chrono::{DateTime, Utc};
use galley_sandbox::sslcommerz::{SslcommerzOptions, SslcommerzServer, sign_ipn};
use serde_json::{Value, json};
use std::collections::HashMap;
use tokio::{net::TcpListener, sync::mpsc};

pub(crate) type Fields = HashMap<String, String>;

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

pub(crate) fn client() -> reqwest::Client {
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub(crate) fn encode<K: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (K, V)>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub(crate) fn decode(body: &[u8]) -> Fields {
    url::form_urlencoded::parse(body).into_owned().collect()
}

/// A shop that takes IPNs, and its gateway.
pub(crate) struct Shop {
    pub(crate) gateway: SslcommerzServer,
    pub(crate) client: reqwest::Client,
    pub(crate) url: String,
    pub(crate) ipns: mpsc::UnboundedReceiver<Fields>,
}

pub(crate) async fn shop() -> Shop {
    shop_answering(StatusCode::OK).await
}

pub(crate) async fn shop_answering(status: StatusCode) -> Shop {
    let (sender, ipns) = mpsc::unbounded_channel();
    let take = async move |State(sender): State<mpsc::UnboundedSender<Fields>>, body: Bytes| {
        sender.send(decode(&body)).ok();
        status
    };
    let router = Router::new().route("/ipn", post(take)).with_state(sender);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let options = SslcommerzOptions { seed: 7, ..SslcommerzOptions::new(now) };
    let gateway = SslcommerzServer::start(options).await.unwrap();
    Shop { gateway, client: client(), url, ipns }
}

impl Shop {
    pub(crate) fn order(&self, tran_id: &str) -> Fields {
        let url = &self.url;
        let pairs = [
            ("store_id", "testbox"),
            ("store_passwd", "qwerty"),
            ("total_amount", "1150.00"),
            ("currency", "BDT"),
            ("tran_id", tran_id),
            ("success_url", &format!("{url}/success?a=1&b=2")),
            ("fail_url", &format!("{url}/fail")),
            ("cancel_url", &format!("{url}/cancel")),
            ("ipn_url", &format!("{url}/ipn")),
            ("product_category", "content"),
            ("product_name", "An article"),
            ("product_profile", "non-physical-goods"),
            ("emi_option", "0"),
            ("cus_name", "Ada"),
            ("cus_email", "ada@example.com"),
            ("cus_add1", "1 Street"),
            ("cus_city", "Dhaka"),
            ("cus_postcode", "1000"),
            ("cus_country", "Bangladesh"),
            ("cus_phone", "01700000000"),
            ("shipping_method", "NO"),
            ("num_of_item", "1"),
            ("value_a", "checkout <1> & \"more\""),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    pub(crate) async fn send(&self, order: &Fields) -> reqwest::Result<reqwest::Response> {
        let url = format!("{}/gwprocess/v4/api.php", self.gateway.base_url());
        let header = "application/x-www-form-urlencoded";
        self.client.post(url).header("content-type", header).body(encode(order)).send().await
    }

    pub(crate) async fn open_with(&self, order: &Fields) -> Value {
        let answer = self.send(order).await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    pub(crate) async fn open(&self, tran_id: &str) -> String {
        let answer = self.open_with(&self.order(tran_id)).await;
        assert_eq!(answer["status"], "SUCCESS", "{answer}");
        answer["sessionkey"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn refused(&self, name: &str, value: &str) -> String {
        let mut order = self.order("T");
        order.insert(name.to_owned(), value.to_owned());
        let answer = self.open_with(&order).await;
        assert_eq!((&answer["status"], &answer["GatewayPageURL"]), (&json!("FAILED"), &json!("")), "{name}");
        answer["failedreason"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn get(&self, path: &str, pairs: &[(&str, &str)]) -> reqwest::Result<reqwest::Response> {
        let own = [("store_id", "testbox"), ("store_passwd", "qwerty"), ("v", "1"), ("format", "json")];
        let query = encode(own.iter().chain(pairs).copied());
        let url = format!("{}/validator/api/{path}?{query}", self.gateway.base_url());
        self.client.get(url).send().await
    }

    pub(crate) async fn validate(&self, val_id: &str) -> Value {
        let answer = self.get("validationserverAPI.php", &[("val_id", val_id)]).await;
        answer.unwrap().json().await.unwrap()
    }

    pub(crate) async fn ask(&self, pairs: &[(&str, &str)]) -> Value {
        let answer = self.get("merchantTransIDvalidationAPI.php", pairs).await;
        answer.unwrap().json().await.unwrap()
    }

    pub(crate) async fn refund(&self, bank_tran_id: &str, amount: &str) -> Value {
        self.ask(&refund_of(bank_tran_id, amount)).await
    }

    pub(crate) async fn refund_status(&self, refund: &Value) -> Value {
        let ref_id = refund["refund_ref_id"].as_str().unwrap();
        self.ask(&[("refund_ref_id", ref_id)]).await["status"].clone()
    }

    /// The bank's id of a payment of 1150.00.
    pub(crate) async fn paid(&self, tran_id: &str) -> String {
        let key = self.open(tran_id).await;
        self.gateway.control().pay(&key).await.unwrap().bank_tran_id
    }

    pub(crate) async fn page(&self, rest: &str) -> (u16, String) {
        let answer =
            self.client.get(format!("{}/_pay/{rest}", self.gateway.base_url())).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

pub(crate) fn refund_of<'a>(bank_tran_id: &'a str, amount: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("bank_tran_id", bank_tran_id),
        ("refund_amount", amount),
        ("refund_remarks", "asked for"),
        ("refe_id", "R1"),
        ("refund_trans_id", "R1"),
    ]
}

/// Checks the hash the way a shop does.
pub(crate) fn is_signed(ipn: &Fields) -> bool {
    let bare = ipn.iter().filter(|(name, _)| !name.starts_with("verify_sign"));
    let bare: Vec<_> = bare.map(|(name, value)| (name.clone(), value.clone())).collect();
    let signed: Fields = sign_ipn(&bare, "qwerty").into_iter().collect();
    signed["verify_sign"] == ipn["verify_sign"]
}
