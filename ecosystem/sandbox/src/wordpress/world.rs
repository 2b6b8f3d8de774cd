use super::post::{WordpressPost, WordpressStatus};
use chrono::{DateTime, Utc};

/// What a post is written with; what is missing stays as it is.
#[derive(Debug, Default)]
pub(super) struct Writing {
    pub(super) slug: Option<String>,
    pub(super) title: Option<String>,
    pub(super) content: Option<String>,
    pub(super) status: Option<WordpressStatus>,
}

/// The posts of the site, oldest first.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) posts: Vec<WordpressPost>,
    last_id: u64,
}

impl World {
    /// A new post; without a status it is a draft.
    pub(super) fn create(&mut self, writing: Writing, now: DateTime<Utc>) -> &mut WordpressPost {
        // Other things of a site take numbers, too.
        self.last_id += 7;
        let id = self.last_id;
        let title = writing.title.unwrap_or_default();
        let wanted = writing.slug.filter(|slug| !slug.is_empty()).unwrap_or_else(|| slug_of(&title));
        let slug = self.free_slug(&slug_of(&wanted), id);
        self.posts.push(WordpressPost {
            id,
            slug,
            title,
            content: writing.content.unwrap_or_default(),
            status: writing.status.unwrap_or(WordpressStatus::Draft),
            modified_at: now,
            writes: 1,
        });
        let last = self.posts.len() - 1;
        &mut self.posts[last]
    }

    /// Writes a post that is there.
    pub(super) fn update(
        &mut self,
        id: u64,
        writing: Writing,
        now: DateTime<Utc>,
    ) -> Option<&mut WordpressPost> {
        let slug = writing.slug.map(|slug| self.free_slug(&slug_of(&slug), id));
        let post = self.find_mut(id)?;
        post.slug = slug.unwrap_or_else(|| post.slug.clone());
        post.title = writing.title.unwrap_or_else(|| post.title.clone());
        post.content = writing.content.unwrap_or_else(|| post.content.clone());
        post.status = writing.status.unwrap_or(post.status);
        post.modified_at = now;
        post.writes += 1;
        Some(post)
    }

    pub(super) fn find(&self, id: u64) -> Option<&WordpressPost> {
        self.posts.iter().find(|post| post.id == id)
    }

    pub(super) fn find_mut(&mut self, id: u64) -> Option<&mut WordpressPost> {
        self.posts.iter_mut().find(|post| post.id == id)
    }

    /// `slug`, or with the first number behind it that nobody has.
    fn free_slug(&self, slug: &str, id: u64) -> String {
        let taken = |slug: &str| self.posts.iter().any(|post| post.id != id && post.slug == slug);
        let numbered = (2..).map(|number| format!("{slug}-{number}"));
        std::iter::once(slug.to_owned()).chain(numbered).find(|slug| !taken(slug)).unwrap_or_default()
    }
}

/// Lower case, with dashes for everything that is neither letter nor digit.
fn slug_of(text: &str) -> String {
    let dashed: String =
        text.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    dashed.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_that_is_taken_gets_a_number() {
        let mut world = World::default();
        let mut write = |slug: &str| {
            let writing = Writing { slug: Some(slug.to_owned()), ..Writing::default() };
            world.create(writing, DateTime::UNIX_EPOCH).slug.clone()
        };
        assert_eq!(
            [write("Green Tea"), write("green-tea"), write("green-tea")],
            ["green-tea", "green-tea-2", "green-tea-3"]
        );
    }
}
