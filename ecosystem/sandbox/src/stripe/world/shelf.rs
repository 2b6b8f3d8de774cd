use super::StripeRefusal;
use std::collections::HashMap;

/// What can stand on a [`Shelf`].
pub(in crate::stripe) trait Shown {
    /// Stripe's word for it.
    const KIND: &'static str;
    fn id(&self) -> &str;
    /// When it was made, in seconds since 1970; what stands further right is no older.
    fn created(&self) -> i64;
    /// Its JSON, as the API shows it.
    fn text(&self) -> String;
}

/// Things in the order in which they were made, found by id.
#[derive(Debug)]
pub(in crate::stripe) struct Shelf<T> {
    things: Vec<T>,
    places: HashMap<String, usize>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { things: Vec::new(), places: HashMap::new() }
    }
}

impl<T: Shown> Shelf<T> {
    pub(in crate::stripe) fn push(&mut self, thing: T) {
        self.places.insert(thing.id().to_owned(), self.things.len());
        self.things.push(thing);
    }

    pub(in crate::stripe) fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    pub(in crate::stripe) fn find(&self, id: &str) -> Result<&T, StripeRefusal> {
        let found = self.place(id).and_then(|place| self.things.get(place));
        found.ok_or_else(|| StripeRefusal::NoSuch { kind: T::KIND, id: id.to_owned() })
    }

    pub(in crate::stripe) fn find_mut(&mut self, id: &str) -> Result<&mut T, StripeRefusal> {
        let found = self.place(id).and_then(|place| self.things.get_mut(place));
        found.ok_or_else(|| StripeRefusal::NoSuch { kind: T::KIND, id: id.to_owned() })
    }

    /// Oldest first.
    pub(in crate::stripe) fn all(&self) -> &[T] {
        &self.things
    }
}
