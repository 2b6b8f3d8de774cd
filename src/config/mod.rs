//! Configuration: one struct per concern, read once, wrong in every place at once.

mod neighbours;
mod read;
mod server;

pub(crate) use neighbours::{
    AiSettings, Mail, Neighbour, SslcommerzSettings, StripeSettings, WordpressSettings,
};
pub(crate) use read::{Environment, Problems};
pub(crate) use server::{Database, Server, Worker};

use galley_integrations::secret::Secret;

/// Everything that the environment says.
#[derive(Debug)]
pub(crate) struct Config {
    /// Real customers: everything must be configured, and safely.
    pub(crate) production: bool,
    pub(crate) server: Server,
    pub(crate) database: Database,
    pub(crate) redis_url: Option<Secret>,
    pub(crate) worker: Worker,
    pub(crate) stripe: Neighbour<StripeSettings>,
    /// `None`: this shop has no account there.
    pub(crate) sslcommerz: Option<Neighbour<SslcommerzSettings>>,
    pub(crate) ai: Neighbour<AiSettings>,
    pub(crate) mail: Mail,
    /// `None`: articles appear on our own pages only.
    pub(crate) wordpress: Option<WordpressSettings>,
    /// The first signs order links, all are accepted; empty means to keep one beside the database.
    pub(crate) secrets: Vec<Secret>,
}

/// Shortest secret that signs order links in production, in bytes.
const SECRET_MIN_BYTES: usize = 32;

impl Config {
    /// Reads the process's environment.
    pub(crate) fn load() -> Result<Self, Problems> {
        Self::from(Environment::of_process())
    }

    /// Reads and checks; all problems come back together.
    pub(crate) fn from(mut env: Environment) -> Result<Self, Problems> {
        let production = match env.text("GALLEY_ENV").as_deref() {
            None | Some("development") => false,
            Some("production") => true,
            Some(other) => {
                env.wrong("GALLEY_ENV", format!("`{other}` is neither development nor production"));
                false
            }
        };
        let stripe = neighbours::stripe(&mut env);
        let till_is_sandbox = matches!(stripe, Neighbour::Sandbox);
        let config = Self {
            production,
            server: Server::read(&mut env),
            database: Database::read(&mut env),
            redis_url: server::redis_url(&mut env),
            worker: Worker::read(&mut env),
            stripe,
            sslcommerz: neighbours::sslcommerz(&mut env, production, till_is_sandbox),
            ai: neighbours::ai(&mut env),
            mail: neighbours::mail(&mut env),
            wordpress: neighbours::wordpress(&mut env),
            secrets: secrets(&mut env),
        };
        config.check(&mut env);
        env.finish(config)
    }

    fn check(&self, env: &mut Environment) {
        if let Neighbour::Configured(stripe) = &self.stripe
            && stripe.livemode
            && !self.production
        {
            env.wrong("STRIPE_SECRET_KEY", "is a live key; set GALLEY_ENV=production to take real money");
        }
        if !self.production {
            return;
        }
        let missing = |env: &mut Environment, variable: &str| {
            env.wrong(variable, "must be set in production");
        };
        match &self.stripe {
            Neighbour::Sandbox => {
                missing(env, "STRIPE_SECRET_KEY");
                missing(env, "STRIPE_WEBHOOK_SECRET");
            }
            Neighbour::Configured(stripe) => {
                neighbours::require_tls(env, "STRIPE_API_BASE", &stripe.api_base);
            }
        }
        if let Some(Neighbour::Configured(sslcommerz)) = &self.sslcommerz {
            neighbours::require_tls(env, "SSLCOMMERZ_API_BASE", &sslcommerz.api_base);
        }
        match &self.ai {
            Neighbour::Sandbox => missing(env, "AI_BASE_URL"),
            Neighbour::Configured(ai) => neighbours::require_tls(env, "AI_BASE_URL", &ai.base_url),
        }
        match &self.mail.server {
            Neighbour::Sandbox => missing(env, "SMTP_URL"),
            Neighbour::Configured(mail) => neighbours::require_mail_tls(env, &mail.smtp_url),
        }
        if let Some(wordpress) = &self.wordpress {
            neighbours::require_tls(env, "WORDPRESS_URL", &wordpress.url);
        }
        match self.secrets.first() {
            None => missing(env, "GALLEY_SECRET"),
            Some(secret) if secret.expose().len() < SECRET_MIN_BYTES => {
                env.wrong("GALLEY_SECRET", format!("must have at least {SECRET_MIN_BYTES} bytes"));
            }
            Some(_) => {}
        }
        if env.text("PUBLIC_URL").is_none() {
            missing(env, "PUBLIC_URL");
        } else {
            neighbours::require_tls(env, "PUBLIC_URL", &self.server.public_url);
        }
    }
}

fn secrets(env: &mut Environment) -> Vec<Secret> {
    env.secret("GALLEY_SECRET").map_or_else(Vec::new, |all| split(&all))
}

/// Secrets that are separated by commas while one is being rotated.
fn split(all: &Secret) -> Vec<Secret> {
    all.expose().split(',').map(str::trim).filter(|one| !one.is_empty()).map(Secret::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pairs: &[(&str, &str)]) -> Result<Config, String> {
        let variables = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Config::from(Environment::new(variables)).map_err(|problems| problems.to_string())
    }

    const PRODUCTION: [(&str, &str); 10] = [
        ("GALLEY_ENV", "production"),
        ("PUBLIC_URL", "https://shop.example.com"),
        ("STRIPE_SECRET_KEY", "sk_live_x"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_a, whsec_b"),
        ("AI_BASE_URL", "https://ai.example.com/v1"),
        ("AI_API_KEY", "key"),
        ("AI_MODEL", "writer"),
        ("SMTP_URL", "smtps://user:pass@mail.example.com"),
        ("MAIL_FROM", "Shop <orders@example.com>"),
        ("GALLEY_SECRET", "0123456789abcdef0123456789abcdef"),
    ];

    #[test]
    fn an_empty_environment_is_a_sandbox_on_loopback() {
        let config = load(&[]).unwrap();
        assert!(matches!(config.stripe, Neighbour::Sandbox));
        assert!(config.server.bind.ip().is_loopback());
    }

    #[test]
    fn production_needs_every_neighbour_and_says_so_at_once() {
        assert!(load(&PRODUCTION).is_ok());
        let problems = load(&[("GALLEY_ENV", "production")]).unwrap_err();
        for variable in ["STRIPE_SECRET_KEY", "AI_BASE_URL", "SMTP_URL", "GALLEY_SECRET", "PUBLIC_URL"] {
            assert!(problems.contains(variable), "{variable} is not in {problems}");
        }
    }

    #[test]
    fn production_wants_tls_or_loopback() {
        let with = |variable: &str, value: &'static str| {
            let mut pairs = PRODUCTION.to_vec();
            for pair in &mut pairs {
                if pair.0 == variable {
                    pair.1 = value;
                }
            }
            load(&pairs)
        };
        assert!(with("AI_BASE_URL", "http://ai.example.com/v1").unwrap_err().contains("AI_BASE_URL"));
        assert!(with("AI_BASE_URL", "http://127.0.0.1:8000/v1").is_ok());
        assert!(with("SMTP_URL", "smtp://mail.example.com").unwrap_err().contains("SMTP_URL"));
        assert!(with("SMTP_URL", "smtp://mail.example.com?tls=required").is_ok());
        assert!(with("GALLEY_SECRET", "short").unwrap_err().contains("GALLEY_SECRET"));
    }

    #[test]
    fn a_half_configured_neighbour_refuses_to_start() {
        assert!(load(&[("STRIPE_SECRET_KEY", "sk_test_x")]).unwrap_err().contains("STRIPE_WEBHOOK_SECRET"));
        assert!(load(&[("STRIPE_WEBHOOK_SECRET", "whsec_x")]).unwrap_err().contains("STRIPE_SECRET_KEY"));
        assert!(load(&[("AI_API_KEY", "key")]).unwrap_err().contains("AI_BASE_URL"));
        assert!(load(&[("SMTP_URL", "smtp://127.0.0.1")]).unwrap_err().contains("MAIL_FROM"));
        let store = [("SSLCOMMERZ_STORE_ID", "shop")];
        assert!(load(&store).unwrap_err().contains("SSLCOMMERZ_STORE_PASSWORD"));
        let base = [("STRIPE_API_BASE", "http://127.0.0.1:4000")];
        assert!(load(&base).unwrap_err().contains("STRIPE_SECRET_KEY"));
    }

    #[test]
    fn another_site_is_a_choice_that_is_made_as_a_whole() {
        assert!(load(&[]).unwrap().wordpress.is_none());
        let site = [
            ("WORDPRESS_URL", "http://blog.example.com"),
            ("WORDPRESS_USER", "ann"),
            ("WORDPRESS_APP_PASSWORD", "abcd EFGH"),
        ];
        let config = load(&site).unwrap();
        assert!(!format!("{config:?}").contains("EFGH"));
        assert_eq!(config.wordpress.unwrap().app_password.expose(), "abcd EFGH");
        let half = load(&site[..1]).unwrap_err();
        assert!(half.contains("WORDPRESS_USER") && half.contains("WORDPRESS_APP_PASSWORD"), "{half}");
        let production: Vec<_> = PRODUCTION.into_iter().chain(site).collect();
        assert!(load(&production).unwrap_err().contains("WORDPRESS_URL: must use https"));
    }

    #[test]
    fn the_second_gateway_is_a_choice() {
        assert!(load(&PRODUCTION).unwrap().sslcommerz.is_none());
        assert!(matches!(load(&[]).unwrap().sslcommerz, Some(Neighbour::Sandbox)));
        let mut both = PRODUCTION.to_vec();
        both.extend([("SSLCOMMERZ_STORE_ID", "shop"), ("SSLCOMMERZ_STORE_PASSWORD", "shop@ssl")]);
        let config = load(&both).unwrap();
        let Some(Neighbour::Configured(sslcommerz)) = &config.sslcommerz else { panic!("not configured") };
        assert_eq!(sslcommerz.api_base.host_str(), Some("securepay.sslcommerz.com"));
        assert!(!format!("{config:?}").contains("shop@ssl"));
    }

    #[test]
    fn the_real_stripe_is_asked_at_a_measured_pace() {
        let rate = |extra: &[(&'static str, &'static str)]| {
            let mut pairs = vec![("STRIPE_SECRET_KEY", "sk_test_x"), ("STRIPE_WEBHOOK_SECRET", "whsec_x")];
            pairs.extend(extra);
            let Neighbour::Configured(stripe) = load(&pairs).unwrap().stripe else { panic!("a sandbox") };
            stripe.rate_per_second
        };
        assert_eq!(rate(&[]), Some(12));
        assert_eq!(rate(&[("STRIPE_API_BASE", "http://127.0.0.1:4000")]), None);
        assert_eq!(rate(&[("STRIPE_RATE_PER_SECOND", "80")]), Some(80));
        assert_eq!(rate(&[("STRIPE_RATE_PER_SECOND", "0")]), None);
    }

    #[test]
    fn a_live_key_demands_production() {
        let live = [("STRIPE_SECRET_KEY", "rk_live_x"), ("STRIPE_WEBHOOK_SECRET", "whsec_x")];
        assert!(load(&live).unwrap_err().contains("GALLEY_ENV"));
    }

    #[test]
    fn secrets_never_show() {
        let shown = format!("{:?}", load(&PRODUCTION).unwrap());
        for secret in ["sk_live_x", "whsec_a", "0123456789abcdef", "user:pass"] {
            assert!(!shown.contains(secret), "{secret} shows in {shown}");
        }
    }
}
