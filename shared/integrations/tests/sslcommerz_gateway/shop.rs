//! A shop with one checkout, and the gateway that it asks.

use chrono::{DateTime, Utc};
use galley_domain::{
    id::{CheckoutSessionId, RefundId},
    money::Money,
    payment::{CheckoutIntent, CheckoutState, Gateway, Observation, RefundIntent, RefundState, SessionFact},
};
use galley_integrations::{
    gateway::{GatewayError, PaymentGateway as _},
    secret::Secret,
    sslcommerz::{SslcommerzConfig, SslcommerzGateway, tran_id},
};
use galley_sandbox::{
    fault::Fault,
    sslcommerz::{SslcommerzMode, SslcommerzOptions, SslcommerzServer},
};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use uuid::Uuid;

/// The store's password.
pub(crate) const PASSWORD: &str = "qwerty";

pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_794_571_200, 0).unwrap()
}

/// A client, the gateway that it asks, and one checkout.
pub(crate) struct Shop {
    pub(crate) server: SslcommerzServer,
    pub(crate) gateway: SslcommerzGateway,
    pub(crate) checkout: CheckoutSessionId,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::reached_at("http://127.0.0.1:1", Duration::from_secs(20)).await
    }

    pub(crate) async fn reached_at(public_url: &str, timeout: Duration) -> Self {
        let server = SslcommerzServer::start(SslcommerzOptions::new(noon)).await.unwrap();
        let gateway = SslcommerzGateway::new(SslcommerzConfig {
            store_id: "testbox".to_owned(),
            store_password: Secret::new(PASSWORD),
            api_base: server.base_url().parse().unwrap(),
            public_url: public_url.parse().unwrap(),
            timeout,
        })
        .unwrap();
        Self { server, gateway, checkout: Uuid::from_u128(0x0198_c0de).into() }
    }

    pub(crate) fn intent(&self, attempt: i32) -> CheckoutIntent {
        CheckoutIntent {
            checkout: self.checkout,
            gateway: Gateway::Sslcommerz,
            attempt,
            title: "An article & a half".to_owned(),
            price: Money { minor: 115_050, currency: "BDT".parse().unwrap() },
            email: "ann@example.com".to_owned(),
            token: "secret-token".to_owned(),
            created_at: noon(),
        }
    }

    pub(crate) fn tran_id(&self, attempt: i32) -> String {
        tran_id(self.checkout, attempt).unwrap()
    }

    /// A page that one customer paid; answers with the bank's id.
    pub(crate) async fn paid(&self) -> String {
        self.gateway.create_checkout(&self.intent(1)).await.unwrap();
        self.server.control().pay(&self.tran_id(1)).await.unwrap().bank_tran_id
    }

    pub(crate) async fn facts(&self, val_id: Option<&str>) -> Vec<SessionFact> {
        let observations = self.gateway.fetch(&self.tran_id(1), val_id).await.unwrap();
        observations
            .into_iter()
            .map(|observation| match observation {
                Observation::Session(fact) => *fact,
                Observation::Money(fact) => panic!("{fact:?}"),
            })
            .collect()
    }

    pub(crate) async fn state(&self) -> CheckoutState {
        let facts = self.facts(None).await;
        assert_eq!(facts.len(), 1);
        facts[0].state
    }

    pub(crate) fn break_with(&self, mode: SslcommerzMode) {
        self.server.control().set(Fault::always(mode));
    }
}

pub(crate) fn refund_of(payment_ref: &str, minor: i64) -> RefundIntent {
    RefundIntent {
        refund: RefundId(Uuid::from_u128(9)),
        gateway: Gateway::Sslcommerz,
        attempt: 1,
        payment_ref: payment_ref.to_owned(),
        external_id: None,
        amount: Money { minor, currency: "BDT".parse().unwrap() },
        reason: "Sold twice".to_owned(),
        state: RefundState::Requested,
        created_at: noon(),
    }
}

pub(crate) fn kind(error: &GatewayError) -> &'static str {
    assert!(!format!("{error} {error:?}").contains(PASSWORD), "{error}");
    match error {
        GatewayError::NotDone { .. } => "not done",
        GatewayError::Unknown { .. } => "unknown",
        GatewayError::Replayed { .. } => "replayed",
        GatewayError::Refused { .. } => "refused",
    }
}

/// Takes one form that is posted to it, says 200, and gives the form back.
pub(crate) async fn one_form(listener: TcpListener) -> (String, Vec<u8>) {
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut read = Vec::new();
    let (head, body) = loop {
        let text = String::from_utf8_lossy(&read).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .to_lowercase()
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if body.len() >= length.unwrap_or(0) {
                break (head.to_owned(), body.as_bytes().to_vec());
            }
        }
        let mut chunk = [0; 4096];
        let count = socket.read(&mut chunk).await.unwrap();
        assert!(count > 0, "the notice broke off");
        read.extend_from_slice(&chunk[..count]);
    };
    socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    (head, body)
}
