//! What search engines read of an article (<https://schema.org/Article>).

use galley_store::ArticleView;
use serde_json::json;

/// The article as JSON-LD, for the inside of a `<script>`: no `<`, `>` or `&` is left that could end
/// it, so a title is never markup.
pub(super) fn linked_data(
    article: &ArticleView,
    shop_name: &str,
    address: &str,
    description: &str,
    words: usize,
) -> String {
    let data = json!({
        "@context": "https://schema.org",
        "@type": "Article",
        "headline": article.title,
        "description": description,
        "inLanguage": article.language,
        "datePublished": article.published_at,
        "dateModified": article.updated_at,
        "mainEntityOfPage": address,
        "wordCount": words,
        "publisher": { "@type": "Organization", "name": shop_name },
    });
    data.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
