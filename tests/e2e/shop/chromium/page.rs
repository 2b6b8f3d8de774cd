//! The page in a window: going there, reading it, waiting for what it will say.

use super::Window;
use crate::shop::{SOON, holds_within, until, within};
use serde_json::{Value, json};
use url::Url;

impl Window {
    /// Goes to an address of the shop, or to a whole one, and waits until all of it is there.
    pub(crate) async fn open(&mut self, address: &str) {
        let url = self.home.join(address).unwrap();
        self.hear();
        let gone = self.ask("Page.navigate", json!({ "url": url.as_str() })).await;
        assert!(gone.get("errorText").is_none(), "{url}: {gone}");
        self.loaded(gone["loaderId"].as_str()).await;
    }

    /// Loads the page again.
    pub(crate) async fn reload(&mut self) {
        let here = self.address().await;
        self.open(here.as_str()).await;
    }

    /// Waits until a document is complete; none has been loaded when only the fragment differs.
    async fn loaded(&mut self, loader: Option<&str>) {
        let Some(loader) = loader else { return };
        self.policy.clear();
        let loads = async {
            while let Some((method, params)) = self.events.recv().await {
                let is_it = method == "Page.lifecycleEvent"
                    && params["name"] == "load"
                    && params["loaderId"] == loader;
                self.heard.take(&method, &params);
                if method == "Network.responseReceived" && params["requestId"] == loader {
                    let policy = &params["response"]["headers"]["content-security-policy"];
                    policy.as_str().unwrap_or_default().clone_into(&mut self.policy);
                }
                if is_it {
                    return;
                }
            }
        };
        within("a page loads", SOON, loads).await;
    }

    /// What an expression is in the page; nothing while one page makes way for another.
    pub(crate) async fn value(&self, expression: &str) -> Option<Value> {
        let params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.try_ask("Runtime.evaluate", params).await.ok()?;
        if let Some(failed) = answer.get("exceptionDetails") {
            panic!("{expression}: {failed}");
        }
        Some(answer["result"]["value"].take())
    }

    /// The address of the page.
    pub(crate) async fn address(&self) -> Url {
        let mut address = None;
        until("a page is open", SOON, async || {
            address = self.value("location.href").await;
            address.is_some()
        })
        .await;
        address.unwrap().as_str().unwrap().parse().unwrap()
    }

    /// What can be read on the page, as it is shown.
    pub(crate) async fn words(&self) -> String {
        let words = self.value("document.body?.innerText ?? ''").await;
        words.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Waits until something is so in the page.
    pub(crate) async fn until(&mut self, what: &str, expression: &str) {
        let expression = format!("Boolean({expression})");
        if !holds_within(SOON, async || self.value(&expression).await == Some(Value::Bool(true))).await {
            self.give_up(what).await;
        }
    }

    /// Waits until these words stand on the page.
    pub(crate) async fn sees(&mut self, words: &str) {
        let expression = format!("document.body?.innerText.includes({})", json!(words));
        self.until(&format!("the page says “{words}”"), &expression).await;
    }

    /// Waits until the page is at an address whose path begins so, and complete.
    pub(crate) async fn at(&mut self, path: &str) {
        let expression =
            format!("location.pathname.startsWith({}) && document.readyState == 'complete'", json!(path));
        self.until(&format!("the page is {path}"), &expression).await;
    }

    /// Fails if something sticks out to the right, so that lines must be scrolled sideways.
    pub(crate) async fn fits(&self) {
        let outside = self.overflow().await;
        let address = self.address().await;
        assert!(outside.is_none(), "{address}: {outside:?}");
    }

    /// What sticks out to the right.
    pub(crate) async fn overflow(&self) -> Option<String> {
        // What a scrolling or clipping box holds back sticks out of nothing; an absolute thing is held back
        // only by a box that it is placed in.
        let outside = "(() => {
            if (document.scrollingElement.scrollWidth <= innerWidth) return '';
            const isHeldBack = (it) => {
                let free = getComputedStyle(it).position === 'absolute';
                for (let box = it.parentElement; box && box !== document.body; box = box.parentElement) {
                    const { position, overflowX } = getComputedStyle(box);
                    free &&= position === 'static';
                    if (!free && overflowX !== 'visible') return true;
                    free ||= position === 'absolute';
                }
                return false;
            };
            const wide = [...document.body.querySelectorAll('*')]
                .filter(it => it.getBoundingClientRect().right > innerWidth + 0.5 && !isHeldBack(it));
            return wide.map(it => it.outerHTML.slice(0, 80)).slice(0, 4).join(' ') || 'something';
        })()";
        let outside = self.value(outside).await.unwrap_or_default();
        let width = self.look.width;
        (outside != "").then(|| format!("wider than {width} px: {outside}"))
    }

    /// Fails with what the page looks like.
    pub(super) async fn give_up(&mut self, what: &str) -> ! {
        self.hear();
        let (address, words) = (self.address().await, self.words().await);
        panic!("not within {SOON:?}: {what}\nat {address}\nthat says:\n{words}\nheard: {:#?}", self.heard);
    }
}
