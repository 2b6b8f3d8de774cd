//! What a customer does.

use crate::shop::{Look, SOON, Shop, Window, until};
use galley_sandbox::inbox::InboxServer;

/// Somebody with a browser and a mailbox.
pub(super) struct Customer<'a> {
    shop: &'a Shop,
    inbox: InboxServer,
    window: Window,
    look: Look,
    email: String,
}

impl<'a> Customer<'a> {
    pub(super) async fn new(shop: &'a Shop, look: Look, email: &str) -> Self {
        let inbox = InboxServer::start(([127, 0, 0, 1], 0).into(), &shop.smtp).await.unwrap();
        Self { shop, inbox, window: shop.window(look).await, look, email: email.to_owned() }
    }

    /// Orders an article with a link, pays it at the gateway, and is on the way back.
    pub(super) async fn buys(&mut self, topic: &str) {
        let window = &mut self.window;
        window.open("/").await;
        window.fits().await;
        window.click("link", "Order an article").await;
        window.at("/order").await;
        window.fits().await;
        window.fill("What is it about?", topic).await;
        window.fill("Keywords (optional)", "green tea").await;
        window.fill("Length in words (optional)", "300").await;
        window.fill("Link to (optional)", "https://tea.example/green").await;
        window.fill("Words that are linked (optional)", "a good green tea").await;
        window.fill("Your e-mail address", &self.email).await;
        window.click("button", "Go on to pay 129.00 USD").await;
        window.at("/pay/").await;
        window.click("button", "Pay 129.00 USD").await;
        window.at("/payment/success").await;
        window.fits().await;
    }

    pub(super) async fn opens_her_order(&mut self) {
        self.window.click("link", "Open your order").await;
        self.window.at("/order-status/").await;
    }

    /// Waits until the page says this, by itself.
    pub(super) async fn sees(&mut self, words: &str) {
        self.window.sees(words).await;
        self.window.fits().await;
    }

    /// Leaves the page open; puts a mark on it that a reload would take away.
    pub(super) async fn stays(&mut self) {
        self.window.value("window.leftOpen = true").await;
    }

    /// What has changed meanwhile has come by itself. Without scripts the page is loaded again.
    pub(super) async fn has_stayed(&mut self) {
        if self.look.scripts {
            assert_eq!(
                self.window.value("window.leftOpen").await,
                Some(true.into()),
                "the page was loaded anew"
            );
        }
    }

    /// Looks again until the page says this: whoever has no scripts, or nothing that goes on by itself.
    pub(super) async fn finds_out(&mut self, words: &str) {
        if self.look.scripts {
            return self.sees(words).await;
        }
        until(&format!("the page says “{words}”"), SOON, async || {
            self.window.reload().await;
            self.window.words().await.contains(words)
        })
        .await;
    }

    pub(super) async fn asks_for_changes(&mut self, notes: &str) {
        self.window.click("DisclosureTriangle", "Ask for changes").await;
        self.window.fill("What is to change?", notes).await;
        self.window.click("button", "Ask for these changes").await;
    }

    /// Looks at what is new, and comes back.
    pub(super) async fn compares_the_versions(&mut self) {
        self.window.click("link", "What changed in Version 2").await;
        self.window.at("/order-status/").await;
        self.window.sees("Version 1 → Version 2").await;
        self.window.fits().await;
        let changes = self.window.value("document.querySelectorAll('ins, del').length").await.unwrap();
        assert!(changes.as_u64().unwrap() > 2, "more than the legend: {changes}");
        self.window.click("link", "Back to your order").await;
        self.window.sees("Your article is ready for you").await;
    }

    pub(super) async fn sends_it_to_the_editor(&mut self) {
        self.window.click("button", "Send to the editor").await;
    }

    pub(super) async fn opens_the_public_page(&mut self, title: &str) {
        self.window.click("link", "Read it online").await;
        self.window.at("/articles/").await;
        self.window.thing("heading", title).await;
        self.window.fits().await;
    }

    /// The link is there as it was ordered, for everybody.
    pub(super) async fn finds_her_link(&mut self) {
        self.window.at("/articles/").await;
        self.window.thing("link", "a good green tea").await;
        let link = "[...document.querySelectorAll('a[href=\"https://tea.example/green\"]')]
            .map(link => `${link.rel}: ${link.textContent}`)";
        let found = self.window.value(link).await.unwrap();
        assert_eq!(found, serde_json::json!(["sponsored: a good green tea"]));
    }

    /// Opens the newest mail whose subject has these words, and follows its link to the shop.
    pub(super) async fn follows_mail(&mut self, subject: &str, link: &str) {
        let mut number = None;
        until(&format!("a mail says “{subject}”"), SOON, async || {
            let mails = self.shop.smtp.mailbox().mails_to(&self.email);
            number = mails.iter().rev().find(|mail| mail.subject.contains(subject)).map(|mail| mail.number);
            number.is_some()
        })
        .await;
        self.window.open(&format!("{}/{}", self.inbox.url(), number.unwrap())).await;
        let link = self.window.thing_in_frame("link", link).await;
        self.window.click_on(&link).await;
        self.window.follow_to_new_tab().await;
    }

    /// No page had anything to complain about.
    pub(super) async fn is_content(&mut self) {
        self.window.all_is_quiet().await;
    }
}
