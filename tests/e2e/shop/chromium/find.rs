//! Finding things as somebody does who cannot see the page: by what they are, and what they are called.

use super::Window;
use crate::shop::{SOON, holds_within, until};
use serde_json::{Value, json};

/// Something on a page.
#[derive(Clone, Debug)]
pub(crate) struct Thing {
    /// Chromium's number of the element.
    pub(super) node: u64,
    pub(crate) role: String,
    pub(crate) name: String,
}

impl Window {
    /// The things of a role (`button`, `link`, `textbox`) with exactly this name, or all of the role.
    pub(crate) async fn things(&self, role: &str, name: Option<&str>) -> Vec<Thing> {
        let Ok(document) = self.try_ask("Runtime.evaluate", json!({ "expression": "document" })).await else {
            return Vec::new();
        };
        self.things_in(&document["result"]["objectId"], role, name).await
    }

    async fn things_in(&self, object: &Value, role: &str, name: Option<&str>) -> Vec<Thing> {
        let mut query = json!({ "objectId": object, "role": role });
        if let Some(name) = name {
            query["accessibleName"] = name.into();
        }
        let Ok(found) = self.try_ask("Accessibility.queryAXTree", query).await else { return Vec::new() };
        let nodes = found["nodes"].as_array().cloned().unwrap_or_default();
        nodes.iter().filter(|node| node["ignored"] == false).filter_map(thing).collect()
    }

    /// Waits for the one thing of this role and name.
    pub(crate) async fn thing(&mut self, role: &str, name: &str) -> Thing {
        let mut found = Vec::new();
        let there = holds_within(SOON, async || {
            found = self.things(role, Some(name)).await;
            !found.is_empty()
        });
        if !there.await {
            let all: Vec<String> =
                self.things(role, None).await.into_iter().map(|thing| thing.name).collect();
            self.give_up(&format!("there is a {role} “{name}”; there are {all:?}")).await;
        }
        assert!(found.len() == 1, "which {role} “{name}”? {found:?}");
        found.remove(0)
    }

    /// What has the focus.
    pub(crate) async fn focused(&self) -> Option<Thing> {
        let element = json!({ "expression": "document.activeElement" });
        let element = self.try_ask("Runtime.evaluate", element).await.ok()?;
        let query = json!({ "objectId": element["result"]["objectId"], "fetchRelatives": false });
        let tree = self.try_ask("Accessibility.getPartialAXTree", query).await.ok()?;
        thing(tree["nodes"].get(0)?)
    }

    /// The one frame of the page: waits for a thing in it.
    pub(crate) async fn thing_in_frame(&mut self, role: &str, name: &str) -> Thing {
        let mut found = Vec::new();
        until(&format!("there is a {role} “{name}” in the frame"), SOON, async || {
            found = self.look_into_frame(role, name).await.unwrap_or_default();
            found.len() == 1
        })
        .await;
        found.remove(0)
    }

    async fn look_into_frame(&self, role: &str, name: &str) -> Option<Vec<Thing>> {
        let tree = self.try_ask("Page.getFrameTree", json!({})).await.ok()?;
        let frame = tree["frameTree"]["childFrames"].get(0)?["frame"]["id"].clone();
        let world = self.try_ask("Page.createIsolatedWorld", json!({ "frameId": frame })).await.ok()?;
        let document = json!({ "expression": "document", "contextId": world["executionContextId"] });
        let document = self.try_ask("Runtime.evaluate", document).await.ok()?;
        Some(self.things_in(&document["result"]["objectId"], role, Some(name)).await)
    }
}

fn thing(node: &Value) -> Option<Thing> {
    let text = |name: &str| node[name]["value"].as_str().unwrap_or_default().to_owned();
    Some(Thing { node: node["backendDOMNodeId"].as_u64()?, role: text("role"), name: text("name") })
}
