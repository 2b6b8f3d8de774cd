//! What a customer wants to pay for, before and after it was checked.

use crate::{envelope::ErrorDetail, json::Fields};
use galley_domain::{
    brief::{Brief, BriefInput},
    payment::{Gateway, parse_email},
};
use galley_integrations::gateway::Gateways;

/// What came in beside the brief; nothing checked.
#[derive(Debug, Default)]
pub(crate) struct Wish {
    pub(crate) email: Option<String>,
    /// The first of the shop's unless named.
    pub(crate) gateway: Option<String>,
}

/// What a checkout can be opened for.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) brief: Brief,
    pub(crate) email: String,
    pub(crate) gateway: Gateway,
}

impl Wanted {
    /// From a JSON body; all problems at once.
    pub(crate) fn of_json(mut fields: Fields, gateways: &Gateways) -> Result<Self, Vec<ErrorDetail>> {
        let brief = fields.brief();
        let wish = Wish { email: fields.text("email"), gateway: fields.text("gateway") };
        wish.checked(brief, fields.wrong, gateways)
    }

    /// From a form; all problems at once.
    pub(crate) fn of_form(
        brief: BriefInput,
        wish: Wish,
        gateways: &Gateways,
    ) -> Result<Self, Vec<ErrorDetail>> {
        match Brief::parse(brief) {
            Ok(brief) => wish.checked(Some(brief), Vec::new(), gateways),
            Err(errors) => wish.checked(None, errors.into_iter().map(ErrorDetail::from).collect(), gateways),
        }
    }
}

impl Wish {
    fn checked(
        self,
        brief: Option<Brief>,
        mut wrong: Vec<ErrorDetail>,
        gateways: &Gateways,
    ) -> Result<Wanted, Vec<ErrorDetail>> {
        let email = self.email.as_deref().and_then(parse_email);
        if email.is_none() && wrong.iter().all(|wrong| wrong.field != "email") {
            wrong.push(ErrorDetail::new("email", "Give an e-mail address that we can write to."));
        }
        let gateway = match chosen(self.gateway.as_deref(), gateways) {
            Ok(gateway) => Some(gateway),
            Err(message) => {
                wrong.push(ErrorDetail::new("gateway", message));
                None
            }
        };
        match (brief, email, gateway) {
            (Some(brief), Some(email), Some(gateway)) if wrong.is_empty() => {
                Ok(Wanted { brief, email, gateway })
            }
            _ => Err(wrong),
        }
    }
}

fn chosen(named: Option<&str>, gateways: &Gateways) -> Result<Gateway, String> {
    let Some(first) = gateways.first() else {
        return Err("This shop takes no payments at the moment.".to_owned());
    };
    let Some(named) = named.map(str::trim).filter(|named| !named.is_empty()) else {
        return Ok(first.gateway());
    };
    let found = named.parse().ok().and_then(|gateway| gateways.find(gateway));
    found.map(|gateway| gateway.gateway()).ok_or_else(|| {
        let known: Vec<_> = gateways.iter().map(|gateway| gateway.gateway().as_str()).collect();
        format!("Choose one of: {}.", known.join(", "))
    })
}
