use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What is to be written, as the product words it. Every field may be missing: a stand-in that
/// refuses a request would only hide what the product sent.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Brief {
    #[serde(deserialize_with = "text")]
    pub(super) product: String,
    #[serde(deserialize_with = "text")]
    pub(super) topic: String,
    #[serde(deserialize_with = "texts")]
    pub(super) keywords: Vec<String>,
    #[serde(deserialize_with = "text")]
    pub(super) target_url: String,
    #[serde(deserialize_with = "text")]
    pub(super) anchor_text: String,
    #[serde(deserialize_with = "number")]
    pub(super) word_count: Option<usize>,
    #[serde(deserialize_with = "text")]
    pub(super) tone: String,
    #[serde(deserialize_with = "texts")]
    pub(super) outline: Vec<String>,
    #[serde(deserialize_with = "texts")]
    pub(super) must_include: Vec<String>,
    #[serde(deserialize_with = "text")]
    pub(super) notes: String,
    #[serde(deserialize_with = "texts")]
    pub(super) avoid: Vec<String>,
    #[serde(deserialize_with = "text")]
    pub(super) revision_notes: String,
    #[serde(deserialize_with = "text")]
    pub(super) current_text: String,
    pub(super) failed_checks: Value,
    /// What was wrong with the last answer: the repair of a backlink says it in words.
    #[serde(deserialize_with = "text")]
    pub(super) problem: String,
    #[serde(deserialize_with = "paragraphs")]
    pub(super) paragraphs: Vec<Paragraph>,
}

/// A paragraph of the article that receives a backlink.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Paragraph {
    pub(super) number: u64,
    #[serde(default)]
    pub(super) text: String,
}

impl Brief {
    /// Reads the last fenced `json` block of a message; without one, the message is the topic.
    pub(super) fn read(message: &str) -> Self {
        let from_block = last_block(message).and_then(|block| serde_json::from_str(&block).ok());
        from_block.unwrap_or_else(|| Self {
            topic: message.split_whitespace().take(10).collect::<Vec<_>>().join(" "),
            ..Self::default()
        })
    }

    /// The link to be placed, if there is one: address and anchor.
    pub(super) fn link(&self) -> Option<(&str, &str)> {
        let there = !self.target_url.is_empty() && !self.anchor_text.is_empty();
        there.then_some((self.target_url.as_str(), self.anchor_text.as_str()))
    }

    /// Whether this is about mending something that failed its checks.
    pub(super) fn is_repair(&self) -> bool {
        match &self.failed_checks {
            Value::Null => !self.problem.is_empty(),
            Value::Array(checks) => !checks.is_empty(),
            _ => true,
        }
    }

    pub(super) fn is_backlink(&self) -> bool {
        !self.paragraphs.is_empty() || self.product == "backlink"
    }
}

fn last_block(message: &str) -> Option<String> {
    let mut last = None;
    let mut open: Option<Vec<&str>> = None;
    for line in message.lines() {
        match &mut open {
            None if line.trim() == "```json" => open = Some(Vec::new()),
            None => {}
            Some(_) if line.trim() == "```" => last = open.take().map(|lines| lines.join("\n")),
            Some(lines) => lines.push(line),
        }
    }
    last
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn text<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    Ok(plain(&Value::deserialize(input)?).unwrap_or_default())
}

fn number<'de, D: Deserializer<'de>>(input: D) -> Result<Option<usize>, D::Error> {
    Ok(plain(&Value::deserialize(input)?).and_then(|text| text.parse().ok()))
}

/// A list, or one text with commas.
fn texts<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    Ok(match Value::deserialize(input)? {
        Value::Array(values) => values.iter().filter_map(plain).collect(),
        Value::String(text) => {
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    })
}

fn paragraphs<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<Paragraph>, D::Error> {
    let value = Value::deserialize(input)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_block_counts_and_types_are_taken_as_they_come() {
        let message = "Example:\n```json\n{\"topic\":\"old\"}\n```\nNow:\n```json\n\
            {\"topic\":\"Tea\",\"keywords\":\"green tea, pots\",\"wordCount\":\"800\",\"tone\":null,\n\
            \"currentText\":\"# A\\n```json\\n{}\\n```\"}\n```\n";
        let brief = Brief::read(message);
        assert_eq!((brief.topic.as_str(), brief.word_count, brief.tone.as_str()), ("Tea", Some(800), ""));
        assert_eq!(brief.keywords, ["green tea", "pots"]);
        assert!(brief.current_text.starts_with("# A\n```json"));
        assert!(!brief.is_repair());
    }

    #[test]
    fn without_a_block_the_message_is_the_topic() {
        assert_eq!(Brief::read("Write about  tea").topic, "Write about tea");
        assert_eq!(Brief::read("```json\nnot json\n```").topic, "```json not json ```");
    }

    #[test]
    fn a_repair_names_what_failed() {
        let brief = |checks: &str| Brief::read(&format!("```json\n{{\"failedChecks\":{checks}}}\n```"));
        assert!(brief(r#"["link-once"]"#).is_repair());
        assert!(brief(r#"[{"code":"link-once"}]"#).is_repair());
        assert!(!brief("[]").is_repair());
        assert!(Brief::read("```json\n{\"problem\":\"no number\"}\n```").is_repair());
    }
}
