//! E-mail addresses, as far as they can be told by looking.

/// Longest e-mail address (RFC 5321, 4.5.3.1.3), in characters.
pub const EMAIL_MAX_CHARS: usize = 254;

/// Trims and lower-cases an address; `None` when a mail server would not take it. The one proof
/// that an address works is a mail that arrives: this only keeps out what cannot be one.
pub fn parse_email(text: &str) -> Option<String> {
    let email = text.trim().to_lowercase();
    let (local, domain) = email.rsplit_once('@')?;
    let plain = email
        .chars()
        .all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '<' | '>' | ',' | ';' | '"'));
    let fits = plain
        && !local.is_empty()
        && !local.contains('@')
        && local.len() <= 64
        && email.chars().count() <= EMAIL_MAX_CHARS
        && domain
            .split('.')
            .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    fits.then_some(email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_cannot_be_mailed_are_no_addresses() {
        for bad in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "a b@example.com",
            "ann@exa..mple",
            "a@b@c",
            "x\r\ny@z.com",
            "<a@b.c>",
        ] {
            assert_eq!(parse_email(bad), None, "{bad}");
        }
        assert_eq!(parse_email("ann@localhost").as_deref(), Some("ann@localhost"));
    }
}
