//! All pages, each in every state that it has. One list, for everything that looks at all of them.

use super::{
    editor::logs_in,
    states::{OWNER, Street},
};
use crate::shop::{Look, Order, Window};
use reqwest::{Method, header::HeaderMap};
use serde_json::Value;
use std::time::Instant;

/// What is saved as a file, and what only a shop without staff has.
const ELSEWHERE: [&str; 2] = ["/order-status/{orderId}/download.html", "/admin/first"];

/// What is done on a page before it is looked at.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Fill(&'static str, &'static str),
    /// A button, link or other thing by its role and name.
    Click(&'static str, &'static str),
    Sees(&'static str),
}
use Step::{Click, Fill, Sees};

/// One page in one state.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    /// In words that can be a file's name.
    pub(super) name: String,
    pub(super) address: String,
    /// Only staff get to see it.
    pub(super) staff: bool,
    pub(super) steps: &'static [Step],
}

impl Visit {
    fn new(name: impl Into<String>, address: impl Into<String>) -> Self {
        let address = address.into();
        Self { name: name.into(), staff: address.starts_with("/admin"), address, steps: &[] }
    }

    fn then(self, steps: &'static [Step]) -> Self {
        Self { steps, ..self }
    }

    /// Goes there with a window, and does what is to be done there.
    pub(super) async fn go(&self, window: &mut Window) {
        window.open(&self.address).await;
        for step in self.steps {
            match *step {
                Fill(label, text) => window.fill(label, text).await,
                Click(role, name) => window.click(role, name).await,
                Sees(words) => window.sees(words).await,
            }
        }
    }
}

/// What everybody can open.
fn open_to_all(street: &Street) -> Vec<Visit> {
    let mut visits = vec![
        Visit::new("front", "/"),
        Visit::new("order an article", "/order?product=article"),
        Visit::new("order a link", "/order?product=backlink"),
        Visit::new("order a link into an article", "/order?product=backlink&article=better-notes"),
        Visit::new("order with mistakes", "/order?product=article").then(&[
            Fill("What is it about?", "Tea"),
            Fill("Link to (optional)", "https://tea.example"),
            Fill("Your e-mail address", "ann@nowhere"),
            Click("button", "Go on to pay 129.00 USD"),
            Sees("fields that are marked"),
        ]),
        Visit::new("paid, unknown", "/payment/success?session_id=cs_test_unknown"),
        Visit::new("order of somebody else", "/order-status/0199b0a0-0000-7000-8000-000000000001"),
        Visit::new("checkout of somebody else", "/checkout/0199b0a0-0000-7000-8000-000000000001"),
        Visit::new("no such page", "/nowhere"),
        Visit::new("articles", "/articles"),
        Visit::new("article with a link", "/articles/better-notes"),
        Visit::new("log in", "/admin/login"),
        Visit::new("log in, wrong", "/admin/login").then(&[
            Fill("Login", "olive"),
            Fill("Password", "not the password"),
            Click("button", "Log in"),
            Sees("don’t belong together"),
        ]),
    ];
    for visit in &mut visits {
        visit.staff = false;
    }
    let checkouts = street.checkouts.iter();
    visits.extend(checkouts.map(|(name, address)| Visit::new(format!("checkout {name}"), address)));
    visits
}

/// The pages of an order for its customer.
pub(super) fn of_customer(name: &str, order: &Order, texts: bool) -> Vec<Visit> {
    let address = format!("/order-status/{}", order.id);
    let mut visits = vec![Visit::new(format!("order {name}"), format!("{address}?token={}", order.token))];
    if texts {
        visits.push(Visit::new(format!("order {name}, the text"), format!("{address}/preview/1")));
        visits.push(Visit::new(format!("order {name}, compared"), format!("{address}/compare?from=0&to=1")));
    }
    visits
}

/// The pages of an order for staff.
pub(super) fn of_staff(name: &str, order: &Order) -> Vec<Visit> {
    let address = format!("/admin/orders/{}", order.id);
    vec![
        Visit::new(format!("console order {name}"), &address),
        Visit::new(format!("console order {name}, timeline"), format!("{address}/timeline")),
    ]
}

/// The pages of the console that are there whatever the shop has.
pub(super) fn console_pages() -> Vec<Visit> {
    let pages = [
        ("review", "review"),
        ("orders", "orders"),
        ("orders that failed", "orders?status=FAILED"),
        ("no orders", "orders?q=nobody@nowhere.example"),
        ("search", "search?q=ann@example.com"),
        ("search for nothing", "search?q=nothing"),
        ("queue", "queue"),
        ("jobs", "queue/jobs"),
        ("failed jobs", "queue/jobs?state=failed"),
        ("payments", "payments"),
        ("payments in review", "payments?state=needs_review"),
        ("products", "products"),
        ("analytics", "analytics"),
        ("staff", "staff"),
        ("tokens", "tokens"),
        ("audit", "audit"),
        ("password", "password"),
        ("mails", "mails"),
        ("settings", "settings"),
        ("customers", "customers"),
        ("checkouts", "checkouts"),
        ("articles", "articles"),
        ("a new article", "articles/new"),
    ];
    pages.iter().map(|(name, path)| Visit::new(format!("console {name}"), format!("/admin/{path}"))).collect()
}

impl Street {
    /// All of them.
    pub(super) async fn visits(&self) -> Vec<Visit> {
        let mut visits = open_to_all(self);
        for (name, order) in &self.orders {
            visits.extend(of_customer(name, order, name.ends_with("link")));
        }
        let revised = &self.orders["revised"];
        let address = format!("/order-status/{}", revised.id);
        visits.push(Visit::new("order revised, compared", format!("{address}/compare?from=1&to=2")));
        visits.push(Visit::new("order revised, the text", format!("{address}/preview/2")));
        let ready = &self.orders["ready"];
        let address = format!("/order-status/{}?token={}", ready.id, ready.token);
        visits.push(
            Visit::new("order ready, asking for changes", address)
                .then(&[Click("DisclosureTriangle", "Ask for changes"), Sees("What is to change?")]),
        );
        visits.extend(self.console().await);
        visits
    }

    async fn console(&self) -> Vec<Visit> {
        let mut visits = console_pages();
        for (name, payment) in &self.payments {
            visits.push(Visit::new(format!("console payment {name}"), format!("/admin/payments/{payment}")));
        }
        let one = async |table: &str, which: &str| {
            let sql = format!("SELECT id FROM {table} WHERE {which} ORDER BY id LIMIT 1");
            self.shop.db.ids(&sql).await[0]
        };
        for state in ["failed", "delayed", "active", "completed"] {
            let job = one("job", &format!("state = '{state}' AND queue = 'content'")).await;
            visits.push(Visit::new(format!("console job {state}"), format!("/admin/queue/jobs/{job}")));
        }
        let event = one("payment_event", "kind = 'checkout.session.completed'").await;
        visits.push(Visit::new("console payment event", format!("/admin/payment-events/{event}")));
        let revised = format!("/admin/orders/{}", self.orders["revised"].id);
        for (name, path) in [
            ("versions", "versions"),
            ("version", "versions/2"),
            ("text", "preview/2"),
            ("compared", "compare?from=1&to=2"),
            ("brief", "brief"),
        ] {
            visits.push(Visit::new(format!("console order revised, {name}"), format!("{revised}/{path}")));
        }
        for name in ["with the editor", "link with the editor"] {
            let order = self.orders[name].id;
            let address = format!("/admin/orders/{order}/edit");
            visits.push(Visit::new(format!("console order {name}, edited"), address));
        }
        visits.push(
            Visit::new("console review, asking for changes", "/admin/review")
                .then(&[Click("DisclosureTriangle", "Ask for changes…"), Sees("What should be different")]),
        );
        let mail = one("email", "state = 'sent'").await;
        visits.push(Visit::new("console mail", format!("/admin/mails/{mail}")));
        visits.push(Visit::new("console mail, itself", format!("/admin/mails/{mail}/body")));
        for name in ["ready", "with the editor", "failed", "published link", "refunded", "on hold"] {
            visits.extend(of_staff(name, &self.orders[name]));
        }
        visits
    }

    /// The pages that the router has and that nobody would visit.
    pub(super) async fn unvisited(&self) -> Vec<String> {
        let visits = self.visits().await;
        let document = self.shop.ask(Method::GET, "/openapi.json", HeaderMap::new()).await.json();
        let paths = document["paths"].as_object().unwrap().iter();
        let is_page = |(path, item): &(&String, &Value)| {
            let get = &item["get"];
            let tag = get["tags"][0].as_str();
            matches!(tag, Some("pages" | "console"))
                && get["responses"]["200"]["content"].get("text/html").is_some()
                && !ELSEWHERE.contains(&path.as_str())
        };
        let pages: Vec<_> = paths.filter(is_page).collect();
        assert!(pages.len() > 20, "the document names the pages");
        let unvisited =
            pages.into_iter().filter(|(path, _)| !visits.iter().any(|visit| is_at(&visit.address, path)));
        unvisited.map(|(path, _)| path.clone()).collect()
    }

    /// Goes to all pages, as whoever may see them; says how far it is.
    pub(super) async fn walk(&self, look: Look, at_each: impl AsyncFn(&mut Window, &Visit)) {
        let (inside, outside): (Vec<Visit>, Vec<Visit>) =
            self.visits().await.into_iter().partition(|visit| visit.staff);
        let total = inside.len() + outside.len();
        let (began, done) = (Instant::now(), std::cell::Cell::new(0));
        let walk = async |mut window: Window, visits: Vec<Visit>| {
            for visit in visits {
                visit.go(&mut window).await;
                at_each(&mut window, &visit).await;
                done.set(done.get() + 1);
                eprintln!(
                    "{:>3}/{total} {:>5.1} s  {}",
                    done.get(),
                    began.elapsed().as_secs_f32(),
                    visit.name
                );
            }
        };
        let mut owner = self.shop.window(look).await;
        logs_in(&mut owner, OWNER).await;
        let customer = self.shop.window(look).await;
        tokio::join!(walk(owner, inside), walk(customer, outside));
    }
}

/// Whether an address is one of a route's.
fn is_at(address: &str, route: &str) -> bool {
    let path = address.split('?').next().unwrap_or_default();
    let (path, route): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), route.split('/').collect());
    path.len() == route.len()
        && path.iter().zip(&route).all(|(part, wanted)| part == wanted || wanted.starts_with('{'))
}
