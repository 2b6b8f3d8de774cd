//! Clicking and filling in: with a mouse, or with keys alone.

use super::{Key, Window, find::Thing};
use crate::shop::{SOON, holds_within, until};
use serde_json::{Value, json};

impl Window {
    /// Does what the one thing of this role and name is there for.
    pub(crate) async fn click(&mut self, role: &str, name: &str) {
        let thing = self.thing(role, name).await;
        if self.look.keys {
            self.tab_to(&thing).await;
            self.press(if role == "link" { Key::Enter } else { Key::Space }).await;
        } else {
            self.click_on(&thing).await;
        }
    }

    /// Brings a thing into view and clicks in its middle, once nothing is in front of it.
    pub(crate) async fn click_on(&mut self, thing: &Thing) {
        let mut place = None;
        until(&format!("“{}” can be clicked on", thing.name), SOON, async || {
            place = self.place(thing).await;
            place.is_some()
        })
        .await;
        let (x, y) = place.unwrap();
        let mouse = |kind: &str| json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1 });
        self.ask("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": x, "y": y })).await;
        self.ask("Input.dispatchMouseEvent", mouse("mousePressed")).await;
        self.ask("Input.dispatchMouseEvent", mouse("mouseReleased")).await;
    }

    /// Where a thing can be clicked on: nowhere while something else covers its middle.
    async fn place(&self, thing: &Thing) -> Option<(f64, f64)> {
        let node = json!({ "backendNodeId": thing.node });
        self.try_ask("DOM.scrollIntoViewIfNeeded", node.clone()).await.ok()?;
        let quads = self.try_ask("DOM.getContentQuads", node.clone()).await.ok()?;
        let quad: Vec<f64> = quads["quads"].get(0)?.as_array()?.iter().filter_map(Value::as_f64).collect();
        let [x1, y1, x2, y2, x3, y3, x4, y4] = quad[..] else { return None };
        let (x, y) = ((x1 + x2 + x3 + x4) / 4.0, (y1 + y2 + y3 + y4) / 4.0);
        let object = self.try_ask("DOM.resolveNode", node).await.ok()?;
        // Inside a frame places count from its own corner, so there the question cannot be put.
        let hit = "function (x, y) {
            if (this.ownerDocument.defaultView !== top) return true;
            const hit = document.elementFromPoint(x, y);
            return hit !== null && (this.contains(hit) || hit.contains(this) || [...(this.labels ?? [])].some(l => l.contains(hit)));
        }";
        let call = json!({
            "functionDeclaration": hit,
            "objectId": object["object"]["objectId"],
            "arguments": [{ "value": x }, { "value": y }],
            "returnByValue": true,
        });
        let hit = self.try_ask("Runtime.callFunctionOn", call).await.ok()?;
        (hit["result"]["value"] == true).then_some((x, y))
    }

    /// Writes into the field with this label, in place of what stands there.
    pub(crate) async fn fill(&mut self, label: &str, text: &str) {
        let field = self.field(label).await;
        if self.look.keys {
            self.tab_to(&field).await;
            self.press(Key::All).await;
            self.type_in(text).await;
        } else {
            self.click_on(&field).await;
            self.press(Key::All).await;
            self.ask("Input.insertText", json!({ "text": text })).await;
        }
    }

    /// The one field that a label names, whatever kind it is of.
    async fn field(&mut self, label: &str) -> Thing {
        let mut found = Vec::new();
        let there = holds_within(SOON, async || {
            found.clear();
            for role in ["textbox", "spinbutton", "searchbox", "combobox"] {
                found.extend(self.things(role, Some(label)).await);
            }
            !found.is_empty()
        });
        if !there.await {
            self.give_up(&format!("there is a field “{label}”")).await;
        }
        assert!(found.len() == 1, "which field “{label}”? {found:?}");
        found.remove(0)
    }
}
