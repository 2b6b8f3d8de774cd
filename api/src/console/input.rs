//! The fields of the console's forms about staff.

use crate::envelope::ErrorDetail;
use galley_domain::staff::{LOGIN_MAX_CHARS, PASSWORD_MAX_CHARS, Role};

/// A field, with what was typed and what is wrong with it. Passwords are never written back.
pub(crate) struct Input {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) autocomplete: &'static str,
    pub(crate) max_chars: usize,
    pub(crate) value: String,
    pub(crate) choices: Vec<Choice>,
    pub(crate) errors: Vec<String>,
}

/// One of the roles.
pub(crate) struct Choice {
    pub(crate) value: &'static str,
    pub(crate) label: &'static str,
    pub(crate) chosen: bool,
}

impl Input {
    const fn new(name: &'static str, label: &'static str) -> Self {
        Self {
            name,
            label,
            hint: "",
            kind: "text",
            autocomplete: "off",
            max_chars: LOGIN_MAX_CHARS,
            value: String::new(),
            choices: Vec::new(),
            errors: Vec::new(),
        }
    }

    pub(super) fn login(value: &str) -> Self {
        Self { autocomplete: "username", value: value.to_owned(), ..Self::new("login", "Login") }
    }

    pub(super) fn name(value: &str, max_chars: usize) -> Self {
        Self { max_chars, value: value.to_owned(), ..Self::new("name", "Name") }
    }

    pub(super) fn password(name: &'static str, label: &'static str, autocomplete: &'static str) -> Self {
        Self { kind: "password", autocomplete, max_chars: PASSWORD_MAX_CHARS, ..Self::new(name, label) }
    }

    pub(super) fn role(chosen: Option<Role>) -> Self {
        Self { choices: choices(chosen.unwrap_or(Role::Reviewer)), ..Self::new("role", "Role") }
    }

    pub(super) const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }

    /// With what is wrong with it.
    pub(super) fn with(mut self, wrong: &[ErrorDetail]) -> Self {
        let errors = wrong.iter().filter(|wrong| wrong.field == self.name);
        self.errors.extend(errors.map(|wrong| wrong.message.clone()));
        self
    }

    /// What describes the field, by id.
    pub(crate) fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if !self.hint.is_empty() {
            ids.push(format!("{}-hint", self.name));
        }
        ids.extend((1..=self.errors.len()).map(|number| format!("{}-error-{number}", self.name)));
        ids.join(" ")
    }
}

/// All roles, the least first.
pub(super) fn choices(chosen: Role) -> Vec<Choice> {
    let choice = |role: &Role| Choice { value: role.as_str(), label: about(*role), chosen: *role == chosen };
    Role::ALL.iter().map(choice).collect()
}

const fn about(role: Role) -> &'static str {
    match role {
        Role::ReadOnly => "read-only: may look",
        Role::Reviewer => "reviewer: may also decide on orders and payments",
        Role::Owner => "owner: may do everything, also give money back and look after staff",
    }
}
