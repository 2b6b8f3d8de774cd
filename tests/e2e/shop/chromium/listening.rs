//! What pages and the browser complain about.

use super::Window;
use serde_json::Value;

/// What has been heard since the window was opened.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Dialogs that were opened: what an attack's `alert` does.
    pub(crate) dialogs: Vec<String>,
    /// Errors of scripts, and what they wrote as errors and warnings.
    pub(crate) errors: Vec<String>,
    /// What the content security policy has stopped.
    pub(crate) violations: Vec<String>,
}

impl Heard {
    pub(super) fn take(&mut self, method: &str, params: &Value) {
        match method {
            "Page.javascriptDialogOpening" => self.dialogs.push(params["message"].to_string()),
            "Runtime.exceptionThrown" => self.errors.push(params["exceptionDetails"].to_string()),
            "Runtime.consoleAPICalled" if matches!(params["type"].as_str(), Some("error" | "warning")) => {
                self.errors.push(params["args"].to_string());
            }
            "Log.entryAdded" => {
                let entry = &params["entry"];
                // A page whose status is an error is one that a test has asked for; what a page asks for
                // in vain is counted where it breaks something.
                if entry["level"] == "error" && entry["source"] != "network" {
                    self.errors.push(format!("{} ({})", entry["text"], entry["url"]));
                }
            }
            "Audits.issueAdded" if params["issue"]["code"] == "ContentSecurityPolicyIssue" => {
                self.violations.push(params["issue"]["details"].to_string());
            }
            _ => {}
        }
    }
}

impl Window {
    /// Takes in what has happened so far.
    pub(super) fn hear(&mut self) {
        while let Ok((method, params)) = self.events.try_recv() {
            self.heard.take(&method, &params);
        }
    }

    /// What has been heard so far; also what the page had to say a moment ago.
    pub(crate) async fn heard(&mut self) -> &Heard {
        // An answer comes after everything that happened before it was asked for.
        let _ = self.value("0").await;
        self.hear();
        &self.heard
    }

    /// What was complained about since it was last asked, a line each.
    pub(crate) async fn complaints(&mut self) -> Vec<String> {
        self.heard().await;
        let Heard { dialogs, errors, violations } = std::mem::take(&mut self.heard);
        [dialogs, errors, violations].concat()
    }

    /// Fails if any page so far has complained, or was made to do what it should not.
    pub(crate) async fn all_is_quiet(&mut self) {
        let address = self.address().await;
        let heard = self.heard().await;
        let quiet = heard.dialogs.is_empty() && heard.errors.is_empty() && heard.violations.is_empty();
        assert!(quiet, "at {address} or before: {heard:#?}");
    }
}
