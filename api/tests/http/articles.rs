//! Public articles: their pages, their list, and what search engines are told.

use crate::shop::Shop;
use axum::http::StatusCode;
use galley_domain::{actor::Actor, id::ArticleId};
use serde_json::Value;

const HTML: [(&str, &str); 1] = [("accept", "text/html,application/xhtml+xml")];
const TEA: &str = "# Tea & milk\n\nTea is a *drink* that many people like.\n\n## Kinds\n\nGreen and black.\n";
const HOSTILE: &str = "</title></script><script>alert(1)</script>\"'&amp;";

async fn insert(shop: &Shop, slug: &str, title: &str, source: &str) -> ArticleId {
    shop.store.insert_article(slug, title, source).await.unwrap()
}

/// The block that search engines read, as what it says.
fn linked_data(page: &str) -> Value {
    let (_, rest) = page.split_once("<script type=\"application/ld+json\">").expect("there is one");
    let (data, _) = rest.split_once("</script>").unwrap();
    serde_json::from_str(data).unwrap_or_else(|error| panic!("{error}: {data}"))
}

#[tokio::test]
async fn a_public_article_has_a_page_that_may_be_kept_and_found() {
    let shop = Shop::open().await;
    insert(&shop, "tea", "Tea & milk", TEA).await;
    let page = shop.get("/articles/tea", &HTML).await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    assert!(page.header("x-robots-tag").is_empty() && !page.text.contains("noindex"), "it may be found");
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    for part in [
        "<link rel=\"canonical\" href=\"https://galley.example/articles/tea\">",
        "<meta name=\"description\" content=\"Tea is a drink that many people like.\">",
        "<meta property=\"og:type\" content=\"article\">",
        "<h1>Tea &#38; milk</h1>",
        "<p>Tea is a <em>drink</em> that many people like.</p>",
        "<h2>Kinds</h2>",
        "1 min to read",
        "lang=\"en\"",
    ] {
        assert!(page.text.contains(part), "{part}\n{}", page.text);
    }
    assert_eq!(page.text.matches("<h1>").count(), 1, "the title stands there once");
    let data = linked_data(&page.text);
    assert_eq!((&data["@type"], &data["headline"]), (&"Article".into(), &"Tea & milk".into()));
    assert_eq!(data["mainEntityOfPage"], "https://galley.example/articles/tea");
    assert_eq!(data["publisher"]["name"], "Ann’s <b>Articles</b>");
}

#[tokio::test]
async fn a_page_that_a_browser_has_is_not_sent_again_until_it_changes() {
    let shop = Shop::open().await;
    let id = insert(&shop, "tea", "Tea", TEA).await;
    let page = shop.get("/articles/tea", &HTML).await;
    assert_eq!(page.header("cache-control"), "public, no-cache");
    let tag = page.header("etag").to_owned();
    for known in [tag.clone(), format!("\"other\", W/{tag}")] {
        let again = shop.get("/articles/tea", &[("if-none-match", &known)]).await;
        assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
        assert_eq!(again.header("etag"), tag);
    }
    let ann = || Actor::Staff("ann".to_owned());
    shop.store.withdraw_article(id, ann()).await.unwrap();
    assert_eq!(shop.get("/articles/tea", &[("if-none-match", &tag)]).await.status, StatusCode::NOT_FOUND);
    shop.store.restore_article(id, ann()).await.unwrap();
    assert_ne!(shop.get("/articles/tea", &[("if-none-match", "\"other\"")]).await.header("etag"), tag);
}

#[tokio::test]
async fn what_is_not_public_is_not_there() {
    let shop = Shop::open().await;
    let id = insert(&shop, "tea", "Tea", TEA).await;
    shop.store.withdraw_article(id, Actor::Staff("ann".to_owned())).await.unwrap();
    let long = "a".repeat(5_000);
    for name in ["tea", "unknown", "Tea", "tea%00", "..%2F..%2Fetc", "%27%20OR%201=1", &long] {
        let answer = shop.get(&format!("/articles/{name}"), &HTML).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
    }
    assert!(!shop.get("/articles", &HTML).await.text.contains("/articles/tea"));
    assert!(!shop.get("/sitemap.xml", &[]).await.text.contains("/articles/tea"));
}

#[tokio::test]
async fn nothing_in_an_article_is_markup_that_is_not_ours() {
    let shop = Shop::open().await;
    let source = format!("# {HOSTILE}\n\n{HOSTILE} [x](javascript:alert(1)) <img src=x onerror=alert(1)>\n");
    insert(&shop, "hostile", HOSTILE, &source).await;
    let page = shop.get("/articles/hostile", &HTML).await;
    let list = shop.get("/articles", &HTML).await;
    for text in [&page.text, &list.text] {
        for part in ["<script>alert", "javascript:", "onerror", "<img"] {
            assert!(!text.contains(part), "{part}\n{text}");
        }
    }
    assert_eq!(linked_data(&page.text)["headline"], HOSTILE);
}

#[tokio::test]
async fn articles_are_listed_newest_first_page_by_page() {
    let shop = Shop::open().await;
    let empty = shop.get("/articles", &HTML).await;
    assert!(empty.text.contains("Nothing has been published yet"), "{}", empty.text);
    for n in 0..25 {
        insert(&shop, &format!("tea-{n}"), &format!("Tea {n}"), TEA).await;
    }
    let first = shop.get("/articles", &HTML).await;
    assert_eq!(first.text.matches("<h2").count(), 20);
    assert!(first.text.contains("Tea 24") && !first.text.contains("Tea 4<"));
    assert!(first.text.contains("/order?product=backlink&#38;article=tea-24"), "{}", first.text);
    let next = first.text.split("href=\"").find_map(|part| part.strip_prefix("/articles?before=")).unwrap();
    let second = shop.get(&format!("/articles?before={}", next.split('"').next().unwrap()), &HTML).await;
    assert_eq!(second.text.matches("<h2").count(), 5);
    assert!(second.text.contains("Tea 0<") && !second.text.contains("before="));
    let wrong = shop.get("/articles?before=tea", &[]).await;
    assert_eq!((wrong.status, wrong.fields()), (StatusCode::UNPROCESSABLE_ENTITY, vec!["before".to_owned()]));
}

#[tokio::test]
async fn search_engines_find_the_articles_and_are_kept_out_of_the_rest() {
    let shop = Shop::open().await;
    insert(&shop, "tea", "Tea", TEA).await;
    insert(&shop, "milk", "Milk", TEA).await;
    let map = shop.get("/sitemap.xml", &[]).await;
    assert_eq!((map.status, map.header("content-type")), (StatusCode::OK, "application/xml; charset=utf-8"));
    assert!(map.text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset "), "{}", map.text);
    for name in ["tea", "milk"] {
        let address = format!("<url><loc>https://galley.example/articles/{name}</loc><lastmod>2");
        assert!(map.text.contains(&address), "{}", map.text);
    }
    let nothing = shop.get("/sitemap.xml?after=ffffffff-ffff-ffff-ffff-ffffffffffff", &[]).await;
    assert!(nothing.text.contains("<urlset") && !nothing.text.contains("<loc>"));
    assert_eq!(shop.get("/sitemap.xml?after=x", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let robots = shop.get("/robots.txt", &[]).await;
    assert_eq!(robots.header("content-type"), "text/plain; charset=utf-8");
    for line in [
        "User-agent: *",
        "Disallow: /admin",
        "Disallow: /order-status",
        "Disallow: /checkout",
        "Sitemap: https://galley.example/sitemap.xml",
    ] {
        assert!(robots.text.lines().any(|one| one == line), "{line}\n{}", robots.text);
    }
    assert!(!robots.text.contains("Disallow: /articles") && !robots.text.contains("Disallow: /\n"));
}

#[tokio::test]
async fn the_order_form_for_a_link_knows_its_article_by_name_and_by_id() {
    let shop = Shop::open().await;
    let id = insert(&shop, "tea", "Tea & milk", TEA).await.to_string();
    for article in ["tea", &id] {
        let form = shop.get(&format!("/order?product=backlink&article={article}"), &HTML).await.text;
        assert!(form.contains(&id) && form.contains("Tea &#38; milk"), "{article}: {form}");
    }
    let unknown = shop.get("/order?product=backlink&article=coffee", &HTML).await;
    assert!(unknown.status.is_success() && unknown.text.contains("href=\"/articles\""), "{}", unknown.text);
}
