//! axe-core's judgement of a page.

use super::Window;
use serde_json::{Value, json};
use std::{fs, path::Path, sync::LazyLock};

/// Where `cargo xtask test` has put it.
const PLACE: &str = "axe-core/node_modules/axe-core/axe.min.js";
/// WCAG 2.2 at level AA, and what is good custom beside.
const TAGS: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

static SOURCE: LazyLock<String> = LazyLock::new(|| {
    let target = Path::new(env!("CARGO_BIN_EXE_galley")).ancestors().nth(2).unwrap();
    let place = target.join(PLACE);
    fs::read_to_string(&place)
        .unwrap_or_else(|error| panic!("{}: {error}: run cargo xtask test", place.display()))
});

impl Window {
    /// What axe-core has against the page, a line each. Frames are pages of their own.
    pub(crate) async fn barriers(&mut self) -> Vec<String> {
        self.against(&json!({ "type": "tag", "values": TAGS })).await
    }

    /// Words that cannot be told from what is behind them, or links from words.
    pub(crate) async fn faint_words(&mut self) -> Vec<String> {
        self.against(&json!({ "type": "rule", "values": ["color-contrast", "link-in-text-block"] })).await
    }

    async fn against(&mut self, rules: &Value) -> Vec<String> {
        self.let_scripts_run().await;
        if self.value("typeof axe").await != Some("object".into()) {
            self.ask("Runtime.evaluate", json!({ "expression": *SOURCE })).await;
        }
        let options = json!({ "runOnly": rules, "resultTypes": ["violations"], "iframes": false });
        let run = format!(
            "axe.run(document, {options}).then(({{ violations }}) => violations.flatMap(violation =>
                violation.nodes.map(node => `${{violation.id}}: ${{node.html.slice(0, 200)}}: ${{node.failureSummary}}`)))"
        );
        let found = self.value(&run).await.expect("a page that stays");
        let lines = found.as_array().unwrap_or_else(|| panic!("{found}"));
        lines.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// In a sandbox no script runs, axe-core no more than others: the same page is laid out outside of it.
    async fn let_scripts_run(&mut self) {
        if !self.policy.contains("sandbox") || self.policy.contains("allow-scripts") {
            return;
        }
        let html = self.value("document.documentElement.outerHTML").await.expect("a page that stays");
        self.open("/robots.txt").await;
        let frame = self.ask("Page.getFrameTree", json!({})).await["frameTree"]["frame"]["id"].take();
        self.ask("Page.setDocumentContent", json!({ "frameId": frame, "html": html })).await;
        self.until("its stylesheets are there", "document.readyState === 'complete'").await;
    }
}
