//! The public page of a copy, read as any visitor reads it.

use super::{
    WordpressConfig, WordpressSetupError,
    api::{from_body, from_transport},
    reading::{Reading, SeenLink, spoken},
};
use crate::{
    http::{self, retry_after},
    site::{RemoteArticle, SiteError},
};
use galley_domain::brief::{OrderedLink, Rel};
use reqwest::{Client, StatusCode, header};
use url::Url;

/// Longest page, in bytes.
const PAGE_MAX_BYTES: usize = 8 * 1024 * 1024;
/// How often a page may send us on: to another scheme, to `www`, to an address with a slash.
const REDIRECTS_MAX: usize = 4;
/// How much of a copy's hash stands in the address that is asked for, in characters.
const VERSION_CHARS: usize = 12;

/// Somebody without a password.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    http: Client,
    /// For pages with TLS of a site that is asked without: it stands behind a proxy on this machine.
    /// Without certificates here there is none.
    https: Option<Client>,
}

impl Visitor {
    pub(super) fn new(config: &WordpressConfig) -> Result<Self, WordpressSetupError> {
        let http = http::client(&config.url, config.timeout)
            .map_err(|error| WordpressSetupError::Client(error.without_url().to_string()))?;
        let mut secure = config.url.clone();
        let https = secure.set_scheme("https").ok().and_then(|()| http::client(&secure, config.timeout).ok());
        Ok(Self { https: https.filter(|_| config.url.scheme() == "http"), http })
    }

    fn client_for(&self, url: &Url) -> &Client {
        self.https.as_ref().filter(|_| url.scheme() == "https").unwrap_or(&self.http)
    }

    /// The page and the address where it was found in the end.
    ///
    /// The address carries the copy's version, or a cache in between would show the page as it was
    /// before.
    pub(super) async fn page(&self, article: &RemoteArticle) -> Result<(String, Url), SiteError> {
        let version: String = article.hash.chars().take(VERSION_CHARS).collect();
        let mut url = article.url.clone();
        url.query_pairs_mut().append_pair("galley", &version);
        for _ in 0..=REDIRECTS_MAX {
            let request = self.client_for(&url).get(url.clone()).header(header::ACCEPT, "text/html");
            let request = request.header(header::CACHE_CONTROL, "no-cache");
            let response = request.send().await.map_err(|error| from_transport(&error))?;
            let status = response.status();
            if status.is_redirection() {
                let location = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
                let next = location.and_then(|to| url.join(to).ok());
                let Some(next) = next.filter(|next| matches!(next.scheme(), "http" | "https")) else {
                    return Err(missing(format!("the page answers HTTP {} to nowhere", status.as_u16())));
                };
                url = next;
                continue;
            }
            if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
                let detail = format!("the page answers HTTP {}", status.as_u16());
                return Err(SiteError::Unavailable { detail, after: retry_after(response.headers()) });
            }
            if !status.is_success() {
                return Err(missing(format!("the page answers HTTP {}", status.as_u16())));
            }
            let body = http::body(response, PAGE_MAX_BYTES).await.map_err(|error| from_body(&error))?;
            return Ok((String::from_utf8_lossy(&body).into_owned(), url));
        }
        Err(missing("the page sends visitors in circles".to_owned()))
    }
}

fn missing(detail: String) -> SiteError {
    SiteError::LinkMissing { detail }
}

/// Whether the link stands on the page as it was ordered, else what is there instead.
///
/// A link to the same address with other words is not counted: it may be part of the theme.
pub(super) fn check(html: &str, base: &Url, link: &OrderedLink) -> Result<(), String> {
    let leads_there = |seen: &&SeenLink| base.join(&seen.href).is_ok_and(|url| url == link.target_url);
    let reading = Reading::of(html);
    let there: Vec<&SeenLink> = reading.links.iter().filter(leads_there).collect();
    let words = spoken(&link.anchor_text);
    let found: Vec<&&SeenLink> = there.iter().filter(|seen| seen.words == words).collect();
    match found.as_slice() {
        [only] => {
            let ordered: &[&str] = if link.rel == Rel::Follow { &[] } else { &[link.rel.as_str()] };
            if only.marks == ordered {
                return Ok(());
            }
            let named = |marks: &[&str]| {
                if marks.is_empty() { "no mark".to_owned() } else { format!("rel=\"{}\"", marks.join(" ")) }
            };
            Err(format!("it has {} instead of {}", named(&only.marks), named(ordered)))
        }
        [] if there.is_empty() => Err("there is no link to its address".to_owned()),
        [] => Err("other words lead to its address".to_owned()),
        several => Err(format!("it is there {} times", several.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(html: &str, rel: Rel) -> Result<(), String> {
        let link = OrderedLink {
            target_url: "https://a.example/?a=1&b=2".parse().unwrap(),
            anchor_text: "Ann's \"tea\" guide -- 2x2".to_owned(),
            rel,
        };
        check(html, &"https://site.example/tea/".parse().unwrap(), &link)
    }

    const GOOD: &str = "<a href='https://a.example?a=1&#038;b=2' rel='sponsored noopener'>Ann&#8217;s \
                        &#8220;tea&#8221;\n guide &#8211; 2&#215;2</a>";

    #[test]
    fn the_link_is_known_by_its_address_words_and_mark() {
        assert_eq!(checked(GOOD, Rel::Sponsored), Ok(()));
        assert_eq!(checked(&GOOD.replace("sponsored", ""), Rel::Follow), Ok(()));
        let with_menu = format!("<a href='https://a.example?a=1&b=2'>Our partner</a> {GOOD}");
        assert_eq!(checked(&with_menu, Rel::Sponsored), Ok(()));
    }

    #[test]
    fn what_is_there_instead_is_told() {
        let told = |html: &str, rel| checked(html, rel).unwrap_err();
        assert_eq!(told("", Rel::Sponsored), "there is no link to its address");
        assert_eq!(told(&GOOD.replace("tea", "milk"), Rel::Sponsored), "other words lead to its address");
        assert_eq!(told(&GOOD.repeat(2), Rel::Sponsored), "it is there 2 times");
        assert_eq!(
            told(&GOOD.replace("sponsored", "sponsored nofollow"), Rel::Sponsored),
            "it has rel=\"sponsored nofollow\" instead of rel=\"sponsored\""
        );
        assert_eq!(told(GOOD, Rel::Follow), "it has rel=\"sponsored\" instead of no mark");
        let hidden = format!("<!-- {GOOD} --><template>{GOOD}</template>");
        assert_eq!(told(&hidden, Rel::Sponsored), "there is no link to its address");
    }
}
