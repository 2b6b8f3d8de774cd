//! The name of an article in its public address.

use url::Url;

/// Longest name, in bytes; one that is taken gets a few more.
pub const SLUG_MAX_BYTES: usize = 80;

/// The name that a title makes: lower case, only `a-z`, `0-9` and single dashes between words. Other
/// scripts are spelled in Latin letters.
///
/// Cut between words where it is long. Never empty.
pub fn slug(title: &str) -> String {
    let mut slug = String::with_capacity(SLUG_MAX_BYTES);
    for word in
        deunicode::deunicode_with_tofu(title, "-").split(|c: char| !c.is_ascii_alphanumeric() && c != '\'')
    {
        let letters = word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase());
        let word: String = letters.collect();
        let dash = usize::from(!slug.is_empty());
        let room = SLUG_MAX_BYTES - slug.len();
        if word.is_empty() {
            continue;
        }
        if dash + word.len() > room {
            if slug.is_empty() {
                slug.push_str(&word[..room]);
            }
            break;
        }
        slug.push_str(&"-"[..dash]);
        slug.push_str(&word);
    }
    if slug.is_empty() { "article".to_owned() } else { slug }
}

/// Where the article of that name is public, below the address of our own pages.
pub fn address(base: &Url, slug: &str) -> String {
    format!("{}/articles/{slug}", base.as_str().trim_end_matches('/'))
}

/// Whether `text` can be a name: what addresses are looked up by.
pub fn is_slug(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    text.len() <= 2 * SLUG_MAX_BYTES && text.split('-').all(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn titles_become_names() {
        for (title, name) in [
            ("Better notes for small teams", "better-notes-for-small-teams"),
            ("  What's new -- in 2026?! ", "whats-new-in-2026"),
            ("Für Gäste: Straßencafés", "fur-gaste-strassencafes"),
            ("C++ & C#", "c-c"),
            ("…", "article"),
            ("", "article"),
        ] {
            assert_eq!(slug(title), name, "{title}");
        }
        assert!(slug("北京的茶").starts_with("bei-jing"), "{}", slug("北京的茶"));
    }

    #[test]
    fn long_titles_end_between_words() {
        let name = slug(&"lovely tea ".repeat(20));
        assert!(name.len() <= SLUG_MAX_BYTES && name.ends_with("tea") || name.ends_with("lovely"), "{name}");
        assert_eq!(slug(&"a".repeat(500)).len(), SLUG_MAX_BYTES);
    }

    #[test]
    fn addresses_stand_below_the_shops_own() {
        for base in ["https://shop.example", "https://shop.example/"] {
            assert_eq!(address(&base.parse().unwrap(), "tea"), "https://shop.example/articles/tea");
        }
        assert_eq!(
            address(&"https://a.example/shop".parse().unwrap(), "t"),
            "https://a.example/shop/articles/t"
        );
    }

    proptest! {
        #[test]
        fn whatever_the_title_the_name_is_one(title in "\\PC{0,300}") {
            let name = slug(&title);
            prop_assert!(is_slug(&name) && name.len() <= SLUG_MAX_BYTES, "{name}");
        }
    }
}
