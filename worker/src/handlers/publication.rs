//! Making an approved version public.
//!
//! Everything here may happen twice: the row is reserved before anybody outside hears of the article,
//! the copy on another site carries the article's mark and is written down as soon as it is known, and
//! the article, its order and the job change in one commit, if nobody else's text came between.

use super::{JobError, read};
use galley_content::{
    backlink,
    markdown::{LinkPolicy, link_count, render, without_title},
    slug,
};
use galley_domain::{
    article::{PublicationFault, SoldLink, with_link},
    brief::{OrderedLink, ProductKind},
};
use galley_integrations::site::{ArticleCopy, KnownCopy, RemoteSite, SiteError};
use galley_store::{Begun, ClaimedJob, Edition, Outcome, Publication, RemoteCopy, SeenCopy, Store};
use std::time::Duration;
use url::Url;

/// The pause before an article is asked for again that another job holds.
const BUSY_PAUSE: Duration = Duration::from_millis(250);
/// How often it is asked for in one run.
const BUSY_TRIES: u32 = 120;

/// Where articles appear.
#[derive(Clone, Copy)]
pub(super) struct Outlet<'a> {
    /// The address of our own pages.
    pub(super) public_url: &'a Url,
    /// Another site that shows copies.
    pub(super) site: Option<&'a dyn RemoteSite>,
}

/// Publishes what was approved. Why it could not is told to staff, not to the customer.
pub(super) async fn publish(
    store: &Store,
    outlet: Outlet<'_>,
    job: &ClaimedJob,
) -> Result<Outcome, JobError> {
    attempt(store, outlet, job).await.map_err(JobError::for_staff)
}

async fn attempt(store: &Store, outlet: Outlet<'_>, job: &ClaimedJob) -> Result<Outcome, JobError> {
    let Some(publication) = begin(store, job).await? else { return Ok(Outcome::Done) };
    fail::fail_point!("publication.after-begin");
    let text = Text::of(&publication)?;
    let article = publication.article;
    let url = match outlet.site {
        Some(site) => {
            let copy = ArticleCopy {
                article: article.id,
                slug: &article.slug,
                title: &text.title,
                html: without_title(&text.html),
                known: article.remote.as_ref().map(|copy| KnownCopy { id: &copy.id, hash: &copy.hash }),
            };
            on_site(store, site, job, &copy, text.link.as_ref()).await?
        }
        None => slug::address(outlet.public_url, &article.slug),
    };
    fail::fail_point!("publication.before-finish");
    Ok(Outcome::Published(Box::new(Edition {
        article: article.id,
        revision: article.revision,
        title: text.title,
        source: text.source,
        html: text.html,
        link: text.link.map(|link| SoldLink { order_id: publication.order, link }),
        url,
    })))
}

/// Waits while another job publishes into the same article.
async fn begin(store: &Store, job: &ClaimedJob) -> Result<Option<Publication>, JobError> {
    for _ in 0..BUSY_TRIES {
        match read(|| store.begin_publication(job)).await? {
            Begun::Ready(publication) => return Ok(Some(*publication)),
            Begun::Over => return Ok(None),
            Begun::Busy => tokio::time::sleep(BUSY_PAUSE).await,
        }
    }
    Err(JobError::article_busy())
}

/// What becomes public.
struct Text {
    title: String,
    source: String,
    html: String,
    /// The link that the order is for, if it is for one.
    link: Option<OrderedLink>,
}

impl Text {
    fn of(publication: &Publication) -> Result<Self, JobError> {
        let (title, source) = match publication.brief.product {
            ProductKind::Article => (publication.approved.title.clone(), publication.approved.source.clone()),
            ProductKind::Backlink => (publication.article.title.clone(), with_backlink(publication)?),
        };
        let link = publication.brief.link.clone();
        if let Some(link) = &link
            && link_count(&source, link) != 1
        {
            return Err(JobError::unpublished(
                PublicationFault::LinkMissing,
                format!("The text does not link “{}” to {} exactly once.", link.anchor_text, link.target_url),
            ));
        }
        let sold = link.clone().map(|link| SoldLink { order_id: publication.order, link });
        let ordered: Vec<OrderedLink> =
            with_link(&publication.article.links, sold.as_ref()).into_iter().map(|sold| sold.link).collect();
        Ok(Self { title, html: render(&source, &LinkPolicy { ordered: &ordered }), source, link })
    }
}

/// The article as it is now, with the link in the paragraph that was approved.
fn with_backlink(publication: &Publication) -> Result<String, JobError> {
    let article = &publication.article;
    if !article.is_public {
        let words = "The article is not public any more. Publish it again first, or give the money back.";
        return Err(JobError::unpublished(PublicationFault::NotPublic, words));
    }
    let (Some(insertion), Some(link)) = (&publication.approved.insertion, &publication.brief.link) else {
        let words = "The version does not say which paragraph it changes. Have the text revised.";
        return Err(JobError::unpublished(PublicationFault::Unfit, words));
    };
    let placed = backlink::onto(&article.source, insertion, link).map_err(|error| {
        let words = format!(
            "The article has changed since the link was placed: {error}. Have the text revised; the new \
             version starts from the article as it is now."
        );
        JobError::unpublished(PublicationFault::BaseChanged, words)
    })?;
    Ok(placed.text)
}

/// Brings the copy on another site up to date, and looks at its public page: its address.
async fn on_site(
    store: &Store,
    site: &dyn RemoteSite,
    job: &ClaimedJob,
    copy: &ArticleCopy<'_>,
    link: Option<&OrderedLink>,
) -> Result<String, JobError> {
    let written = match site.upsert(copy).await {
        Ok(written) => written,
        Err(error) => {
            // Known with the failure, and not before: staff are told, and if they approve this order
            // again after that, it is what they want.
            let hash = match &error {
                SiteError::Changed { found } => Some(Some(found.hash.clone())),
                SiteError::Gone { .. } => Some(None),
                _ => None,
            };
            let seen = hash.map(|hash| SeenCopy { article: copy.article, hash });
            return Err(JobError { seen, ..JobError::site(&error) });
        }
    };
    fail::fail_point!("publication.after-site");
    let known =
        RemoteCopy { id: written.id.clone(), url: written.url.to_string(), hash: written.hash.clone() };
    read(|| store.record_remote(job, copy.article, &known)).await?;
    fail::fail_point!("publication.after-recorded");
    if let Some(link) = link {
        site.verify(&written, link).await.map_err(|error| JobError::site(&error))?;
    }
    Ok(written.url.to_string())
}
