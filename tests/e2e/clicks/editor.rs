//! What staff do.

use crate::shop::{Look, PASSWORD, Shop, Window};

/// Logs in, and is in the console.
pub(super) async fn logs_in(window: &mut Window, login: &str) {
    window.open("/admin/login").await;
    window.fill("Login", login).await;
    window.fill("Password", PASSWORD).await;
    window.click("button", "Log in").await;
    window.until("somebody is logged in", "location.pathname !== '/admin/login'").await;
}

/// Somebody who reviews.
pub(super) struct Editor {
    window: Window,
    look: Look,
}

impl Editor {
    pub(super) async fn new(shop: &Shop, look: Look, login: &str) -> Self {
        let mut window = shop.window(look).await;
        logs_in(&mut window, login).await;
        Self { window, look }
    }

    /// Finds an article among those that wait, and reads it.
    pub(super) async fn finds_for_review(&mut self, title: &str) {
        self.window.open("/admin/review").await;
        self.window.sees(title).await;
        self.window.fits().await;
    }

    pub(super) async fn approves(&mut self) {
        if self.look.keys {
            self.window.type_in("a").await;
        } else {
            self.window.click("button", "Approve and publish").await;
        }
        self.window.sees("Nothing waits for you").await;
    }

    /// No page had anything to complain about.
    pub(super) async fn is_content(&mut self) {
        self.window.all_is_quiet().await;
    }
}
