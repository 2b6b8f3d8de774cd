//! The schemas of what the lower crates put on the wire: they may not know of `OpenAPI`.
//!
//! Enums take their names from the domain. Structs are repeated here, and a test compares each with
//! what its original becomes as JSON.

#![expect(dead_code, reason = "shapes to be described, never values")]

use galley_domain::{brief, job, order, payment, quality, staff};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

macro_rules! names {
    ($($name:ident of $original:path: $about:literal;)+) => {$(
        #[doc = $about]
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let names = <$original>::ALL.iter().map(|value| value.as_str());
                let schema = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names));
                schema.description(Some($about)).build().into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

names! {
    OrderStatus of order::OrderStatus: "Where an order stands.";
    JobKind of job::JobKind: "Which work a job is.";
    JobState of job::JobState: "Where a job stands.";
    QueueName of job::Queue: "Where a job waits; each has workers of its own.";
    JobList of galley_store::JobList: "A list that jobs are looked at in; every job stands in exactly one.";
    Verdict of quality::Verdict: "The outcome of one check, or of all of them: the worst counts.";
    ProductKind of brief::ProductKind: "What is being sold.";
    Gateway of payment::Gateway: "Who takes the money.";
    SessionStatus of payment::SessionStatus: "Where a checkout stands; `failure` and `timeout` may still become `success`.";
    PaymentState of payment::PaymentState: "Where a payment stands.";
    ReviewReason of payment::ReviewReason: "Why a payment needs a person.";
    RefundState of payment::RefundState: "Where a refund stands; moves forward only.";
    RefundOrigin of payment::RefundOrigin: "Who wanted a refund.";
    Role of staff::Role: "What a member of staff or a token may do; each may do what those before it may.";
    Failure of order::Failure: "Why an order is FAILED.";
    TimelineSource of galley_store::TimelineSource: "Where a line of a timeline comes from.";
    Rel of brief::Rel: "The `rel` of the ordered link; `follow` has none.";
}

/// What the customer wants.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct Brief {
    product: ProductKind,
    /// The topic or title.
    topic: String,
    /// The primary one first; may be empty for a backlink.
    keywords: Vec<String>,
    /// Where the ordered link leads; this, `anchorText` and `rel` are all there or all absent.
    #[schema(nullable = false, format = "uri")]
    target_url: Option<String>,
    /// The words that are linked, exactly.
    #[schema(nullable = false)]
    anchor_text: Option<String>,
    #[schema(nullable = false)]
    rel: Option<Rel>,
    /// BCP 47, lower case.
    language: String,
    #[schema(required = true)]
    tone: Option<String>,
    /// Who will read it.
    #[schema(required = true)]
    audience: Option<String>,
    /// Target length in words.
    word_count: u32,
    /// Headings that were asked for.
    outline: Vec<String>,
    /// Facts or phrases that must appear.
    must_include: Vec<String>,
    /// Words or themes to stay away from.
    avoid: Vec<String>,
    /// Anything else.
    #[schema(required = true)]
    notes: Option<String>,
    /// The article that receives the link; only for a backlink.
    #[schema(required = true, format = "uuid")]
    article_id: Option<String>,
}

/// What the customer wants, as it is sent to us. An article needs `product` and `topic`; a backlink
/// `product`, `targetUrl`, `anchorText` and `articleId`.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct BriefFields {
    #[schema(nullable = false)]
    product: Option<ProductKind>,
    /// The topic or title.
    #[schema(nullable = false, max_length = 200)]
    topic: Option<String>,
    /// The primary one first.
    #[schema(nullable = false, max_items = 10)]
    keywords: Option<Vec<String>>,
    /// Where the ordered link leads; with `anchorText` or not at all.
    #[schema(nullable = false, format = "uri", max_length = 2000)]
    target_url: Option<String>,
    /// The words that are linked, exactly.
    #[schema(nullable = false, max_length = 120)]
    anchor_text: Option<String>,
    /// `sponsored` unless given.
    #[schema(nullable = false)]
    rel: Option<Rel>,
    /// BCP 47; `en` unless given.
    #[schema(nullable = false)]
    language: Option<String>,
    #[schema(nullable = false)]
    tone: Option<String>,
    /// Who will read it.
    #[schema(nullable = false)]
    audience: Option<String>,
    /// Target length in words, 1,000 unless given; a text of digits will do.
    #[schema(nullable = false, minimum = 150, maximum = 10000)]
    word_count: Option<u32>,
    /// Headings.
    #[schema(nullable = false, max_items = 20)]
    outline: Option<Vec<String>>,
    /// Facts or phrases that must appear.
    #[schema(nullable = false, max_items = 20)]
    must_include: Option<Vec<String>>,
    /// Words or themes to stay away from.
    #[schema(nullable = false, max_items = 20)]
    avoid: Option<Vec<String>>,
    /// Anything else.
    #[schema(nullable = false, max_length = 5000)]
    notes: Option<String>,
    /// The article that receives the link.
    #[schema(nullable = false, format = "uuid")]
    article_id: Option<String>,
}

/// Thresholds and weights of the quality checks.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct QualitySettings {
    /// Accepted distance from the ordered length, in percent.
    length_tolerance_percent: u32,
    /// Least share of the primary keyword, in hundredths of a percent of all words.
    density_min_bp: u32,
    /// Greatest share of the primary keyword, in hundredths of a percent of all words.
    density_max_bp: u32,
    /// Flesch reading ease below which a warning is given (English only).
    reading_ease_min: i32,
    /// Average sentence length above which a warning is given, in words.
    sentence_max_words: u32,
    /// Paragraph length above which a warning is given, in words.
    paragraph_max_words: u32,
    /// Greatest similarity to another article of the shop, in percent.
    similarity_max_percent: u32,
    /// Hosts that the text may link to beside the ordered one.
    allowed_hosts: Vec<String>,
    /// Weight by the code of the check; one that is not listed weighs 1.
    weights: std::collections::BTreeMap<String, u32>,
}

/// All checks of one version.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(crate) struct QualityReport {
    verdict: Verdict,
    /// The weighted share of checks passed, a warning counting half.
    #[schema(maximum = 100)]
    score: u8,
    /// Words of running text.
    word_count: u32,
    checks: Vec<Check>,
}

/// One check of a report.
#[derive(ToSchema)]
pub(crate) struct Check {
    /// A stable name (`link-once`).
    code: String,
    /// The same in words.
    title: String,
    verdict: Verdict,
    /// What was ordered (`900 to 1,100 words`).
    expected: String,
    /// What was found (`1,032 words`).
    measured: String,
    /// A piece of the text that shows it.
    #[schema(nullable = false)]
    evidence: Option<String>,
    /// What would mend it; only where there is something to mend.
    #[schema(nullable = false)]
    fix: Option<String>,
}

/// Something the customer should read on top of the order's page.
#[derive(ToSchema)]
pub(crate) struct Notice {
    /// `revision_failed` or `changes_requested`
    code: String,
    /// In words for the customer.
    message: String,
}

/// What became of a stretch of text.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Op {
    Equal,
    Insert,
    Delete,
}

/// A stretch of text and what became of it.
#[derive(ToSchema)]
pub(crate) struct Span {
    op: Op,
    text: String,
}
