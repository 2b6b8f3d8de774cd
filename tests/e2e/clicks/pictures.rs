//! Pictures of every page in every state, for people to look at: `cargo xtask screenshots`.

use super::states::every_state;
use crate::shop::Look;
use std::{cell::RefCell, fmt::Write as _, fs, path::PathBuf};

/// Says where the pictures go.
const DIRECTORY: &str = "GALLEY_SCREENSHOTS";

#[tokio::test]
#[ignore = "shows, and asserts nothing: cargo xtask screenshots"]
async fn every_page_in_every_state() {
    let directory = std::env::var_os(DIRECTORY).map(PathBuf::from);
    let directory = directory.expect("a directory for the pictures: run cargo xtask screenshots");
    let looks = [
        ("desk", Look::DESK),
        ("phone", Look::PHONE),
        ("desk, dark", Look::DESK.dark()),
        ("phone, dark", Look::PHONE.dark()),
    ];
    let street = every_state().await;
    let rows = RefCell::new(Vec::new());
    street
        .walk(Look::DESK, async |window, visit| {
            let mut cells = String::new();
            for (name, look) in looks {
                window.look(look).await;
                let file = format!("{}, {name}.png", visit.name);
                fs::write(directory.join(&file), window.picture().await).unwrap();
                // Writing to a String cannot fail.
                let _ = write!(
                    cells,
                    "<td><a href=\"{file}\"><img src=\"{file}\" alt=\"{name}\" loading=\"lazy\"></a></td>"
                );
            }
            window.look(Look::DESK).await;
            rows.borrow_mut().push(format!("<tr><th>{}</th>{cells}</tr>", visit.name));
        })
        .await;
    let mut rows = rows.into_inner();
    rows.sort();
    fs::write(directory.join("index.html"), sheet(&rows)).unwrap();
}

fn sheet(rows: &[String]) -> String {
    let style = "body{font:14px system-ui;margin:24px;color-scheme:light dark}table{border-spacing:16px}\
        th{text-align:left;vertical-align:top;width:160px}td{vertical-align:top}\
        img{max-width:300px;max-height:400px;border:1px solid #888}";
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Every page</title>\
         <style>{style}</style><h1>Every page in every state</h1><table>{}</table></html>\n",
        rows.join("\n")
    )
}
