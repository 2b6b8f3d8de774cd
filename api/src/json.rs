//! Reading a JSON object field by field, so that everything wrong with it is told at once.

use crate::envelope::{ApiError, ErrorDetail};
use galley_domain::brief::{Brief, BriefInput};
use serde_json::{Map, Value};

/// Shortest and longest reason that staff give, in characters.
const REASON_CHARS: std::ops::RangeInclusive<usize> = 3..=500;
/// Shortest and longest notes on what shall be different, in characters.
pub(crate) const NOTES_CHARS: std::ops::RangeInclusive<usize> = 10..=5_000;
/// The fields of a brief, by their API names.
const BRIEF: [&str; 15] = [
    "product",
    "topic",
    "keywords",
    "targetUrl",
    "anchorText",
    "rel",
    "language",
    "tone",
    "audience",
    "wordCount",
    "outline",
    "mustInclude",
    "avoid",
    "notes",
    "articleId",
];

/// An object and what is wrong with it so far.
pub(crate) struct Fields {
    object: Map<String, Value>,
    pub(crate) wrong: Vec<ErrorDetail>,
}

impl Fields {
    pub(crate) fn read(body: &[u8]) -> Result<Self, ApiError> {
        let object = serde_json::from_slice(body)
            .map_err(|error| ApiError::malformed(&format!("The body is not a JSON object: {error}.")))?;
        Ok(Self { object, wrong: Vec::new() })
    }

    pub(crate) fn wrong(&mut self, field: &str, message: impl Into<String>) {
        self.wrong.push(ErrorDetail::new(field, message));
    }

    /// Numbers are taken for what they look like: a client may send `"wordCount": 800`.
    pub(crate) fn text(&mut self, field: &str) -> Option<String> {
        match self.object.get(field) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(_) => {
                self.wrong(field, "This must be a text.");
                None
            }
        }
    }

    fn list(&mut self, field: &str) -> Vec<String> {
        let texts = match self.object.get(field) {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(Value::Array(entries)) => {
                entries.iter().map(|entry| entry.as_str().map(str::to_owned)).collect()
            }
            Some(_) => None,
        };
        texts.unwrap_or_else(|| {
            self.wrong(field, "This must be a list of texts.");
            Vec::new()
        })
    }

    /// An amount in minor units.
    pub(crate) fn minor(&mut self, field: &str) -> Option<i64> {
        let given = self.object.get(field).filter(|value| !value.is_null())?;
        let minor = given.as_i64().filter(|minor| *minor > 0);
        if minor.is_none() {
            self.wrong(field, "Give a whole number of the currency's smallest unit, above 0.");
        }
        minor
    }

    /// The number of a version: 0 when something is wrong with it.
    pub(crate) fn number(&mut self, field: &str) -> i32 {
        let given = self.object.get(field).and_then(Value::as_i64);
        let number = given.and_then(|number| i32::try_from(number).ok()).filter(|number| *number >= 1);
        if number.is_none() {
            self.wrong(field, "Give the number of a version: a whole number, from 1.");
        }
        number.unwrap_or_default()
    }

    /// A wish that is not there is none.
    pub(crate) fn flag(&mut self, field: &str) -> bool {
        match self.object.get(field) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.wrong(field, "This must be true or false.");
                false
            }
        }
    }

    /// What shall be different, in words.
    pub(crate) fn notes(&mut self, field: &str) -> String {
        let before = self.wrong.len();
        let text = self.text(field).unwrap_or_default();
        let notes = readable(&text);
        if self.wrong.len() == before && !NOTES_CHARS.contains(&notes.chars().count()) {
            self.wrong(field, "Say what should be different, in 10 to 5,000 characters.");
        }
        notes
    }

    /// Why staff do something.
    pub(crate) fn reason(&mut self) -> String {
        let text = self.text("reason").unwrap_or_default();
        let already = self.wrong.iter().any(|wrong| wrong.field == "reason");
        match reason(&text) {
            Ok(reason) => return reason,
            Err(wrong) if !already => self.wrong.push(wrong),
            Err(_) => {}
        }
        String::new()
    }

    /// Whether a field was sent, be it null.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.object.contains_key(field)
    }

    /// What has a shape of its own; `None` if it is not there, or is not of that shape.
    pub(crate) fn shape<T: serde::de::DeserializeOwned>(&mut self, field: &str, message: &str) -> Option<T> {
        let value = self.object.get(field).filter(|value| !value.is_null())?;
        let shape = serde_json::from_value(value.clone()).ok();
        if shape.is_none() {
            self.wrong(field, message);
        }
        shape
    }

    /// Whether any field of a brief was sent.
    pub(crate) fn has_brief(&self) -> bool {
        BRIEF.iter().any(|field| self.object.get(*field).is_some_and(|value| !value.is_null()))
    }

    /// The brief; `None` when something is wrong with it. A field is complained about once.
    pub(crate) fn brief(&mut self) -> Option<Brief> {
        let input = BriefInput {
            product: self.text("product"),
            topic: self.text("topic"),
            keywords: self.list("keywords"),
            target_url: self.text("targetUrl"),
            anchor_text: self.text("anchorText"),
            rel: self.text("rel"),
            language: self.text("language"),
            tone: self.text("tone"),
            audience: self.text("audience"),
            word_count: self.text("wordCount"),
            outline: self.list("outline"),
            must_include: self.list("mustInclude"),
            avoid: self.list("avoid"),
            notes: self.text("notes"),
            article_id: self.text("articleId"),
        };
        match Brief::parse(input) {
            Ok(brief) => Some(brief),
            Err(errors) => {
                let new: Vec<_> = errors
                    .into_iter()
                    .filter(|error| self.wrong.iter().all(|wrong| wrong.field != error.field))
                    .map(ErrorDetail::from)
                    .collect();
                self.wrong.extend(new);
                None
            }
        }
    }

    /// Ends the reading: an error with everything that is wrong.
    pub(crate) fn end(self) -> Result<(), ApiError> {
        if self.wrong.is_empty() { Ok(()) } else { Err(ApiError::invalid(self.wrong)) }
    }
}

/// Why staff do something, if it can be kept as such.
pub(crate) fn reason(text: &str) -> Result<String, ErrorDetail> {
    let reason = readable(text);
    if REASON_CHARS.contains(&reason.chars().count()) {
        return Ok(reason);
    }
    Err(ErrorDetail::new("reason", "Say why, in 3 to 500 characters."))
}

/// What somebody wrote, as it is kept. Control characters mean nothing, and Postgres cannot keep all of
/// them; forms end their lines with two.
pub(crate) fn readable(text: &str) -> String {
    let kept: String = text.chars().filter(|c| !c.is_control() || *c == '\n').collect();
    kept.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(body: &str) -> Fields {
        Fields::read(body.as_bytes()).unwrap()
    }

    fn names(fields: &Fields) -> Vec<&str> {
        fields.wrong.iter().map(|wrong| wrong.field.as_str()).collect()
    }

    #[test]
    fn the_names_of_a_briefs_fields_are_those_of_its_input() {
        let input = serde_json::to_value(BriefInput::default()).unwrap();
        let mut names: Vec<_> = BRIEF.to_vec();
        names.sort_unstable();
        assert_eq!(names, input.as_object().unwrap().keys().collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_object_is_malformed() {
        for body in ["", "[]", "null", "{", "\"x\"", "{\"a\":1}x"] {
            assert!(Fields::read(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn a_brief_may_come_with_numbers_and_nulls() {
        let mut fields = fields(
            r#"{"product":"article","topic":"Tea","wordCount":800,"keywords":null,"tone":null,"x":[]}"#,
        );
        assert!(fields.has_brief());
        assert_eq!(fields.brief().unwrap().word_count, 800);
        assert!(fields.end().is_ok());
    }

    #[test]
    fn a_field_of_another_type_is_complained_about_once() {
        let mut fields = fields(r#"{"product":{},"topic":[],"keywords":"a","outline":[1],"wordCount":true}"#);
        assert!(fields.brief().is_none());
        assert_eq!(names(&fields), ["product", "topic", "keywords", "wordCount", "outline"]);
    }

    #[test]
    fn a_reason_has_words() {
        for (body, right) in [
            ("{}", false),
            (r#"{"reason":" a\u0000b\n "}"#, false),
            (r#"{"reason":["why"]}"#, false),
            (r#"{"reason":"\u0000two words"}"#, true),
        ] {
            let mut fields = fields(body);
            let reason = fields.reason();
            assert!(!reason.contains('\0'));
            assert_eq!(names(&fields), if right { vec![] } else { vec!["reason"] }, "{body}");
        }
        let mut long = fields(&format!(r#"{{"reason":"{}"}}"#, "x".repeat(501)));
        long.reason();
        assert_eq!(names(&long), ["reason"]);
    }

    #[test]
    fn an_amount_is_whole_and_above_zero() {
        for (body, minor, wrong) in [
            ("{}", None, 0),
            (r#"{"amountMinor":null}"#, None, 0),
            (r#"{"amountMinor":5}"#, Some(5), 0),
            (r#"{"amountMinor":0}"#, None, 1),
            (r#"{"amountMinor":1.5}"#, None, 1),
            (r#"{"amountMinor":"5"}"#, None, 1),
        ] {
            let mut fields = fields(body);
            assert_eq!((fields.minor("amountMinor"), fields.wrong.len()), (minor, wrong), "{body}");
        }
    }

    #[test]
    fn notes_are_long_enough_to_mean_something() {
        for (body, right) in [
            ("{}", false),
            (r#"{"notes":"too short"}"#, false),
            (r#"{"notes":" \r\n\r\n short \r\n\r\n "}"#, false),
            (r#"{"notes":["a list of notes"]}"#, false),
            (r#"{"notes":"Say more about\r\ngreen tea."}"#, true),
        ] {
            let mut fields = fields(body);
            assert!(!fields.notes("notes").contains('\r'));
            assert_eq!(names(&fields), if right { vec![] } else { vec!["notes"] }, "{body}");
        }
    }

    #[test]
    fn a_number_and_a_flag_are_what_they_say() {
        let mut right = fields(r#"{"version":3,"revise":true}"#);
        assert_eq!((right.number("version"), right.flag("revise"), right.flag("missing")), (3, true, false));
        assert!(right.end().is_ok());
        let mut wrong = fields(r#"{"version":0,"other":"1","revise":1}"#);
        for field in ["version", "other", "missing"] {
            assert_eq!(wrong.number(field), 0);
        }
        assert!(!wrong.flag("revise"));
        assert_eq!(names(&wrong), ["version", "other", "missing", "revise"]);
    }
}
