//! The whole way of an article, from the front page to its public page.

use super::{customer::Customer, editor::Editor};
use crate::shop::{Look, Plan, Setup};
use galley_sandbox::{ai::AiMode, fault::Fault};

const TOPIC: &str = "Green tea for beginners";
const NOTES: &str = "Please make the introduction shorter, and say more about the water.";

#[tokio::test]
async fn an_article_is_ordered_revised_approved_and_published() {
    goes_the_whole_way(Setup::Sqlite, Look::DESK).await;
}

#[tokio::test]
async fn the_same_with_several_processes() {
    goes_the_whole_way(Setup::PostgresAndRedis, Look::DESK).await;
}

#[tokio::test]
async fn the_same_in_the_dark_on_the_narrowest_of_phones() {
    goes_the_whole_way(Setup::Sqlite, Look::NARROW.dark()).await;
}

#[tokio::test]
async fn the_same_by_keys_alone() {
    goes_the_whole_way(Setup::Sqlite, Look::DESK.by_keys()).await;
}

#[tokio::test]
async fn the_same_without_scripts() {
    goes_the_whole_way(Setup::Sqlite, Look::PHONE.without_scripts()).await;
}

async fn goes_the_whole_way(setup: Setup, look: Look) {
    let shop = Plan::new(setup).open().await;
    let ai = shop.ai.control();
    let mut ann = Customer::new(&shop, look, "ann@example.com").await;

    ai.set(Fault::always(AiMode::Held));
    ann.buys(TOPIC).await;
    ann.opens_her_order().await;
    ann.sees("Your article is being written").await;
    ann.stays().await;
    ai.reset();
    ann.sees("Your article is ready for you").await;
    ann.has_stayed().await;

    ann.follows_mail("is ready", "Read your article").await;
    ann.sees("Your article is ready for you").await;
    ai.set(Fault::always(AiMode::Held));
    ann.asks_for_changes(NOTES).await;
    ann.sees("Your changes are being made").await;
    ann.sees(NOTES).await;
    ann.stays().await;
    ai.reset();
    ann.finds_out("Your article is ready for you").await;
    ann.has_stayed().await;
    ann.compares_the_versions().await;
    ann.sends_it_to_the_editor().await;
    ann.sees("Your article is with the editor").await;
    ann.stays().await;

    shop.staff_member("rita", "reviewer").await;
    let mut rita = Editor::new(&shop, look, "rita").await;
    rita.finds_for_review(TOPIC).await;
    rita.approves().await;
    rita.is_content().await;

    ann.finds_out("Your article is published").await;
    ann.has_stayed().await;
    ann.opens_the_public_page(TOPIC).await;
    ann.finds_her_link().await;
    ann.follows_mail("is published", "Read it online").await;
    ann.finds_her_link().await;
    ann.is_content().await;
}
