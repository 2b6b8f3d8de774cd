//! How often one address may open checkouts.

use crate::{
    checkout::{PATH, TEA},
    shop::{Shop, form},
};
use axum::http::StatusCode;
use galley_api::serve;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn too_many_are_told_to_wait_before_their_body_is_read() {
    let shop = Shop::open_with(|payments| payments.checkout_per_minute = 2).await;
    assert_eq!(shop.post(PATH, &[], TEA).await.status, StatusCode::CREATED);
    let sent = form(&[("product", "poem")]);
    assert_eq!(shop.post("/order", &[], sent.clone()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let answer = shop.post(PATH, &[], "{").await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"));
    let wait: u32 = answer.header("retry-after").parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    let page = shop.post("/order", &[("accept", "text/html")], sent).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.text.contains("One moment, please") && !page.header("retry-after").is_empty());
    // Nobody else has to wait, and looking is free.
    assert_eq!(shop.get("/order", &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_a_client_writes_itself_makes_nobody_somebody_else() {
    let shop = Shop::open_with(|payments| payments.checkout_per_minute = 1).await;
    let from = async |address: &str| shop.post(PATH, &[("x-forwarded-for", address)], TEA).await.status;
    assert_eq!(from("198.51.100.1").await, StatusCode::CREATED);
    assert_eq!(from("198.51.100.2").await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn behind_a_proxy_of_ours_the_nearest_stranger_counts() {
    let shop = Shop::open_with(|payments| {
        payments.checkout_per_minute = 1;
        payments.trusted_proxies = vec!["192.0.2.7".parse().unwrap(), "10.0.0.1".parse().unwrap()];
    })
    .await;
    let from = async |address: &str| shop.post(PATH, &[("x-forwarded-for", address)], TEA).await.status;
    assert_eq!(from("198.51.100.1").await, StatusCode::CREATED);
    assert_eq!(from("203.0.113.9, 198.51.100.1").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(from("203.0.113.9, 198.51.100.1:4000, 10.0.0.1").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(from("198.51.100.1, 198.51.100.2").await, StatusCode::CREATED);
    // What cannot be read ends the chain: the proxy itself is counted.
    assert_eq!(from("198.51.100.3, unknown").await, StatusCode::CREATED);
    assert_eq!(from("").await, StatusCode::TOO_MANY_REQUESTS);
}

/// The router alone does not know where a request comes from: serving must tell it.
#[tokio::test]
async fn the_server_knows_where_requests_come_from() {
    let shop = Shop::open_with(|payments| {
        payments.checkout_per_minute = 1;
        payments.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let end = CancellationToken::new();
    let serving = tokio::spawn(serve(listener, shop.api.clone(), end.clone()));
    let mut statuses = Vec::new();
    for client in ["198.51.100.1", "198.51.100.2", "198.51.100.1"] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head =
            format!("POST {PATH} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-forwarded-for: {client}");
        let request = format!("{head}\r\ncontent-length: {}\r\n\r\n{TEA}", TEA.len());
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        statuses.push(answer.split(' ').nth(1).unwrap().to_owned());
    }
    assert_eq!(statuses, ["201", "201", "429"]);
    end.cancel();
    serving.await.unwrap().unwrap();
}
