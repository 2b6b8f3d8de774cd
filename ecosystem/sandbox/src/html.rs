/// Makes a text harmless inside HTML, attributes too.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1d1c19;--paper:#fdfcf8;--line:#dcd8cc;--quiet:#6a665c;--accent:#1f5c43}\
@media(prefers-color-scheme:dark){:root{--ink:#ebe7dc;--paper:#191714;--line:#3a362f;--quiet:#a09a8c;--accent:#7fc4a4}}\
body{margin:0 auto;max-width:720px;padding:32px 16px;background:var(--paper);color:var(--ink);\
font:16px/1.5 system-ui,sans-serif}h1{font:600 28px/1.25 ui-serif,Georgia,serif;margin:0 0 8px}\
a{color:var(--accent)}p.quiet,td.quiet,dt{color:var(--quiet)}table{width:100%;border-collapse:collapse}\
td,th{padding:8px 8px 8px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}\
td.number,time{font-variant-numeric:tabular-nums;white-space:nowrap}\
iframe{width:100%;height:70vh;border:1px solid var(--line);border-radius:8px;background:#fff}\
pre{white-space:pre-wrap;overflow-wrap:anywhere;border-top:1px solid var(--line);padding-top:16px}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:16px 0}dd{margin:0;overflow-wrap:anywhere}";

/// A whole page around `body`, which is HTML already; `title` is text.
pub(crate) fn page(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"referrer\" content=\"no-referrer\">\
         <title>{title}</title><style>{STYLE}</style></head><body>{body}</body></html>"
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_escapes_an_attribute() {
        assert_eq!(super::escape("<a b=\"c\" d='e'>&"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
    }
}
