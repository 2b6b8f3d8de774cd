//! Tables for spreadsheets.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

/// Most rows of one file.
pub(crate) const CSV_ROWS_MAX: i64 = 10_000;

/// A table being written, by RFC 4180.
pub(crate) struct Csv(String);

impl Csv {
    /// With what stands above the columns.
    pub(crate) fn new(heads: &[&str]) -> Self {
        let mut csv = Self(String::new());
        csv.row(heads);
        csv
    }

    pub(crate) fn row<T: AsRef<str>>(&mut self, cells: &[T]) {
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                self.0.push(',');
            }
            self.cell(cell.as_ref());
        }
        self.0.push_str("\r\n");
    }

    /// A spreadsheet takes what begins like a formula for one, whoever wrote it: an apostrophe in front
    /// makes it text (<https://owasp.org/www-community/attacks/CSV_Injection>).
    fn cell(&mut self, text: &str) {
        let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let quoted = formula || text.contains(['"', ',', '\n', '\r']);
        if quoted {
            self.0.push('"');
        }
        if formula {
            self.0.push('\'');
        }
        self.0.push_str(&text.replace('"', "\"\""));
        if quoted {
            self.0.push('"');
        }
    }

    /// As a file to be kept: `orders` is kept as `orders.csv`.
    pub(crate) fn answer(self, name: &'static str) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")),
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ];
        (headers, self.0).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula_and_never_ends_early() {
        let mut csv = Csv::new(&["a", "b"]);
        csv.row(&["plain", "with, comma"]);
        csv.row(&["say \"hi\"", "two\nlines"]);
        csv.row(&["=1+1", "@x"]);
        csv.row(&["-5", "\tx"]);
        assert_eq!(
            csv.0,
            "a,b\r\nplain,\"with, comma\"\r\n\"say \"\"hi\"\"\",\"two\nlines\"\r\n\"'=1+1\",\"'@x\"\r\n\
             \"'-5\",\"'\tx\"\r\n"
        );
    }
}
