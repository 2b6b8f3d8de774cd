//! Articles as everybody reads them, and what tests sell into them.

use crate::{
    events::{paid, version, with},
    on_both_engines,
    shop::Shop,
};
use galley_content::{
    backlink::{insert, onto, paragraphs},
    markdown::{LinkPolicy, render},
};
use galley_domain::{
    actor::Actor,
    article::{SoldLink, with_link},
    brief::{OrderedLink, Rel},
    id::{ArticleId, OrderId},
};
use galley_store::{Edition, NewVersion, Outcome, Publication, Received, Store};
use std::sync::Arc;

on_both_engines! {
    an_imported_article_is_public_at_once,
    a_name_is_taken_once,
    articles_are_listed_newest_first_page_by_page,
    the_map_of_the_site_leaves_out_what_is_cited_elsewhere,
    an_article_from_before_is_laid_out_when_it_is_read,
    a_backlink_goes_only_into_what_is_public,
    staff_take_an_article_off_and_put_it_back,
}

/// A sentence of the third paragraph, which no test changes.
pub(crate) const LEAVES: &str = "The leaves come from far away, and the water from nearby.";
pub(crate) const TEA: &str = "# Tea\n\nTea is a drink that many people like to have in the morning.\n\n\
    Some have it with milk, and some would never do such a thing to it.\n\n\
    The leaves come from far away, and the water from nearby.\n";

fn link(name: &str) -> OrderedLink {
    OrderedLink {
        target_url: format!("https://{name}.example/").parse().unwrap(),
        anchor_text: "good tea".to_owned(),
        rel: Rel::Sponsored,
    }
}

/// `base` with a link to `https://{name}.example/` in one of its paragraphs.
pub(crate) fn backlink_version(name: &str, base: &str, paragraph: usize) -> NewVersion {
    let text = paragraphs(base)[paragraph - 1].text;
    let answer = format!("{paragraph}\n{text} There is [good tea](https://{name}.example/).");
    let insertion = insert(base, &answer, &link(name)).unwrap();
    NewVersion { source: insertion.text.clone(), insertion: Some(insertion), ..version("Tea") }
}

/// A paid backlink whose first version is ready.
pub(crate) async fn sell_backlink(
    shop: &Shop,
    name: &str,
    article: ArticleId,
    base: &str,
    paragraph: usize,
) -> OrderId {
    let (url, id) = (format!("https://{name}.example/"), article.to_string());
    let brief =
        [("product", "backlink"), ("target_url", &url), ("anchor_text", "good tea"), ("article_id", &id)];
    let sale = with(paid(name), |fact| {
        fact.sale.metadata = brief.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    });
    let Received::Settled { order_id, new: true } = shop.receive(sale).await else { panic!("not settled") };
    let job = shop.claim_content(order_id).await;
    shop.finish(&job, Outcome::Content(Box::new(backlink_version(name, base, paragraph)))).await;
    order_id
}

/// What a worker makes of a publication.
pub(crate) fn edition(publication: &Publication) -> Edition {
    let article = &publication.article;
    let link = publication.brief.link.clone();
    let sold = link.clone().map(|link| SoldLink { order_id: publication.order, link });
    let source = match (&publication.approved.insertion, &link) {
        (Some(insertion), Some(link)) => onto(&article.source, insertion, link).unwrap().text,
        _ => publication.approved.source.clone(),
    };
    let ordered: Vec<_> =
        with_link(&article.links, sold.as_ref()).into_iter().map(|sold| sold.link).collect();
    Edition {
        article: article.id,
        revision: article.revision,
        title: publication.approved.title.clone(),
        html: render(&source, &LinkPolicy { ordered: &ordered }),
        source,
        link: sold,
        url: format!("https://shop.example/articles/{}", article.slug),
    }
}

async fn an_imported_article_is_public_at_once(shop: &Shop) {
    let id = shop.store.insert_article("tea", "Tea", TEA).await.unwrap();
    let public = shop.store.find_article("tea").await.unwrap().unwrap();
    assert_eq!((public.id, public.order_id, public.revision), (id, None, 1));
    assert_eq!((public.source.as_str(), public.published_at), (TEA, shop.time.now()));
    assert!(public.html.starts_with("<h1>Tea</h1>") && public.links.is_empty());
    assert!(shop.store.find_article("coffee").await.unwrap().is_none());
    let unknown = ArticleId(shop.store.clock().new_id());
    assert!(shop.store.article(unknown).await.unwrap().is_none());
}

async fn a_name_is_taken_once(shop: &Shop) {
    shop.store.insert_article("tea", "Tea", TEA).await.unwrap();
    assert!(shop.store.insert_article("tea", "More tea", TEA).await.is_err());
    assert_eq!(shop.count("article").await, 1);
}

async fn articles_are_listed_newest_first_page_by_page(shop: &Shop) {
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(shop.store.insert_article(&format!("tea-{n}"), &format!("Tea {n}"), TEA).await.unwrap());
    }
    ids.sort_unstable_by_key(|id| std::cmp::Reverse(id.0));
    let mut listed = Vec::new();
    loop {
        let page = shop.store.list_articles(listed.last().copied(), 2).await.unwrap();
        if page.is_empty() {
            break;
        }
        listed.extend(page.iter().map(|line| line.id));
    }
    assert_eq!(listed, ids);
    ids.reverse();
    let addresses = shop.store.article_addresses(None, 3).await.unwrap();
    assert_eq!(addresses.iter().map(|line| line.id).collect::<Vec<_>>(), ids[..3]);
    let rest = shop.store.article_addresses(Some(ids[2]), 3).await.unwrap();
    assert_eq!(rest.iter().map(|line| line.id).collect::<Vec<_>>(), ids[3..]);
    assert_eq!(shop.store.article_after(None, 2).await.unwrap(), Some(ids[1]));
    assert_eq!(shop.store.article_after(Some(ids[1]), 3).await.unwrap(), Some(ids[4]));
    assert_eq!(shop.store.article_after(Some(ids[1]), 4).await.unwrap(), None);
}

async fn the_map_of_the_site_leaves_out_what_is_cited_elsewhere(shop: &Shop) {
    shop.store.insert_article("tea", "Tea", TEA).await.unwrap();
    shop.store.insert_article("milk", "Milk", TEA).await.unwrap();
    let copy = "UPDATE article SET remote_id = '1', remote_url = 'https://blog.example/tea', remote_hash = 'x' \
                WHERE slug = 'tea'";
    shop.database.raw.execute(copy).await;
    let addresses = shop.store.article_addresses(None, 10).await.unwrap();
    assert_eq!(addresses.iter().map(|line| line.slug.as_str()).collect::<Vec<_>>(), ["milk"]);
    let public = shop.store.find_article("tea").await.unwrap().expect("it stays readable");
    assert_eq!(public.remote_url.as_deref(), Some("https://blog.example/tea"));
}

async fn an_article_from_before_is_laid_out_when_it_is_read(shop: &Shop) {
    shop.store.insert_article("tea", "Tea", TEA).await.unwrap();
    shop.database.raw.execute("UPDATE article SET html = ''").await;
    let public = shop.store.find_article("tea").await.unwrap().unwrap();
    assert!(public.html.starts_with("<h1>Tea</h1>"), "{}", public.html);
}

async fn a_backlink_goes_only_into_what_is_public(shop: &Shop) {
    let article = shop.store.insert_article("tea", "Tea", TEA).await.unwrap();
    let order = sell_backlink(shop, "a", article, TEA, 1).await;
    let work = shop.store.work(order).await.unwrap();
    assert_eq!((work.base.as_deref(), work.sold.len()), (Some(TEA), 0));
    assert!(shop.store.withdraw_article(article, Actor::System).await.unwrap());
    let sale = with(paid("b"), |fact| {
        let brief = [
            ("product", "backlink".to_owned()),
            ("target_url", "https://b.example/".to_owned()),
            ("anchor_text", "good tea".to_owned()),
            ("article_id", article.to_string()),
        ];
        fact.sale.metadata = brief.map(|(key, value)| (key.to_owned(), value)).into();
    });
    assert!(matches!(shop.receive(sale).await, Received::NeedsReview(_)));
    assert_eq!(shop.store.work(order).await.unwrap().base.as_deref(), Some(TEA), "its base is its own");
}

async fn staff_take_an_article_off_and_put_it_back(shop: &Shop) {
    let ann = || Actor::Staff("ann".to_owned());
    let article = shop.store.insert_article("tea", "Tea", TEA).await.unwrap();
    assert!(!shop.store.restore_article(article, ann()).await.unwrap(), "it is public");
    assert!(shop.store.withdraw_article(article, ann()).await.unwrap());
    assert!(!shop.store.withdraw_article(article, ann()).await.unwrap());
    assert!(shop.store.find_article("tea").await.unwrap().is_none());
    assert!(shop.store.article_addresses(None, 10).await.unwrap().is_empty());
    assert!(shop.store.insert_article("tea", "Tea", TEA).await.is_err(), "its name stays taken");
    shop.time.advance(chrono::TimeDelta::days(1));
    assert!(shop.store.restore_article(article, ann()).await.unwrap());
    let public = shop.store.find_article("tea").await.unwrap().unwrap();
    assert_eq!((public.published_at, public.source.as_str()), (shop.time.now(), TEA));
    let sql = "SELECT action, actor FROM audit_event ORDER BY id";
    let lines: Vec<(String, String)> = shop.database.raw.all(sql).await;
    let told = ["article_withdrawn", "article_restored"];
    assert_eq!(lines, told.map(|action| (action.to_owned(), "staff:ann".to_owned())));
    let unknown = ArticleId(shop.store.clock().new_id());
    assert!(shop.store.withdraw_article(unknown, ann()).await.is_err());
}

/// Everything that is asked of articles once.
pub(crate) async fn read(store: Arc<Store>) {
    let page = store.list_articles(None, 20).await.unwrap();
    let id = store.list_articles(Some(page[19].id), 20).await.unwrap()[0].id;
    let article = store.article(id).await.unwrap().unwrap();
    store.find_article(&article.slug).await.unwrap().unwrap();
    store.article_addresses(Some(id), 100).await.unwrap();
    store.article_after(None, 50).await.unwrap().unwrap();
    assert!(store.withdraw_article(id, Actor::System).await.unwrap());
    assert!(store.restore_article(id, Actor::System).await.unwrap());
}
