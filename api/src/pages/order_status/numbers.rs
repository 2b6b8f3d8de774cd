//! Numbers as people read them.

/// A number with its thousands apart (`1,032`).
pub(super) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let shown: Vec<_> = [0, 999, 1_000, -10_000, 1_234_567].map(grouped).into();
        assert_eq!(shown, ["0", "999", "1,000", "-10,000", "1,234,567"]);
    }
}
