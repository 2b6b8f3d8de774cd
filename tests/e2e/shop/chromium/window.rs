//! A window with cookies of its own.

use super::{
    listening::Heard,
    process::{Chromium, Event, chromium},
};
use crate::shop::{SOON, Shop, within};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use url::Url;

/// How somebody looks at pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// In CSS pixels.
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) dark: bool,
    /// Whether pages may run scripts.
    pub(crate) scripts: bool,
    /// Whether keys do what otherwise a mouse does.
    pub(crate) keys: bool,
}

impl Look {
    pub(crate) const DESK: Self = Self { width: 1280, height: 900, dark: false, scripts: true, keys: false };
    pub(crate) const PHONE: Self = Self { width: 390, height: 844, ..Self::DESK };
    /// As narrow as a page may be asked to be (WCAG 2.2, 1.4.10).
    pub(crate) const NARROW: Self = Self { width: 320, height: 640, ..Self::DESK };

    pub(crate) const fn dark(self) -> Self {
        Self { dark: true, ..self }
    }

    pub(crate) const fn without_scripts(self) -> Self {
        Self { scripts: false, ..self }
    }

    pub(crate) const fn by_keys(self) -> Self {
        Self { keys: true, ..self }
    }
}

/// Closed when it is dropped, with all that it has kept.
#[derive(Debug)]
pub(crate) struct Window {
    chromium: &'static Chromium,
    context: String,
    session: String,
    /// The shop's front page.
    pub(super) home: Url,
    pub(super) look: Look,
    sender: mpsc::UnboundedSender<Event>,
    pub(super) events: mpsc::UnboundedReceiver<Event>,
    pub(super) heard: Heard,
    /// The content security policy of the page that was opened last.
    pub(super) policy: String,
}

impl Shop {
    /// A window of somebody who has never been here.
    pub(crate) async fn window(&self, look: Look) -> Window {
        let chromium = chromium();
        let made = chromium.ask(None, "Target.createBrowserContext", &json!({})).await.unwrap();
        let context = text(&made, "browserContextId");
        let page = json!({ "url": "about:blank", "browserContextId": context, "newWindow": true });
        let page = chromium.ask(None, "Target.createTarget", &page).await.unwrap();
        let (sender, events) = mpsc::unbounded_channel();
        let mut window = Window {
            chromium,
            context,
            session: String::new(),
            home: self.origin().parse().unwrap(),
            look,
            sender,
            events,
            heard: Heard::default(),
            policy: String::new(),
        };
        window.attach(&text(&page, "targetId")).await;
        // Only now: the first tab is no news.
        chromium.subscribe(&window.context, &window.sender);
        window
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        self.chromium.unsubscribe(&self.session);
        self.chromium.unsubscribe(&self.context);
        let context = json!({ "browserContextId": self.context });
        self.chromium.tell(None, "Target.disposeBrowserContext", &context);
    }
}

impl Window {
    /// Looks at a tab from now on.
    async fn attach(&mut self, target: &str) {
        self.chromium.unsubscribe(&self.session);
        let params = json!({ "targetId": target, "flatten": true });
        let attached = self.chromium.ask(None, "Target.attachToTarget", &params).await.unwrap();
        self.session = text(&attached, "sessionId");
        self.chromium.subscribe(&self.session, &self.sender);
        for domain in ["Page", "Runtime", "Log", "Audits", "Network", "DOM"] {
            self.ask(&format!("{domain}.enable"), json!({})).await;
        }
        self.ask("Page.setLifecycleEventsEnabled", json!({ "enabled": true })).await;
        // As if somebody had clicked on the window: a page knows whether it has the focus.
        self.ask("Emulation.setFocusEmulationEnabled", json!({ "enabled": true })).await;
        self.look(self.look).await;
    }

    /// Looks with other eyes.
    pub(crate) async fn look(&mut self, look: Look) {
        self.look = look;
        let Look { width, height, dark, scripts, .. } = look;
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", size).await;
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            // Nothing is on its way from one colour or place to another when it is looked at.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.ask("Emulation.setEmulatedMedia", json!({ "features": features })).await;
        self.ask("Emulation.setScriptExecutionDisabled", json!({ "value": !scripts })).await;
    }

    /// Goes on in the tab that has opened.
    pub(crate) async fn follow_to_new_tab(&mut self) {
        let opens = async {
            while let Some((method, params)) = self.events.recv().await {
                self.heard.take(&method, &params);
                if method == "Target.targetCreated" && params["targetInfo"]["type"] == "page" {
                    return text(&params["targetInfo"], "targetId");
                }
            }
            panic!("Chromium has ended");
        };
        let target = within("a tab opens", SOON, opens).await;
        self.attach(&target).await;
    }

    /// A message that must succeed.
    pub(super) async fn ask(&self, method: &str, params: Value) -> Value {
        self.try_ask(method, params).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// A message that fails when the page has changed meanwhile.
    pub(super) async fn try_ask(&self, method: &str, params: Value) -> Result<Value, String> {
        let asked = self.chromium.ask(Some(&self.session), method, &params);
        within(&format!("an answer to {method}"), SOON, asked).await
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}
