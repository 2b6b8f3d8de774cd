use md5::{Digest, Md5};
use sha2::Sha256;

/// Names and values in their order, as in a form.
pub(super) type Form = Vec<(String, String)>;

/// Signs an IPN form the way the gateway does: adds `verify_key`, `verify_sign` and
/// `verify_sign_sha2`.
///
/// `verify_key` lists every field, or stays as it is when the form has one already; fields that it
/// does not list are not signed. `verify_sign` is the MD5 of the listed fields and
/// `store_passwd=md5(password)`, sorted by name, as `k=v` joined with `&`, values not escaped.
///
/// How the real gateway makes `verify_sign_sha2` is not known for certain; nothing should depend
/// on it.
pub fn sign_ipn(form: &[(String, String)], store_password: &str) -> Vec<(String, String)> {
    const MADE_HERE: [&str; 3] = ["verify_key", "verify_sign", "verify_sign_sha2"];
    let mut signed: Form =
        form.iter().filter(|(name, _)| !MADE_HERE.contains(&name.as_str())).cloned().collect();
    let listed = form.iter().find(|(name, _)| name == "verify_key").map_or_else(
        || {
            let mut names: Vec<&str> = signed.iter().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            names.join(",")
        },
        |(_, list)| list.clone(),
    );
    let password = md5_hex(store_password);
    let mut pairs: Vec<(&str, &str)> = listed.split(',').map(|name| (name, value(&signed, name))).collect();
    pairs.push(("store_passwd", &password));
    pairs.sort_unstable();
    let text = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
    let (md5, sha2) = (md5_hex(&text), hex::encode(Sha256::digest(&text)));
    signed.push(("verify_key".to_owned(), listed));
    signed.push(("verify_sign".to_owned(), md5));
    signed.push(("verify_sign_sha2".to_owned(), sha2));
    signed
}

fn md5_hex(text: &str) -> String {
    hex::encode(Md5::digest(text))
}

/// The value of a field; empty when there is none.
pub(super) fn value<'a>(form: &'a [(String, String)], name: &str) -> &'a str {
    form.iter().find(|(given, _)| given == name).map_or("", |(_, value)| value)
}

/// Reads `application/x-www-form-urlencoded`, a query string too.
pub(super) fn read(encoded: &[u8]) -> Form {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Form {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    /// Worked out with `md5sum` over `amount=10.00&store_passwd=<md5 of qwerty>&tran_id=T1`.
    #[test]
    fn a_list_that_is_there_is_kept() {
        let whole = sign_ipn(&form(&[("tran_id", "T1"), ("amount", "10.00")]), "qwerty");
        assert_eq!(value(&whole, "verify_key"), "amount,tran_id");
        assert_eq!(value(&whole, "verify_sign"), "50fadd32c51ce3d3328b92603ba4a5a0");
        let some =
            sign_ipn(&form(&[("tran_id", "T1"), ("amount", "99"), ("verify_key", "tran_id")]), "qwerty");
        let other =
            sign_ipn(&form(&[("tran_id", "T1"), ("amount", "1"), ("verify_key", "tran_id")]), "qwerty");
        assert_eq!(value(&some, "verify_sign"), value(&other, "verify_sign"));
        assert_eq!(md5_hex("qwerty"), "d8578edf8458ce06fbc5bb76a58c5ca4");
    }
}
