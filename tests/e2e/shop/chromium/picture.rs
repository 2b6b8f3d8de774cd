//! Pictures of whole pages.

use super::Window;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;

/// The longest page that is shown whole, in pixels: an endless one shall be noticed, not painted.
const HEIGHT_MAX: f64 = 12_000.0;

impl Window {
    /// The whole page, also what lies below the fold, as PNG.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        let size = self.ask("Page.getLayoutMetrics", json!({})).await["cssContentSize"].take();
        let length = |name: &str| size[name].as_f64().unwrap();
        let clip = json!({
            "x": 0, "y": 0, "scale": 1,
            "width": length("width"), "height": length("height").min(HEIGHT_MAX),
        });
        let shot = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let shot = self.ask("Page.captureScreenshot", shot).await;
        STANDARD.decode(shot["data"].as_str().unwrap()).unwrap()
    }
}
