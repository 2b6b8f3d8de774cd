//! Which server, how, and as whom: an `SMTP_URL` taken apart.

use super::pool::Failure;
use crate::secret::Secret;
use lettre::transport::smtp::{
    SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT,
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, Tls, TlsParameters},
    extension::ClientId,
};
use percent_encoding::percent_decode_str;
use std::{fmt, io, time::Duration};
use tokio::net::TcpStream;
use url::{Host, Url};

/// Longest wait for a TCP connection to one of the server's addresses, in seconds.
const CONNECT_TIMEOUT_SECONDS: u64 = 10;

/// Why an `SMTP_URL` can't be used. The URL itself is never repeated: it may hold a password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailSetupError {
    /// It is no URL with a host.
    #[error("the address of the mail server must look like smtp://user:password@host:port")]
    NotAUrl,
    /// Neither smtp nor smtps.
    #[error("the address of the mail server must start with smtp:// or smtps://")]
    UnknownScheme,
    /// `tls` is something else than `required` or `opportunistic`.
    #[error("`tls` in the address of the mail server must be `required` or `opportunistic`")]
    UnknownTls,
    /// A user without a password, or something that is not UTF-8 once decoded.
    #[error("the user and password of the mail server can't be read; percent-encode them")]
    Credentials,
    /// The host can't stand in a certificate.
    #[error("TLS to the mail server can't be set up: {0}")]
    Tls(String),
}

/// A mail server and how to reach it.
pub(super) struct Server {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    name: ClientId,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tls = match self.tls {
            Tls::None => "none",
            Tls::Opportunistic(_) => "opportunistic",
            Tls::Required(_) => "required",
            Tls::Wrapper(_) => "from the start",
        };
        f.debug_struct("Server")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("tls", &tls)
            .field("logs_in", &self.credentials.is_some())
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Takes apart what lettre's own `from_url` takes, with two differences: connections made from
    /// it are ours to pool, and the host of an IPv6 address is freed of its brackets.
    pub(super) fn parse(smtp_url: &Secret) -> Result<Self, MailSetupError> {
        let url = Url::parse(smtp_url.expose()).map_err(|_| MailSetupError::NotAUrl)?;
        let host = match url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) if !host.to_string().is_empty() => host.to_string(),
            _ => return Err(MailSetupError::NotAUrl),
        };
        let wanted = url.query_pairs().find(|(key, _)| key == "tls").map(|(_, value)| value);
        let parameters =
            || TlsParameters::new(host.clone()).map_err(|error| MailSetupError::Tls(error.to_string()));
        let (tls, default_port) = match (url.scheme(), wanted.as_deref()) {
            ("smtps", _) => (Tls::Wrapper(parameters()?), SUBMISSIONS_PORT),
            ("smtp", None) => (Tls::None, SMTP_PORT),
            ("smtp", Some("required")) => (Tls::Required(parameters()?), SUBMISSION_PORT),
            ("smtp", Some("opportunistic")) => (Tls::Opportunistic(parameters()?), SUBMISSION_PORT),
            ("smtp", Some(_)) => return Err(MailSetupError::UnknownTls),
            _ => return Err(MailSetupError::UnknownScheme),
        };
        let name = url.path().trim_matches('/');
        Ok(Self {
            host,
            port: url.port().unwrap_or(default_port),
            tls,
            credentials: credentials(&url)?,
            name: if name.is_empty() { ClientId::default() } else { ClientId::Domain(name.to_owned()) },
        })
    }

    /// Connects, upgrades to TLS as asked, and logs in.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let timeout = Duration::from_secs(CONNECT_TIMEOUT_SECONDS);
        if let Tls::Wrapper(parameters) = &self.tls {
            let (address, tls) = ((self.host.as_str(), self.port), Some(parameters.clone()));
            let connected =
                AsyncSmtpConnection::connect_tokio1(address, Some(timeout), &self.name, tls, None);
            return self.log_in(connected.await.map_err(Failure::Connecting)?).await;
        }
        let mut connection = tokio::time::timeout(timeout, self.greet())
            .await
            .map_err(|_| Failure::Reaching(io::ErrorKind::TimedOut.into()))??;
        let upgrade = match &self.tls {
            Tls::Required(parameters) => Some(parameters),
            Tls::Opportunistic(parameters) if connection.can_starttls() => Some(parameters),
            _ => None,
        };
        if let Some(parameters) = upgrade {
            let upgraded = connection.starttls(parameters.clone(), &self.name).await;
            upgraded.map_err(Failure::Connecting)?;
        }
        self.log_in(connection).await
    }

    /// A connection of ours, so that it can be told to send at once: a mail ends with a small write
    /// of its own, which would otherwise wait 40 ms for the acknowledgement of what went before.
    async fn greet(&self) -> Result<AsyncSmtpConnection, Failure> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(Failure::Reaching)?;
        stream.set_nodelay(true).map_err(Failure::Reaching)?;
        let greeted = AsyncSmtpConnection::connect_with_transport(Box::new(stream), &self.name);
        greeted.await.map_err(Failure::Connecting)
    }

    async fn log_in(&self, mut connection: AsyncSmtpConnection) -> Result<AsyncSmtpConnection, Failure> {
        if let Some(credentials) = &self.credentials {
            let known = connection.auth(DEFAULT_MECHANISMS, credentials).await;
            known.map_err(Failure::Connecting)?;
        }
        Ok(connection)
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, MailSetupError> {
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8().map_err(|_| MailSetupError::Credentials)?;
        Ok::<_, MailSetupError>(text.into_owned())
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (_, None) | ("", Some(_)) => Err(MailSetupError::Credentials),
        (user, Some(password)) => Ok(Some(Credentials::new(decoded(user)?, decoded(password)?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(url: &str) -> Result<String, MailSetupError> {
        crate::http::install_crypto();
        Server::parse(&Secret::new(url)).map(|server| format!("{server:?}"))
    }

    #[test]
    fn the_forms_of_an_address() {
        for (url, expected) in [
            ("smtp://localhost", r#""localhost", port: 25, tls: "none", logs_in: false"#),
            ("smtp://127.0.0.1:2525", r#""127.0.0.1", port: 2525, tls: "none", logs_in: false"#),
            ("smtp://[::1]:2525", r#""::1", port: 2525, tls: "none", logs_in: false"#),
            ("smtps://m.example", r#""m.example", port: 465, tls: "from the start", logs_in: false"#),
            (
                "smtp://u:p@m.example?tls=required",
                r#""m.example", port: 587, tls: "required", logs_in: true"#,
            ),
            (
                "smtp://u%40m.example:p%3A%2F@m.example/shop.example?tls=opportunistic",
                r#""m.example", port: 587, tls: "opportunistic", logs_in: true"#,
            ),
        ] {
            assert_eq!(parsed(url).unwrap(), format!("Server {{ host: {expected}, .. }}"), "{url}");
        }
    }

    #[test]
    fn what_can_not_be_used_is_refused_without_repeating_it() {
        for (url, expected) in [
            ("", MailSetupError::NotAUrl),
            ("mail.example:25", MailSetupError::NotAUrl),
            ("smtp:", MailSetupError::NotAUrl),
            ("smtp://", MailSetupError::NotAUrl),
            ("http://mail.example", MailSetupError::UnknownScheme),
            ("smtp://u:secret@mail.example?tls=yes", MailSetupError::UnknownTls),
            ("smtp://user@mail.example", MailSetupError::Credentials),
            ("smtp://:secret@mail.example", MailSetupError::Credentials),
            ("smtp://u:%ff@mail.example", MailSetupError::Credentials),
        ] {
            let error = parsed(url).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
            assert_eq!(error, expected, "{url}");
        }
    }
}
