//! Typing.

use super::{Window, find::Thing};
use serde_json::json;

/// Most things that are passed on the way to one.
const STOPS_MAX: u32 = 200;

/// A key that writes nothing, or one that has a meaning of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Tab,
    Enter,
    Space,
    /// Marks all of a text.
    All,
}

impl Key {
    /// Name, code, virtual key code, text, modifiers.
    fn parts(self) -> (&'static str, &'static str, u32, Option<&'static str>, u32) {
        match self {
            Self::Tab => ("Tab", "Tab", 9, None, 0),
            Self::Enter => ("Enter", "Enter", 13, Some("\r"), 0),
            Self::Space => (" ", "Space", 32, Some(" "), 0),
            Self::All => ("a", "KeyA", 65, None, 2),
        }
    }
}

impl Window {
    /// Presses a key and lets it go.
    pub(super) async fn press(&mut self, key: Key) {
        let (name, code, number, text, modifiers) = key.parts();
        let mut down = json!({
            "type": if text.is_some() { "keyDown" } else { "rawKeyDown" },
            "key": name, "code": code, "windowsVirtualKeyCode": number, "modifiers": modifiers,
        });
        if let Some(text) = text {
            down["text"] = text.into();
        }
        if key == Key::All {
            // What a key does to a text depends on the system: here it is said.
            down["commands"] = json!(["selectAll"]);
        }
        self.ask("Input.dispatchKeyEvent", down.clone()).await;
        down["type"] = "keyUp".into();
        self.ask("Input.dispatchKeyEvent", down).await;
    }

    /// Types a text, one key after the other, wherever the focus is.
    pub(crate) async fn type_in(&mut self, text: &str) {
        for letter in text.chars() {
            let letter = letter.to_string();
            let mut key = json!({ "type": "keyDown", "key": letter, "text": letter });
            self.ask("Input.dispatchKeyEvent", key.clone()).await;
            key["type"] = "keyUp".into();
            key["text"] = json!("");
            self.ask("Input.dispatchKeyEvent", key).await;
        }
    }

    /// Goes on with Tab until a thing has the focus, and can be seen to have it.
    pub(super) async fn tab_to(&mut self, wanted: &Thing) {
        let mut passed: Vec<Thing> = Vec::new();
        for _ in 0..STOPS_MAX {
            self.press(Key::Tab).await;
            let Some(thing) = self.focused().await else { continue };
            if thing.role == wanted.role && thing.name == wanted.name {
                assert!(self.shows_focus().await, "nothing shows that {thing:?} has the focus");
                return;
            }
            passed.push(thing);
        }
        panic!("no Tab leads to {wanted:?}: {passed:?}");
    }

    /// Whether the thing with the focus looks different from one without: an outline that is there.
    async fn shows_focus(&self) -> bool {
        let outline = "(() => {
            const style = getComputedStyle(document.activeElement);
            return document.activeElement.matches(':focus-visible')
                && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
        })()";
        self.value(outline).await == Some(true.into())
    }
}
