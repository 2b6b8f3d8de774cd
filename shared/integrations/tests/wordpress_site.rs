//! The client of WordPress against the stand-in, on the days when it works and on the others.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use chrono::{DateTime, Utc};
use galley_domain::{
    brief::{OrderedLink, Rel},
    id::ArticleId,
};
use galley_integrations::{
    secret::Secret,
    site::{ArticleCopy, KnownCopy, RemoteArticle, RemoteSite as _, SiteError},
    wordpress::{WordpressConfig, WordpressSite},
};
use galley_sandbox::{
    fault::Fault,
    wordpress::{
        WordpressAction, WordpressMode, WordpressOptions, WordpressPost, WordpressServer, WordpressStatus,
    },
};
use std::time::Duration;
use uuid::Uuid;

const ARTICLE: ArticleId = ArticleId(Uuid::from_u128(0x0198_c0de));
const HTML: &str = "<p>Ann's tea\nis <a href=\"https://tea.example/?a=1&amp;b=2\" rel=\"sponsored\">the \"best\" \
                    tea</a> [gallery].</p>\n<p>https://video.example/1</p>\n";

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_794_571_200, 0).unwrap()
}

fn link(rel: Rel) -> OrderedLink {
    let target_url = "https://tea.example/?a=1&b=2".parse().unwrap();
    OrderedLink { target_url, anchor_text: "the \"best\" tea".to_owned(), rel }
}

fn copy(html: &str) -> ArticleCopy<'_> {
    ArticleCopy { article: ARTICLE, slug: "green-tea", title: "Green tea & <milk>", html, known: None }
}

fn again<'a>(html: &'a str, known: &'a RemoteArticle) -> ArticleCopy<'a> {
    ArticleCopy { known: Some(KnownCopy { id: &known.id, hash: &known.hash }), ..copy(html) }
}

/// A site, and its client.
struct Site {
    server: WordpressServer,
    client: WordpressSite,
}

impl Site {
    async fn open() -> Self {
        Self::with(WordpressOptions::new(noon), Duration::from_secs(20)).await
    }

    async fn with(options: WordpressOptions, timeout: Duration) -> Self {
        let server = WordpressServer::start(options).await.unwrap();
        let password = server.app_password().to_owned();
        let client = Self::client(&server, &password, timeout);
        Self { server, client }
    }

    fn client(server: &WordpressServer, password: &str, timeout: Duration) -> WordpressSite {
        WordpressSite::new(WordpressConfig {
            url: server.base_url().parse().unwrap(),
            user: server.user().to_owned(),
            app_password: Secret::new(password),
            timeout,
        })
        .unwrap()
    }

    fn break_with(&self, mode: WordpressMode) {
        self.server.control().set(Fault::always(mode));
    }

    fn only_post(&self) -> WordpressPost {
        let mut posts = self.server.control().posts();
        assert_eq!(posts.len(), 1, "{posts:?}");
        posts.remove(0)
    }

    fn act(&self, action: WordpressAction) {
        self.server.control().act(action).unwrap();
    }

    async fn upsert(&self) -> Result<RemoteArticle, SiteError> {
        self.client.upsert(&copy(HTML)).await
    }

    async fn refused_while(&self, mode: WordpressMode) -> SiteError {
        self.break_with(mode);
        let error = self.upsert().await.unwrap_err();
        self.server.control().reset();
        assert!(!format!("{error} {error:?}").contains("EFGH"), "{error}");
        error
    }
}

#[tokio::test]
async fn a_copy_is_public_under_its_slug_and_shows_its_link() {
    let site = Site::open().await;
    let remote = site.upsert().await.unwrap();
    let post = site.only_post();
    assert_eq!((post.slug.as_str(), post.status), ("green-tea", WordpressStatus::Publish));
    assert_eq!(remote.id, post.id.to_string());
    assert_eq!(remote.url.as_str(), format!("{}/green-tea/", site.server.base_url()));
    assert!(post.content.contains(&format!("<!-- galley:{ARTICLE} -->")), "{}", post.content);
    site.client.verify(&remote, &link(Rel::Sponsored)).await.unwrap();
    assert_eq!(site.client.account().await.unwrap(), "The editor");
}

#[tokio::test]
async fn the_text_is_shown_as_written_and_nothing_in_it_runs() {
    let site = Site::open().await;
    let remote = site.upsert().await.unwrap();
    let page = reqwest::Client::builder().no_proxy().build().unwrap().get(remote.url.clone()).send().await;
    let page = page.unwrap().text().await.unwrap();
    for foreign in ["<br", "shortcode was run", "<iframe"] {
        assert!(!page.contains(foreign), "{foreign} is in {page}");
    }
    assert!(page.contains("&#91;gallery&#93;"), "{page}");
}

#[tokio::test]
async fn writing_the_same_again_changes_nothing() {
    let site = Site::open().await;
    let first = site.upsert().await.unwrap();
    assert_eq!(site.upsert().await.unwrap(), first);
    assert_eq!(site.client.upsert(&again(HTML, &first)).await.unwrap(), first);
    assert_eq!(site.server.control().counters().writes, 1);
    assert_eq!(site.only_post().writes, 1);
}

#[tokio::test]
async fn a_known_copy_is_brought_up_to_date_where_it_is() {
    let site = Site::open().await;
    let first = site.upsert().await.unwrap();
    let longer = format!("{HTML}<p>And milk.</p>");
    let second = site.client.upsert(&again(&longer, &first)).await.unwrap();
    assert_eq!((&second.id, &second.url), (&first.id, &first.url));
    assert_ne!(second.hash, first.hash);
    assert!(site.only_post().content.contains("And milk."));
    site.client.verify(&second, &link(Rel::Sponsored)).await.unwrap();
}

#[tokio::test]
async fn an_answer_that_got_lost_makes_no_second_post() {
    let site = Site::open().await;
    let lost = Fault::times(WordpressMode::LostAnswer, 1).only("POST /wp-json/wp/v2/posts {");
    site.server.control().set(lost);
    assert!(matches!(site.upsert().await, Err(SiteError::Unavailable { .. })));
    let remote = site.upsert().await.unwrap();
    assert_eq!(remote.id, site.only_post().id.to_string());
    // The same when a copy is changed: what we know of it is what it was before.
    let longer = format!("{HTML}<p>And milk.</p>");
    let lost =
        Fault::times(WordpressMode::LostAnswer, 1).only(format!("POST /wp-json/wp/v2/posts/{}", remote.id));
    site.server.control().set(lost);
    let update = again(&longer, &remote);
    assert!(matches!(site.client.upsert(&update).await, Err(SiteError::Unavailable { .. })));
    let second = site.client.upsert(&update).await.unwrap();
    assert!(site.only_post().content.contains("And milk."));
    assert_ne!(second.hash, remote.hash);
}

#[tokio::test]
async fn a_lost_copy_is_found_by_its_mark_when_its_slug_was_taken() {
    let site = Site::open().await;
    site.act(WordpressAction::Write { slug: "green-tea".to_owned() });
    let lost = Fault::times(WordpressMode::LostAnswer, 1).only("POST /wp-json/wp/v2/posts {");
    site.server.control().set(lost);
    assert!(site.upsert().await.is_err());
    let remote = site.upsert().await.unwrap();
    let posts = site.server.control().posts();
    assert_eq!(posts.len(), 2, "{posts:?}");
    assert_eq!(posts[0].content, "<p>Written here.</p>", "a post of theirs with our slug stays theirs");
    assert_eq!((posts[1].slug.as_str(), remote.id.clone()), ("green-tea-2", posts[1].id.to_string()));
    site.client.verify(&remote, &link(Rel::Sponsored)).await.unwrap();
}

#[tokio::test]
async fn a_site_that_filters_markup_keeps_mark_and_link() {
    let options = WordpressOptions { unfiltered_html: false, ..WordpressOptions::new(noon) };
    let site = Site::with(options, Duration::from_secs(20)).await;
    let first = site.upsert().await.unwrap();
    assert_eq!(site.upsert().await.unwrap(), first);
    site.client.verify(&first, &link(Rel::Sponsored)).await.unwrap();
    let longer = format!("{HTML}<p onclick=\"x\">And milk.</p>");
    site.client.upsert(&again(&longer, &first)).await.unwrap();
    assert_eq!(site.server.control().counters().writes, 2);
}

#[tokio::test]
async fn a_site_that_strips_comments_gets_no_second_post_either() {
    let site = Site::open().await;
    site.break_with(WordpressMode::StripComments);
    let first = site.upsert().await.unwrap();
    assert!(!site.only_post().content.contains("galley:"));
    assert_eq!(site.upsert().await.unwrap(), first);
    assert_eq!(site.only_post().writes, 1);
}

#[tokio::test]
async fn a_post_that_somebody_changed_is_not_overwritten() {
    let site = Site::open().await;
    let first = site.upsert().await.unwrap();
    let id = site.only_post().id;
    site.act(WordpressAction::Edit { target: id });
    let longer = format!("{HTML}<p>And milk.</p>");
    let Err(SiteError::Changed { found }) = site.client.upsert(&again(&longer, &first)).await else {
        panic!("it was overwritten")
    };
    assert!(site.only_post().content.contains("One of us added this."));
    // Whoever has looked at it may say that it is to be overwritten.
    site.client.upsert(&again(&longer, &found)).await.unwrap();
    assert!(!site.only_post().content.contains("One of us added this."));
}

#[tokio::test]
async fn a_post_in_the_trash_or_deleted_is_gone() {
    let site = Site::open().await;
    let first = site.upsert().await.unwrap();
    let id = site.only_post().id;
    site.act(WordpressAction::Trash { target: id });
    let gone = site.client.upsert(&again(HTML, &first)).await;
    assert!(matches!(&gone, Err(SiteError::Gone { detail }) if detail.contains("trash")), "{gone:?}");
    site.act(WordpressAction::Delete { target: id });
    let gone = site.client.upsert(&again(HTML, &first)).await;
    assert!(matches!(&gone, Err(SiteError::Gone { .. })), "{gone:?}");
    site.upsert().await.unwrap();
    assert_ne!(site.only_post().id, id);
}

#[tokio::test]
async fn refusals_and_bad_days_are_told_apart() {
    let site = Site::open().await;
    for mode in
        [WordpressMode::Unauthorized, WordpressMode::Forbidden, WordpressMode::NoRest, WordpressMode::Moved]
    {
        let error = site.refused_while(mode).await;
        assert!(matches!(error, SiteError::Refused { .. }), "{mode:?}: {error:?}");
    }
    for mode in [WordpressMode::Status500, WordpressMode::Reset, WordpressMode::Garbage] {
        let error = site.refused_while(mode).await;
        assert!(matches!(error, SiteError::Unavailable { after: None, .. }), "{mode:?}: {error:?}");
    }
    for mode in [WordpressMode::RateLimited, WordpressMode::Down] {
        site.server.control().set(Fault::always(mode).retry_after_seconds(7));
        let error = site.upsert().await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)), "{mode:?}: {error:?}");
        site.server.control().reset();
    }
    assert!(site.server.control().posts().is_empty());
    let stranger = Site::client(&site.server, "not-it", Duration::from_secs(20));
    let error = stranger.upsert(&copy(HTML)).await.unwrap_err();
    assert!(matches!(&error, SiteError::Refused { detail } if !detail.contains("not-it")), "{error:?}");
    assert!(stranger.account().await.is_err());
}

#[tokio::test]
async fn a_site_that_hangs_or_is_not_there_costs_no_more_than_the_wait() {
    let site = Site::with(WordpressOptions::new(noon), Duration::from_millis(300)).await;
    site.break_with(WordpressMode::Hang);
    let error = site.upsert().await.unwrap_err();
    assert_eq!(error, SiteError::Unavailable { detail: "no answer in time".to_owned(), after: None });
    let url = site.server.base_url();
    site.server.shutdown().await;
    let client = site.client;
    let error = client.upsert(&copy(HTML)).await.unwrap_err();
    assert_eq!(error, SiteError::Unavailable { detail: "no connection".to_owned(), after: None }, "{url}");
}

#[tokio::test]
async fn the_public_page_is_believed_and_nothing_else() {
    let site = Site::open().await;
    let remote = site.upsert().await.unwrap();
    let told = async |mode: Option<WordpressMode>, rel| {
        if let Some(mode) = mode {
            site.break_with(mode);
        }
        let error = site.client.verify(&remote, &link(rel)).await.unwrap_err();
        site.server.control().reset();
        match error {
            SiteError::LinkMissing { detail } => detail,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(told(Some(WordpressMode::HideLinks), Rel::Sponsored).await, "there is no link to its address");
    assert_eq!(
        told(Some(WordpressMode::HideRel), Rel::Sponsored).await,
        "it has no mark instead of rel=\"sponsored\""
    );
    assert_eq!(told(Some(WordpressMode::Twice), Rel::Sponsored).await, "it is there 2 times");
    assert_eq!(told(None, Rel::Ugc).await, "it has rel=\"sponsored\" instead of rel=\"ugc\"");
    site.act(WordpressAction::Trash { target: site.only_post().id });
    assert_eq!(told(None, Rel::Sponsored).await, "the page answers HTTP 404");
    site.break_with(WordpressMode::Down);
    let error = site.client.verify(&remote, &link(Rel::Sponsored)).await.unwrap_err();
    assert!(matches!(error, SiteError::Unavailable { after: Some(_), .. }), "{error:?}");
}

#[tokio::test]
async fn links_that_the_site_takes_out_are_missed() {
    let site = Site::open().await;
    site.break_with(WordpressMode::StripLinks);
    let remote = site.upsert().await.unwrap();
    let error = site.client.verify(&remote, &link(Rel::Sponsored)).await.unwrap_err();
    assert!(matches!(error, SiteError::LinkMissing { .. }), "{error:?}");
}
