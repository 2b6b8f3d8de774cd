//! `/admin/products`: what the shop sells, for how much, and how its content is judged.

use super::{
    desk::{Desk, Needs, OwnerDesk, ReadOnlyDesk},
    frame::{Console, Section, show},
};
use crate::{
    Api,
    admin::products::{find_product, sell},
    contract::{faults, mirror},
    envelope::{ApiError, ErrorDetail},
    error_code::ErrorCode,
    extract::{Named, Params, RawBody},
    pages::see_other,
};
use askama::Template;
use axum::{extract::State, response::Response};
use galley_domain::{
    brief::ProductKind,
    money::{Currency, Money},
    product::Product,
};

#[derive(Template)]
#[template(path = "console/products.html")]
struct Products<'a> {
    console: Console<'a>,
    forms: Vec<Form>,
}

/// A product with what stands in its form.
struct Form {
    product: ProductKind,
    title: String,
    entries: Vec<Entry>,
    wrong: bool,
}

struct Entry {
    name: &'static str,
    label: &'static str,
    value: String,
    error: Option<String>,
}

/// API name and label of each field.
const FIELDS: [(&str, &str); 11] = [
    ("title", "Name"),
    ("price", "Price"),
    ("currency", "Currency, as a code of three letters"),
    ("lengthTolerancePercent", "Accepted distance from the ordered length, in percent"),
    ("densityMinBp", "Least share of the main keyword, in hundredths of a percent"),
    ("densityMaxBp", "Greatest share of the main keyword, in hundredths of a percent"),
    ("readingEaseMin", "Reading ease below which a warning is given"),
    ("sentenceMaxWords", "Average sentence above which a warning is given, in words"),
    ("paragraphMaxWords", "Paragraph above which a warning is given, in words"),
    ("similarityMaxPercent", "Greatest similarity to another article, in percent"),
    ("allowedHosts", "Hosts that texts may link to beside the ordered one, separated by commas"),
];

fn standing(product: &Product, name: &str) -> String {
    let quality = &product.quality;
    match name {
        "title" => product.title.clone(),
        "price" => product.price.to_string().split(' ').next().unwrap_or_default().to_owned(),
        "currency" => product.price.currency.to_string(),
        "lengthTolerancePercent" => quality.length_tolerance_percent.to_string(),
        "densityMinBp" => quality.density_min_bp.to_string(),
        "densityMaxBp" => quality.density_max_bp.to_string(),
        "readingEaseMin" => quality.reading_ease_min.to_string(),
        "sentenceMaxWords" => quality.sentence_max_words.to_string(),
        "paragraphMaxWords" => quality.paragraph_max_words.to_string(),
        "similarityMaxPercent" => quality.similarity_max_percent.to_string(),
        _ => quality.allowed_hosts.join(", "),
    }
}

/// The product as it was typed in. What is not typed stays.
fn typed(mut product: Product, sent: &Params) -> Result<Product, Vec<ErrorDetail>> {
    let mut wrong = Vec::new();
    let number =
        |name: &str, wrong: &mut Vec<ErrorDetail>| sent.parsed::<u32>(name, "Give a whole number.", wrong);
    let quality = &mut product.quality;
    let places = [
        ("lengthTolerancePercent", &mut quality.length_tolerance_percent),
        ("densityMinBp", &mut quality.density_min_bp),
        ("densityMaxBp", &mut quality.density_max_bp),
        ("sentenceMaxWords", &mut quality.sentence_max_words),
        ("paragraphMaxWords", &mut quality.paragraph_max_words),
        ("similarityMaxPercent", &mut quality.similarity_max_percent),
    ];
    for (name, place) in places {
        *place = number(name, &mut wrong).unwrap_or(*place);
    }
    if let Some(ease) = sent.parsed("readingEaseMin", "Give a whole number.", &mut wrong) {
        quality.reading_ease_min = ease;
    }
    let hosts = sent.get("allowedHosts").unwrap_or_default().split(',').map(str::trim);
    quality.allowed_hosts = hosts.filter(|host| !host.is_empty()).map(str::to_lowercase).collect();
    if let Some(title) = sent.get("title") {
        title.trim().clone_into(&mut product.title);
    }
    let currency = sent.get("currency").map_or(Ok(product.price.currency), str::parse::<Currency>);
    match currency {
        Err(_) => wrong.push(ErrorDetail::new("currency", "Give a code of three letters, such as USD.")),
        Ok(currency) => match Money::from_decimal(sent.get("price").unwrap_or_default(), currency) {
            Some(price) => product.price = price,
            None => wrong.push(ErrorDetail::new("price", "Give an amount such as 129.00.")),
        },
    }
    if wrong.is_empty() { Ok(product) } else { Err(wrong) }
}

/// The catalogue as a page; of one product what was sent and is wrong.
async fn page<N: Needs>(
    api: &Api,
    desk: &Desk<N>,
    done: Option<&'static str>,
    sent: Option<(ProductKind, &Params, &[ErrorDetail])>,
) -> Result<Response, ApiError> {
    let products = api.store.products().await?;
    let form = |product: &Product| {
        let sent = sent.filter(|(kind, ..)| *kind == product.kind);
        let entry = |(name, label)| Entry {
            name,
            label,
            value: match sent {
                Some((_, sent, _)) => sent.get(name).unwrap_or_default().to_owned(),
                None => standing(product, name),
            },
            error: sent.and_then(|(_, _, wrong)| {
                wrong.iter().find(|wrong| wrong.field == name).map(|wrong| wrong.message.clone())
            }),
        };
        Form {
            product: product.kind,
            title: product.title.clone(),
            entries: FIELDS.into_iter().map(entry).collect(),
            wrong: sent.is_some(),
        }
    };
    let forms = products.iter().map(form).collect();
    show(&Products { console: Console::new(api, desk, Section::Settings).await?.done(done), forms })
}

#[utoipa::path(
    get,
    path = "/admin/products",
    operation_id = "showProducts",
    tag = "console",
    summary = "What the shop sells, for how much, and how its content is judged.",
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 303, description = "To the login."),
        faults::OfStaff,
    ),
    security(("staffSession" = [])),
)]
pub(crate) async fn products(
    State(api): State<Api>,
    desk: ReadOnlyDesk,
    params: Params,
) -> Result<Response, ApiError> {
    let done = params.get("done").map(|_| "Saved. Sessions that were made before keep their price.");
    page(&api, &desk, done, None).await
}

#[utoipa::path(
    post,
    path = "/admin/products/{product}",
    operation_id = "sendProduct",
    tag = "console",
    summary = "Changes how a product is sold and judged. Needs the role `owner`.",
    params(("product" = mirror::ProductKind, Path, description = "Which one")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Back to the products."), faults::OfDecision),
    security(("staffSession" = [])),
)]
pub(crate) async fn change(
    State(api): State<Api>,
    desk: OwnerDesk,
    Named(kind): Named<ProductKind>,
    RawBody(body): RawBody,
) -> Result<Response, ApiError> {
    let sent = Params::of(&body);
    let sold = match typed(find_product(&api, kind).await?, &sent) {
        Ok(product) => sell(&api, &product, &desk.actor()).await,
        Err(wrong) => Err(ApiError::invalid(wrong)),
    };
    match sold {
        Ok(()) => see_other("/admin/products?done=1", None),
        Err(error) if error.code == ErrorCode::ValidationFailed => {
            let mut response = page(&api, &desk, None, Some((kind, &sent, &error.details))).await?;
            *response.status_mut() = error.code.status();
            Ok(response)
        }
        Err(error) => Err(error),
    }
}
