//! A text that can become a version: titled, rendered, judged, sketched.

use crate::{
    backlink::Insertion,
    markdown::{LinkPolicy, render, title},
    similarity::Sketch,
};
use galley_domain::{
    brief::{Brief, OrderedLink},
    quality::QualityReport,
};

/// What is kept of a text, whoever wrote it.
#[derive(Clone, Debug)]
pub struct FinishedText {
    /// The title, without markup.
    pub title: String,
    /// Markdown.
    pub source: String,
    /// The safe rendering of `source`.
    pub html: String,
    /// The checks.
    pub report: QualityReport,
    /// For a backlink: the paragraph that changed, as proof.
    pub insertion: Option<Insertion>,
    /// The similarity sketch; empty for a backlink, which is compared with nothing, and nothing with it.
    pub sketch: Vec<u8>,
}

impl FinishedText {
    /// The text that `brief` orders. `sold` are the links that stand in it for earlier orders.
    pub fn new(
        brief: &Brief,
        sold: &[OrderedLink],
        source: String,
        report: QualityReport,
        insertion: Option<Insertion>,
        sketch: &Sketch,
    ) -> Self {
        let ordered: Vec<_> = sold.iter().chain(&brief.link).cloned().collect();
        Self {
            title: title(&source).unwrap_or_else(|| brief.topic.clone()),
            html: render(&source, &LinkPolicy { ordered: &ordered }),
            sketch: if insertion.is_some() { Vec::new() } else { sketch.to_bytes() },
            source,
            report,
            insertion,
        }
    }
}
