//! A browser without scripts: it keeps cookies, follows links, and sends the forms that pages have.

use super::Shop;
use reqwest::{
    Client, Method,
    header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE},
    redirect::Policy,
};
use std::collections::BTreeMap;
use url::{Url, form_urlencoded};

/// As many redirects as browsers follow.
const REDIRECTS_MAX: usize = 20;

#[derive(Debug)]
pub(crate) struct Browser {
    http: Client,
    at: Url,
    cookies: BTreeMap<String, String>,
    /// Sent with every request beside the cookies.
    pub(crate) headers: HeaderMap,
}

/// What came back, and from where.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) status: u16,
    pub(crate) body: String,
    /// Where it sends on to.
    pub(crate) location: Option<Url>,
}

impl Shop {
    /// A browser at the shop's front page, that has never been there.
    pub(crate) fn browser(&self) -> Browser {
        let at = format!("http://{}/", self.environment["BIND_ADDR"]).parse().unwrap();
        let http = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Browser { http, at, cookies: BTreeMap::new(), headers: HeaderMap::new() }
    }
}

impl Browser {
    /// One request, without following where its answer leads.
    pub(crate) async fn exchange(&mut self, method: Method, address: &str, body: Option<String>) -> Page {
        let url = self.at.join(address).unwrap();
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = self.http.request(method, url.clone()).headers(self.headers.clone());
        request = request.header(COOKIE, cookies.join("; "));
        if let Some(body) = body {
            request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        }
        let answer = request.send().await.unwrap();
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = answer.headers().get(LOCATION).map(|to| url.join(to.to_str().unwrap()).unwrap());
        let status = answer.status().as_u16();
        self.at = url.clone();
        Page { url, status, location, body: answer.text().await.unwrap() }
    }

    /// Goes to an address, and on to wherever it leads.
    pub(crate) async fn open(&mut self, address: &str) -> Page {
        let page = self.exchange(Method::GET, address, None).await;
        self.follow(page).await
    }

    /// Goes on to wherever a page leads.
    pub(crate) async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..REDIRECTS_MAX {
            let Some(next) = page.location.take() else { return page };
            page = self.exchange(Method::GET, next.as_str(), None).await;
        }
        panic!("it leads round and round: {page:?}");
    }

    /// Sends the form of a page with some fields filled in or buttons pressed; does not follow.
    pub(crate) async fn submit(&mut self, page: &Page, filled: &[(&str, &str)]) -> Page {
        let (action, mut fields) = page.form();
        for (name, value) in filled {
            fields.retain(|(known, _)| known != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.at = page.url.clone();
        self.exchange(Method::POST, &action, Some(body)).await
    }
}

impl Page {
    /// Where the link with these words leads.
    pub(crate) fn link(&self, words: &str) -> String {
        let (before, _) =
            self.body.split_once(&format!(">{words}")).unwrap_or_else(|| panic!("{words}: {self:?}"));
        attribute(&before[before.rfind("<a ").expect("a link")..], "href").expect("an address")
    }

    /// The first form: where it goes, and its fields as a browser would send them untouched.
    fn form(&self) -> (String, Vec<(String, String)>) {
        let start = self.body.find("<form").unwrap_or_else(|| panic!("no form: {self:?}"));
        let form = &self.body[start..start + self.body[start..].find("</form>").unwrap()];
        let action = attribute(form, "action").unwrap_or_else(|| self.url.to_string());
        let mut fields = Vec::new();
        for tag in form.split('<').skip(1) {
            let Some(name) = attribute(tag, "name") else { continue };
            let inside = || unescaped(tag.split_once('>').unwrap().1.trim_start_matches('\n'));
            let value = if tag.starts_with("textarea") {
                inside()
            } else if tag.starts_with("select") {
                self.chosen(&name)
            } else if tag.starts_with("input") && (!tag.contains("\"radio\"") || tag.contains(" checked")) {
                attribute(tag, "value").unwrap_or_default()
            } else {
                continue;
            };
            fields.push((name, value));
        }
        (action, fields)
    }

    /// The option of a choice that is marked, or else its first.
    fn chosen(&self, name: &str) -> String {
        let (_, rest) = self.body.split_once(&format!("name=\"{name}\"")).unwrap();
        let options: Vec<&str> = rest[..rest.find("</select>").unwrap()].split("<option").skip(1).collect();
        let marked = options.iter().find(|option| option.contains(" selected")).or_else(|| options.first());
        attribute(marked.unwrap(), "value").unwrap()
    }
}

/// An attribute of the tag that a text begins with.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let tag = &tag[..tag.find('>').unwrap_or(tag.len())];
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(unescaped(&rest[..rest.find('"')?]))
}

fn unescaped(text: &str) -> String {
    let known =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'"), ("&#x27;", "'")];
    let text = known.iter().fold(text.to_owned(), |text, (escape, plain)| text.replace(escape, plain));
    let text = text.replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&");
    text.replace("&amp;", "&")
}
