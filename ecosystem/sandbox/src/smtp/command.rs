/// One command of RFC 5321, as far as a mail server on a desk needs them.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    Ehlo,
    Helo,
    AuthPlain {
        initial: Option<String>,
    },
    AuthLogin {
        initial: Option<String>,
    },
    AuthOther,
    Mail {
        from: String,
        size_bytes: Option<usize>,
    },
    Rcpt {
        to: String,
    },
    Data,
    Rset,
    Noop,
    Vrfy,
    Quit,
    /// The verb is known, its argument makes no sense.
    Malformed,
    Unknown,
}

impl Command {
    pub(super) fn parse(line: &str) -> Self {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match verb.trim().to_ascii_uppercase().as_str() {
            "EHLO" => Self::Ehlo,
            "HELO" => Self::Helo,
            "AUTH" => Self::auth(rest),
            "MAIL" => Self::mail(rest).unwrap_or(Self::Malformed),
            "RCPT" => match path(rest, "TO:") {
                Some((to, _)) if !to.is_empty() => Self::Rcpt { to },
                _ => Self::Malformed,
            },
            "DATA" => Self::Data,
            "RSET" => Self::Rset,
            "NOOP" => Self::Noop,
            "VRFY" => Self::Vrfy,
            "QUIT" => Self::Quit,
            _ => Self::Unknown,
        }
    }

    fn auth(rest: &str) -> Self {
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let initial = (!initial.trim().is_empty()).then(|| initial.trim().to_owned());
        match mechanism.to_ascii_uppercase().as_str() {
            "PLAIN" => Self::AuthPlain { initial },
            "LOGIN" => Self::AuthLogin { initial },
            _ => Self::AuthOther,
        }
    }

    fn mail(rest: &str) -> Option<Self> {
        let (from, parameters) = path(rest, "FROM:")?;
        let size = parameters
            .split_ascii_whitespace()
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.eq_ignore_ascii_case("SIZE"));
        let size_bytes = match size {
            Some((_, value)) => Some(value.parse().ok()?),
            None => None,
        };
        Some(Self::Mail { from, size_bytes })
    }
}

/// The address between the angle brackets, and what follows them.
fn path<'a>(rest: &'a str, prefix: &str) -> Option<(String, &'a str)> {
    let head = rest.get(..prefix.len())?;
    if !head.eq_ignore_ascii_case(prefix) {
        return None;
    }
    let (address, parameters) = rest[prefix.len()..].trim_start().strip_prefix('<')?.split_once('>')?;
    Some((address.trim().to_owned(), parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_sizes_are_read_in_any_case() {
        let mail = Command::parse("mail from:<a@b.example> SIZE=120 BODY=8BITMIME");
        assert_eq!(mail, Command::Mail { from: "a@b.example".to_owned(), size_bytes: Some(120) });
        assert_eq!(Command::parse("MAIL FROM: <>"), Command::Mail { from: String::new(), size_bytes: None });
        assert_eq!(Command::parse("RCPT TO:<c@d>"), Command::Rcpt { to: "c@d".to_owned() });
        for line in ["RCPT TO:<>", "RCPT c@d", "MAIL FROM:a@b", "MAIL FROM:<a> SIZE=x", "MAIL", "RCPT TÖ:<a>"]
        {
            assert_eq!(Command::parse(line), Command::Malformed, "{line}");
        }
        assert_eq!(
            Command::parse("AUTH plain AGEAYg=="),
            Command::AuthPlain { initial: Some("AGEAYg==".to_owned()) }
        );
        assert_eq!(Command::parse("XYZZY"), Command::Unknown);
    }
}
