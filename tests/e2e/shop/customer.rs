//! What a customer does: pays, opens the link, looks.

use super::{
    Shop,
    patience::{SOON, until},
    sale,
};
use galley_domain::id::OrderId;
use galley_sandbox::stripe::SessionSpec;
use reqwest::{
    Method,
    header::{HeaderMap, IF_NONE_MATCH},
};
use serde_json::Value;
use uuid::Uuid;

/// An order and the key to it.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: Uuid,
    pub(crate) token: String,
    pub(crate) email: String,
}

impl Order {
    /// The header that opens it.
    pub(crate) fn bearer(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", format!("Bearer {}", self.token).parse().unwrap());
        headers
    }
}

/// An answer over HTTP.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of an error; empty when there is none.
    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// A header's text; empty when it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Shop {
    /// Pays: the event is accepted and has become an order.
    pub(crate) async fn sell(&self, sale: &SessionSpec) -> Order {
        let delivery = self.stripe.send(&sale::paid(sale)).await.unwrap();
        assert_eq!(delivery.status, 200, "{}", delivery.body);
        self.order_of(sale).await
    }

    /// The order that a sale has become.
    pub(crate) async fn order_of(&self, sale: &SessionSpec) -> Order {
        let id = self.db.order_of(&sale.session_id).await.expect("the sale has become an order");
        let token = self.signer.sign(OrderId(id), 0);
        Order { id, token, email: sale.email.clone().unwrap_or_default() }
    }

    /// A request as it is.
    pub(crate) async fn ask(&self, method: Method, path: &str, headers: HeaderMap) -> Answer {
        self.exchange(method, path, headers, String::new()).await
    }

    /// `POST`, with a body.
    pub(crate) async fn post(&self, path: &str, headers: HeaderMap, body: String) -> Answer {
        self.exchange(Method::POST, path, headers, body).await
    }

    /// A request to a process that may be dying: nothing if no answer comes.
    pub(crate) async fn try_ask(
        &self,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: String,
    ) -> Option<Answer> {
        let url = format!("http://{}{path}", self.environment["BIND_ADDR"]);
        let request = self.http.request(method, url).headers(headers).body(body).timeout(SOON);
        let answer = request.send().await.ok()?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Some(Answer { status, headers, body: answer.text().await.ok()? })
    }

    async fn exchange(&self, method: Method, path: &str, headers: HeaderMap, body: String) -> Answer {
        let url = format!("http://{}{path}", self.environment["BIND_ADDR"]);
        let answer = self.http.request(method, url).headers(headers).body(body).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        Answer { status, headers, body: answer.text().await.unwrap() }
    }

    /// `GET`, with the order's token.
    pub(crate) async fn get(&self, order: &Order, path: &str) -> Answer {
        self.ask(Method::GET, path, order.bearer()).await
    }

    /// The status, unless the caller has it under this tag already.
    pub(crate) async fn status_unless(&self, order: &Order, tag: &str) -> Answer {
        let mut headers = order.bearer();
        headers.insert(IF_NONE_MATCH, tag.parse().unwrap());
        self.ask(Method::GET, &status_path(order), headers).await
    }

    /// What the status says.
    pub(crate) async fn status(&self, order: &Order) -> Value {
        let answer = self.get(order, &status_path(order)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["data"].take()
    }

    /// Waits until the order is no longer being worked on; what its status then says.
    pub(crate) async fn settled(&self, order: &Order, expected: &str) -> Value {
        let mut status = Value::Null;
        until(&format!("the order is {expected}"), SOON, async || {
            status = self.status(order).await;
            status["status"] != "PROCESSING"
        })
        .await;
        assert_eq!(status["status"], expected, "{status:#}");
        status
    }

    /// What a customer was sent, by its subject, in order.
    pub(crate) fn subjects_to(&self, address: &str) -> Vec<String> {
        self.smtp.mailbox().mails_to(address).iter().map(|mail| mail.subject.clone()).collect()
    }
}

pub(crate) fn status_path(order: &Order) -> String {
    format!("/api/v1/purchase/status/{}", order.id)
}
