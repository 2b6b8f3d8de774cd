use super::*;
use url::form_urlencoded;

/// Made with the hash that SSLCommerz documents, and taken by its Python library.
const FIXTURE: &str = include_str!("../fixtures/ipn_valid_signed_qwerty.json");

type Form = BTreeMap<String, String>;

fn valid() -> Form {
    serde_json::from_str(FIXTURE).unwrap()
}

/// A notice as one that was seen in public: signed without a `val_id`.
fn cancelled() -> Form {
    let keys = "amount,bank_tran_id,base_fair,currency,currency_amount,currency_rate,currency_type,error,status,\
                store_id,tran_date,tran_id,value_a,value_b,value_c,value_d";
    let mut form = valid();
    form.retain(|key, _| keys.split(',').any(|known| known == key));
    form.insert("status".to_owned(), "CANCELLED".to_owned());
    form.insert("error".to_owned(), "Cancelled by User & gone".to_owned());
    signed(form, keys, "qwerty")
}

/// The documented hash, written down a second time and in another way.
fn signed(mut form: Form, keys: &str, password: &str) -> Form {
    let mut lines: Vec<_> = keys.split(',').map(|key| format!("{key}={}", form[key])).collect();
    lines.push(format!("store_passwd={}", hex::encode(Md5::digest(password))));
    lines.sort_by_key(|line| line.split_once('=').unwrap().0.to_owned());
    form.insert("verify_key".to_owned(), keys.to_owned());
    form.insert("verify_sign".to_owned(), hex::encode(Md5::digest(lines.join("&"))));
    form
}

fn encoded(form: &Form) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

fn read(form: &Form) -> Result<Inbound, IpnError> {
    interpret(encoded(form).as_bytes(), "testbox", &Secret::new("qwerty"))
}

fn with(key: &str, value: &str) -> Result<Inbound, IpnError> {
    let mut form = valid();
    form.insert(key.to_owned(), value.to_owned());
    read(&form)
}

fn error(read: Result<Inbound, IpnError>) -> IpnError {
    read.map(|inbound| inbound.kind).unwrap_err()
}

#[test]
fn the_documented_notice_is_taken_and_leads_to_a_question() {
    let form = valid();
    let inbound = read(&form).unwrap();
    assert_eq!((inbound.gateway, inbound.account.as_str()), (Gateway::Sslcommerz, ""));
    assert_eq!(inbound.kind, "ipn.valid");
    assert_eq!(inbound.object_ref.as_deref(), Some("5646dd9d4b484"));
    assert_eq!(inbound.payment_ref.as_deref(), Some("151114130739MqCBNx5"));
    assert_eq!(inbound.payload, encoded(&form));
    assert_eq!(inbound.dedupe_key, hex::encode(Sha256::digest(encoded(&form))));
    let Fact::Refetch { external_id, detail } = inbound.fact else { panic!("believed") };
    assert_eq!(external_id, "5646dd9d4b484");
    assert_eq!(detail.as_deref(), Some("151114130742Bj94IBUk4uE5GRj"));
}

#[test]
fn a_cancelled_notice_has_no_val_id_and_is_taken() {
    let inbound = read(&cancelled()).unwrap();
    assert_eq!(inbound.kind, "ipn.cancelled");
    assert!(matches!(inbound.fact, Fact::Refetch { detail: None, .. }), "{:?}", inbound.fact);
}

#[test]
fn every_signed_field_is_guarded() {
    for key in valid()["verify_key"].split(',').filter(|key| *key != "store_id") {
        assert_eq!(error(with(key, "9")), IpnError::NoMatch, "{key}");
    }
    assert_eq!(error(with("store_id", "other")), IpnError::OtherStore);
    for sign in ["00", "zz", "1ec48f1317fd0e885f1dc91566da96bf", "1ec48f1317fd0e885f1dc91566da96be00"] {
        assert_eq!(error(with("verify_sign", sign)), IpnError::NoMatch, "{sign}");
    }
    assert!(with("verify_sign", "1EC48F1317FD0E885F1DC91566DA96BE").is_ok());
    // The other hash is not relied on: nobody says how it is made.
    assert!(with("verify_sign_sha2", "00").is_ok());
}

#[test]
fn what_counts_must_be_signed() {
    let all = valid()["verify_key"].clone();
    for left_out in SIGNED_KEYS.into_iter().chain([SIGNED_WHEN_PAID]) {
        let keys: Vec<_> = all.split(',').filter(|key| *key != left_out).collect();
        let reduced = signed(valid(), &keys.join(","), "qwerty");
        assert_eq!(error(read(&reduced)), IpnError::NotCovered(left_out));
    }
    let least: Vec<_> = SIGNED_KEYS.into_iter().chain([SIGNED_WHEN_PAID]).collect();
    assert!(read(&signed(valid(), &least.join(","), "qwerty")).is_ok());
}

#[test]
fn a_signed_field_that_did_not_come_is_a_refusal() {
    for key in ["tran_id", "risk_title"] {
        let mut form = valid();
        form.remove(key);
        assert_eq!(error(read(&form)), IpnError::FieldMissing, "{key}");
    }
    let keys = format!("{},unheard_of", valid()["verify_key"]);
    assert_eq!(error(with("verify_key", &keys)), IpnError::FieldMissing);
}

#[test]
fn without_a_signature_nothing_is_looked_at() {
    for key in ["verify_key", "verify_sign"] {
        assert_eq!(error(with(key, "")), IpnError::NotSigned);
        let mut form = valid();
        form.remove(key);
        assert_eq!(error(read(&form)), IpnError::NotSigned);
    }
    for form in [&b""[..], b"&", b"=", b"&&=&%", b"\xff\x00"] {
        assert_eq!(error(interpret(form, "testbox", &Secret::new("qwerty"))), IpnError::NotSigned);
    }
}

#[test]
fn another_password_or_none_signs_nothing() {
    let keys = valid()["verify_key"].clone();
    let form = encoded(&valid());
    let other = interpret(form.as_bytes(), "testbox", &Secret::new("qwertz"));
    assert_eq!(error(other), IpnError::NoMatch);
    let unsigned = encoded(&signed(valid(), &keys, ""));
    assert_eq!(error(interpret(unsigned.as_bytes(), "testbox", &Secret::new(""))), IpnError::NoMatch);
    // A password that comes with the form is not ours.
    let mut brought = valid();
    brought.insert("store_passwd".to_owned(), hex::encode(Md5::digest("mine")));
    let brought = signed(brought, &format!("{keys},store_passwd"), "mine");
    assert_eq!(error(read(&brought)), IpnError::NoMatch);
}

#[test]
fn a_notice_without_a_transaction_is_none() {
    let keys = valid()["verify_key"].clone();
    let mut form = valid();
    form.insert("tran_id".to_owned(), String::new());
    assert_eq!(error(read(&signed(form, &keys, "qwerty"))), IpnError::NoTransaction);
}

#[test]
fn odd_bytes_are_signed_as_they_came_and_can_be_kept() {
    let keys = "amount,currency_amount,currency_type,status,store_id,tran_id";
    let form =
        "status=FAILED&tran_id=a%00%FF+b&amount=1&currency_amount=1&currency_type=BDT&store_id=testbox";
    let password = hex::encode(Md5::digest("qwerty"));
    let hashed = [
        &b"amount=1&currency_amount=1&currency_type=BDT&status=FAILED&store_id=testbox&store_passwd="[..],
        password.as_bytes(),
        b"&tran_id=a\x00\xff b",
    ];
    let sign = hex::encode(Md5::digest(hashed.concat()));
    // The last byte is a field without a value, and not signed.
    let form = format!("{form}&verify_key={keys}&verify_sign={sign}&\0");
    let inbound = interpret(form.as_bytes(), "testbox", &Secret::new("qwerty")).unwrap();
    assert_eq!(inbound.object_ref.as_deref(), Some("a\u{fffd}\u{fffd} b"));
    assert!(!inbound.payload.contains('\0'));
}

#[test]
fn neither_errors_nor_notices_show_the_password() {
    let shown = [
        format!("{:?}", read(&valid())),
        format!("{:?}", with("amount", "1")),
        error(with("store_id", "x")).to_string(),
    ];
    for text in shown {
        assert!(!text.contains("qwerty") && !text.contains(&hex::encode(Md5::digest("qwerty"))), "{text}");
    }
}
