//! What the shop decided about itself.

mod accent;

pub use accent::{Accent, AccentError, Shade, Shades};

use crate::{brief::FieldError, payment::parse_email};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Longest wait that can be set, in days.
pub const WAIT_MAX_DAYS: u16 = 180;

/// When a customer is reminded of an order that waits for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reminders {
    /// Whether at all.
    pub enabled: bool,
    /// The first one, so many days after the order was ready.
    pub first_days: u16,
    /// The second one, so many days after the order was ready.
    pub second_days: u16,
}

/// When an order goes to the editor by itself, if all of its checks passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AutoSubmit {
    /// Whether at all.
    pub enabled: bool,
    /// So many days after the order was ready.
    pub after_days: u16,
}

/// All that a shop can decide; each has a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShopSettings {
    /// Reminders of orders that wait for their customer.
    pub reminders: Reminders,
    /// What happens to those orders in the end.
    pub auto_submit: AutoSubmit,
    /// The colour of links and buttons; the house's own without it.
    pub accent: Option<Accent>,
    /// Where customers can write to.
    pub contact_email: Option<String>,
}

impl Default for ShopSettings {
    fn default() -> Self {
        Self {
            reminders: Reminders { enabled: true, first_days: 3, second_days: 7 },
            auto_submit: AutoSubmit { enabled: true, after_days: 14 },
            accent: None,
            contact_email: None,
        }
    }
}

impl ShopSettings {
    /// Reads what is on disk. What is missing or can't be read has its default: a shop must not stand
    /// still because of its colour.
    pub fn read(stored: impl IntoIterator<Item = (String, Value)>) -> Self {
        let mut settings = Self::default();
        for (name, value) in stored {
            match name.as_str() {
                "reminders" => put(&mut settings.reminders, value),
                "auto_submit" => put(&mut settings.auto_submit, value),
                "accent" => put(&mut settings.accent, value),
                "contact_email" => put(&mut settings.contact_email, value),
                // Of a later version.
                _ => {}
            }
        }
        settings
    }

    /// What is kept on disk, by its name there.
    pub fn stored(&self) -> [(&'static str, Value); 4] {
        [
            ("reminders", json!(self.reminders)),
            ("auto_submit", json!(self.auto_submit)),
            ("accent", json!(self.accent)),
            ("contact_email", json!(self.contact_email)),
        ]
    }

    /// The settings as they can be kept, or everything that is wrong with them, by field.
    pub fn checked(mut self) -> Result<Self, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let mut say =
            |field: &str, message: String| wrong.push(FieldError { field: field.to_owned(), message });
        let (first, second) = (self.reminders.first_days, self.reminders.second_days);
        let after = self.auto_submit.after_days;
        if !(1..=WAIT_MAX_DAYS).contains(&first) {
            say("firstDays", format!("Choose 1 to {WAIT_MAX_DAYS} days."));
        }
        if second <= first || second > WAIT_MAX_DAYS {
            say(
                "secondDays",
                format!("Choose more days than for the first reminder, at most {WAIT_MAX_DAYS}."),
            );
        }
        if after <= second || after > WAIT_MAX_DAYS {
            say(
                "afterDays",
                format!("Choose more days than for the second reminder, at most {WAIT_MAX_DAYS}."),
            );
        }
        if let Some(given) = self.contact_email.take_if(|given| !given.trim().is_empty()) {
            self.contact_email = parse_email(&given);
            if self.contact_email.is_none() {
                say("contactEmail", "This is no e-mail address. One looks like shop@example.com.".to_owned());
            }
        } else {
            self.contact_email = None;
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }
}

fn put<T: for<'de> Deserialize<'de>>(place: &mut T, value: Value) {
    if let Ok(value) = serde_json::from_value(value) {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_disk_is_read_back() {
        let settings = ShopSettings {
            reminders: Reminders { enabled: false, first_days: 1, second_days: 2 },
            auto_submit: AutoSubmit { enabled: true, after_days: 30 },
            accent: Some("#aa3300".parse().unwrap()),
            contact_email: Some("ann@shop.example".to_owned()),
        };
        let stored = settings.stored().map(|(name, value)| (name.to_owned(), value));
        assert_eq!(ShopSettings::read(stored), settings);
    }

    #[test]
    fn what_cannot_be_read_has_its_default_and_harms_nothing_else() {
        let stored = [
            ("accent", json!("green")),
            ("auto_submit", json!({ "enabled": false })),
            ("contact_email", json!("ann@shop.example")),
            ("colour_of_the_sky", json!(7)),
        ];
        let read = ShopSettings::read(stored.map(|(name, value)| (name.to_owned(), value)));
        let expected =
            ShopSettings { contact_email: Some("ann@shop.example".to_owned()), ..ShopSettings::default() };
        assert_eq!(read, expected);
        assert_eq!(ShopSettings::read([]), ShopSettings::default());
    }

    #[test]
    fn waits_come_one_after_the_other_and_every_problem_is_told() {
        assert!(ShopSettings::default().checked().is_ok());
        let wrong = ShopSettings {
            reminders: Reminders { enabled: true, first_days: 0, second_days: 0 },
            auto_submit: AutoSubmit { enabled: true, after_days: 181 },
            contact_email: Some("ann".to_owned()),
            ..ShopSettings::default()
        };
        let fields: Vec<_> = wrong.checked().unwrap_err().into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["firstDays", "secondDays", "afterDays", "contactEmail"]);
    }

    #[test]
    fn an_address_is_tidied_up_and_an_empty_one_is_none() {
        let with = |email: &str| {
            ShopSettings { contact_email: Some(email.to_owned()), ..ShopSettings::default() }
                .checked()
                .unwrap()
                .contact_email
        };
        assert_eq!(with(" Ann@Shop.example "), Some("ann@shop.example".to_owned()));
        assert_eq!(with("  "), None);
    }
}
