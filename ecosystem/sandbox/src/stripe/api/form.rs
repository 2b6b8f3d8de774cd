use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

/// Fields of a body or a query, in their order, names with brackets as they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::stripe) struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    /// Reads `a=1&b[c]=2`; what is no UTF-8 is replaced.
    pub(in crate::stripe) fn read(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let fields = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Self { fields: fields.collect() }
    }

    pub(in crate::stripe) fn into_fields(self) -> Vec<(String, String)> {
        self.fields
    }

    pub(in crate::stripe) fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    /// What was said, unless it was nothing.
    pub(in crate::stripe) fn get(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The entries below a name: `metadata[a]=b` gives `a`, `b`.
    pub(in crate::stripe) fn map(&self, name: &str) -> BTreeMap<String, String> {
        let entries = self.fields.iter().filter_map(|(key, value)| {
            let inner = key.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?;
            Some((inner.to_owned(), value.clone()))
        });
        entries.filter(|(_, value)| !value.is_empty()).collect()
    }

    /// The values of a list: `types[]=a&types[]=b`, or with numbers in the brackets.
    pub(in crate::stripe) fn list(&self, name: &str) -> Vec<&str> {
        let below = self.fields.iter().filter(|(key, _)| {
            key.strip_prefix(name).is_some_and(|rest| rest.starts_with('[') && rest.ends_with(']'))
        });
        below.map(|(_, value)| value.as_str()).collect()
    }

    /// The first name whose outermost part is none of these.
    pub(in crate::stripe) fn stranger(&self, known: &[&str]) -> Option<&str> {
        let outermost = self.fields.iter().map(|(key, _)| key.split('[').next().unwrap_or_default());
        outermost.into_iter().find(|name| !known.contains(name))
    }

    /// The same for the same fields, in whatever order they came.
    pub(in crate::stripe) fn sorted(&self) -> Vec<(String, String)> {
        let mut fields = self.fields.clone();
        fields.sort();
        fields
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_come_plain_and_percent_encoded() {
        let plain = Form::read("metadata[order_id]=a+b&line_items[0][quantity]=1&types[]=x&types[1]=y");
        let encoded = Form::read(
            "metadata%5Border_id%5D=a%20b&line_items%5B0%5D%5Bquantity%5D=1&types%5B%5D=x&types%5B1%5D=y",
        );
        assert_eq!(plain, encoded);
        assert_eq!(plain.map("metadata")["order_id"], "a b");
        assert_eq!(plain.get("line_items[0][quantity]"), Some("1"));
        assert_eq!(plain.list("types"), ["x", "y"]);
        assert_eq!(plain.stranger(&["metadata", "line_items"]), Some("types"));
    }
}
