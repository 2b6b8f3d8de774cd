//! Who may log in: what operators type, and how the first one comes in.

use crate::shop::{PASSWORD, Plan, SOON, Setup, Shop, on_every_setup, on_sqlite, until, within};
use reqwest::{
    Method,
    header::{HeaderMap, ORIGIN},
};
use std::process::Stdio;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    process::Command,
};

on_every_setup! { whoever_is_added_on_the_command_line_can_log_in }
mod first {
    use super::*;

    on_sqlite! {
        the_first_owner_comes_in_by_the_link_that_the_server_prints
        in_production_no_link_is_printed
        a_password_is_asked_for_twice_on_a_terminal_and_not_shown
        what_cannot_be_done_to_staff_is_said
    }
}

async fn inside(shop: &Shop, session: &HeaderMap) -> bool {
    shop.ask(Method::GET, "/api/v1/admin/audit", session.clone()).await.status == 200
}

async fn whoever_is_added_on_the_command_line_can_log_in(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let empty = shop.galley(&["admin", "list"]).await;
    assert!(empty.success && empty.stdout.contains("Nobody can log in yet"), "{empty:?}");
    shop.staff_member("olga", "owner").await;
    shop.staff_member("ann", "reviewer").await;
    let session = shop.log_in("ann").await;
    assert!(inside(&shop, &session).await);
    let listed = shop.galley(&["admin", "list"]).await.stdout;
    assert!(listed.lines().count() == 2 && listed.contains("ann") && listed.contains("reviewer"), "{listed}");
    let hashes = "SELECT COUNT(*) FROM staff WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'";
    assert_eq!(shop.db.count(hashes).await, 2);
    let hashes = "SELECT COUNT(*) FROM staff_session WHERE length(token_hash) = 32";
    assert_eq!(shop.db.count(hashes).await, 1, "only hashes are kept");

    let changed = shop.galley(&["admin", "role", "ann", "owner"]).await;
    assert!(changed.success && !inside(&shop, &session).await, "{changed:?}");
    let session = shop.log_in("ann").await;
    let disabled = shop.galley(&["admin", "disable", "ann"]).await;
    assert!(disabled.success && !inside(&shop, &session).await, "{disabled:?}");
    assert!(shop.galley(&["admin", "list"]).await.stdout.contains("disabled"));
    assert!(shop.galley(&["admin", "enable", "ann"]).await.success);
    let session = shop.log_in("ann").await;
    let arguments = ["admin", "password", "ann", "--password-stdin"];
    let renewed = shop.galley_reading(&arguments, "the red kettle sings\n").await;
    assert!(renewed.success && !inside(&shop, &session).await, "{renewed:?}");
    let actors = shop.db.texts("SELECT DISTINCT actor FROM audit_event ORDER BY actor").await;
    assert_eq!(actors, ["staff:ann", "staff:command-line"]);
    let said = format!("{}{listed}", shop.logs());
    assert!(!said.contains("kettle") && !said.contains("argon2"), "{said}");
}

/// The address that the server has printed.
fn link(shop: &Shop) -> Option<String> {
    let logs = shop.logs();
    let start = logs.find("/admin/first?code=")?;
    Some(logs[start..].split_whitespace().next().unwrap().to_owned())
}

async fn the_first_owner_comes_in_by_the_link_that_the_server_prints(setup: Setup) {
    let mut shop = Plan::new(setup).open().await;
    let link = link(&shop).expect("a link");
    let mut browser = shop.browser();
    browser.headers.insert(ORIGIN, shop.origin().parse().unwrap());
    let page = browser.open(&link).await;
    assert_eq!(page.status, 200, "{page:?}");
    let sent = [("login", "olga"), ("password", PASSWORD), ("again", PASSWORD)];
    let done = browser.submit(&page, &sent).await;
    assert_eq!(done.status, 303, "{done:?}");
    assert_eq!(browser.open("/admin/staff").await.status, 200, "an owner who is logged in");
    assert_eq!(shop.browser().open(&link).await.status, 404, "it worked once");
    shop.restart().await;
    assert_eq!(shop.logs().matches("/admin/first?code=").count(), 1, "none is printed any more");
    assert_eq!(browser.open("/admin/staff").await.status, 200, "sessions outlive a restart");
}

async fn in_production_no_link_is_printed(setup: Setup) {
    let secret = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let plan = Plan::new(setup).with("GALLEY_ENV", "production").with("GALLEY_SECRET", secret);
    let shop = plan.with("PUBLIC_URL", "https://galley.example").open().await;
    assert!(link(&shop).is_none() && !shop.db.texts("SELECT kind FROM product").await.is_empty());
    let page = shop.browser().open("/admin/login").await;
    assert!(page.status == 200 && !page.body.contains("Nobody can log in yet"), "{page:?}");
}

/// Types each answer once its question stands there and the terminal shows no keys any more. Whether the command succeeded, and all that the
/// terminal showed.
async fn at_a_terminal(mut command: Command, answers: &[(&str, &str)]) -> (bool, String) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let (mut keys, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (mut shown, mut answers) = (Vec::new(), answers.iter());
    let mut next = answers.next();
    while screen.read_buf(&mut shown).await.unwrap() > 0 {
        let text = String::from_utf8_lossy(&shown);
        if let Some((question, answer)) = next
            && text.contains(question)
        {
            let terminal = text.lines().next().unwrap().to_owned();
            until("keys are not shown", SOON, async || !shows_keys(&terminal)).await;
            keys.write_all(format!("{answer}\n").as_bytes()).await.unwrap();
            next = answers.next();
        }
    }
    (child.wait().await.unwrap().success(), String::from_utf8(shown).unwrap())
}

/// Whether a terminal writes what is typed.
fn shows_keys(terminal: &str) -> bool {
    let settings = std::process::Command::new("stty").args(["-a", "-F", terminal]).output().unwrap();
    assert!(settings.status.success(), "{terminal}: {settings:?}");
    !String::from_utf8(settings.stdout).unwrap().contains(" -echo ")
}

async fn a_password_is_asked_for_twice_on_a_terminal_and_not_shown(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    let typed = async |login: &str, first: &str, second: &str| {
        let order = format!("tty; {} admin add {login} --role owner", env!("CARGO_BIN_EXE_galley"));
        let answers = [("Password for", first), ("Once more", second)];
        within("a command ends", SOON, at_a_terminal(shop.in_terminal(&order), &answers)).await
    };
    let (done, said) = typed("olga", PASSWORD, PASSWORD).await;
    assert!(done && said.contains("Once more") && said.contains("`olga` may log in"), "{said}");
    assert!(!said.contains("kettle"), "{said}");
    assert!(inside(&shop, &shop.log_in("olga").await).await);
    let (done, said) = typed("ann", PASSWORD, "the red kettle sings").await;
    assert!(!done && said.contains("two different passwords"), "{said}");
    let (done, said) = typed("ann", "password1234", "password1234").await;
    assert!(!done && said.contains("one of the first that anybody would try"), "{said}");
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM staff").await, 1);
}

async fn what_cannot_be_done_to_staff_is_said(setup: Setup) {
    let shop = Plan::new(setup).open().await;
    shop.staff_member("olga", "owner").await;
    shop.staff("script", "owner").await;
    let add = |login: &'static str| vec!["admin", "add", login, "--role", "owner", "--password-stdin"];
    for (what, arguments, typed) in [
        ("there is a login `olga` already", add("olga"), PASSWORD),
        ("choose another name", add("script"), PASSWORD),
        ("Use 2 to 40", add("Ann Miller"), PASSWORD),
        ("kept for the command line", add("command-line"), PASSWORD),
        ("at least 12 characters", add("ann"), "short"),
        ("at least 12 characters", add("ann"), ""),
        ("too close to the login", add("ann.miller"), "ann.miller2026"),
        ("--password-stdin", vec!["admin", "add", "ann", "--role", "owner"], PASSWORD),
        ("not a Role", vec!["admin", "role", "olga", "king"], ""),
        ("the only owner", vec!["admin", "role", "olga", "reviewer"], ""),
        ("the only owner", vec!["admin", "disable", "olga"], ""),
        ("there is no login `bob`", vec!["admin", "disable", "bob"], ""),
        ("there is no login `bob`", vec!["admin", "password", "bob", "--password-stdin"], PASSWORD),
        ("1 to 80 characters", vec!["admin", "token", "--name", "command-line", "--role", "owner"], ""),
    ] {
        let refused = shop.galley_reading(&arguments, &format!("{typed}\n")).await;
        assert!(!refused.success && refused.stderr.contains(what), "{arguments:?}: {refused:?}");
        assert!(!refused.stderr.contains("kettle"), "{refused:?}");
    }
    assert_eq!(shop.db.count("SELECT COUNT(*) FROM staff").await, 1);
}
