//! The proof that a link was placed and nothing else was touched.

use super::rule::{Explained, Rule, code};
use crate::{backlink::Insertion, diff::Op};
use galley_domain::quality::{Check, Verdict};

const INSERTION: Rule = Rule { code: code::MINIMAL_INSERTION, title: "Nothing else changed" };

pub(super) fn check(insertion: Option<&Insertion>, markdown: &str) -> Check {
    const EXPECTED: &str = "one paragraph changed, everything else byte for byte the same";
    const FIX: &str = "Place the link anew into the original article.";
    let fail = |measured: &str| INSERTION.judged(Verdict::Fail, EXPECTED, measured).mended_by(FIX);
    let Some(insertion) = insertion else { return fail("no proof") };
    if !insertion.proves_itself(markdown) {
        return fail("more than the paragraph changed").shown(&insertion.after);
    }
    let inserted = insertion.diff.iter().filter(|span| span.op == Op::Insert);
    let inserted: String = inserted.map(|span| span.text.as_str()).collect();
    let measured = format!("only paragraph {} changed", insertion.paragraph);
    INSERTION.pass(EXPECTED, measured).shown(&inserted)
}
