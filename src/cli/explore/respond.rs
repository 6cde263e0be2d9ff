//! A request → its response: assets as they are, questions by [`Workers`], each within its time.

use std::{convert::Infallible, sync::Arc, time::Duration};

use chainrule::explore::{
    api::{Language, Request as Question},
    engine_styles,
};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Body, Bytes, Incoming},
    header::{self, HeaderValue},
};
use tokio::time::timeout;

use super::{
    guard::{Refused, Route, route},
    worker::{Asked, Said},
    workers::{Unanswered, Workers},
};

/// Bytes of a request's body.
const BODY: usize = 1 << 20;
/// Bytes of a longer body that are read to their end, so that its sender hears why it is refused.
const DRAINED: usize = 16 << 20;
const BODY_TIME: Duration = Duration::from_secs(10);

/// The page, its script, its styles.
const ASSETS: [&[u8]; 3] = [
    include_bytes!("../../explore/assets/index.html"),
    include_bytes!("../../explore/assets/app.js"),
    include_bytes!("../../explore/assets/app.css"),
];

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLES: &str = "text/css; charset=utf-8";
const JSON: &str = "application/json";
const PLAIN: &str = "text/plain; charset=utf-8";

/// What a page may load: its own script and styles, nothing from elsewhere, and nothing may hold it in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

type Answered = Response<Full<Bytes>>;

/// What is served.
pub struct Site {
    port: u16,
    language: Bytes,
    engine: Bytes,
    workers: Workers,
}

impl Site {
    pub fn new(port: u16, language: &Language, workers: Workers) -> Self {
        let language = serde_json::to_vec(language).unwrap_or_default().into();
        Self { port, language, engine: engine_styles().into(), workers }
    }
}

/// Answers a request; what is wrong with it is an answer too.
pub async fn respond(request: Request<Incoming>, site: Arc<Site>) -> Result<Answered, Infallible> {
    let found = match route(&request, site.port) {
        Ok(route) => of_route(route, request, &site).await,
        Err(Refused { status, reason, allow }) => {
            drained(request.into_body()).await;
            let mut response = plain(status, reason);
            if let Some(allow) = allow {
                response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
            }
            response
        }
    };
    Ok(guarded(found))
}

async fn of_route(route: Route, request: Request<Incoming>, site: &Site) -> Answered {
    let [page, script, styles] = ASSETS.map(Bytes::from_static);
    match route {
        Route::Page => asset(&request, HTML, page),
        Route::Script => asset(&request, SCRIPT, script),
        Route::Styles => asset(&request, STYLES, styles),
        Route::Engine => asset(&request, STYLES, site.engine.clone()),
        Route::Language => with(StatusCode::OK, JSON, site.language.clone()),
        Route::Answer => derived(request, site, Asked::Parts).await,
        Route::Report => derived(request, site, Asked::Sheet).await,
    }
}

/// What a question has for an answer, worked out beside the server and not for longer than it may take.
async fn derived(request: Request<Incoming>, site: &Site, asked: Asked) -> Answered {
    let (question, bytes) = match question(request).await {
        Ok(question) => question,
        Err(refused) => return refused,
    };
    let measures = asked == Asked::Sheet || question.want.iter().any(|part| part.is_measured());
    match site.workers.ask(asked, measures, bytes).await {
        Ok((said, body)) if said == Said::Answer as u8 => with(StatusCode::OK, JSON, body),
        Ok((said, body)) if said == Said::Sheet as u8 => with(StatusCode::OK, HTML, body),
        Ok((_, body)) => with(StatusCode::UNPROCESSABLE_ENTITY, JSON, body),
        Err(Unanswered::Crowded) => {
            plain(StatusCode::SERVICE_UNAVAILABLE, "Too many questions are asked at once. Ask again.")
        }
        Err(Unanswered::Overtaken) => {
            plain(StatusCode::SERVICE_UNAVAILABLE, "This takes long, and newer questions took its place. Ask again.")
        }
        Err(Unanswered::TooLong) => {
            plain(StatusCode::GATEWAY_TIMEOUT, "This takes longer than 10 seconds, the limit. Try a smaller network.")
        }
        Err(Unanswered::Broken) => {
            plain(StatusCode::INTERNAL_SERVER_ERROR, "A defect of the program: there is no answer.")
        }
    }
}

/// What the body asks.
async fn question(request: Request<Incoming>) -> Result<(Question, Bytes), Answered> {
    let too_long = || plain(StatusCode::PAYLOAD_TOO_LARGE, "The body has more than 1 MiB.");
    let body = request.into_body();
    if body.size_hint().lower() > BODY as u64 {
        drained(body).await;
        return Err(too_long());
    }
    let bytes = match timeout(BODY_TIME, Limited::new(body, BODY).collect()).await {
        Ok(Ok(bytes)) => bytes.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_long()),
        Ok(Err(_)) => return Err(plain(StatusCode::BAD_REQUEST, "The body ends before it is whole.")),
        Err(_) => return Err(plain(StatusCode::REQUEST_TIMEOUT, "The body did not come within 10 seconds.")),
    };
    match serde_json::from_slice(&bytes) {
        Ok(question) => Ok((question, bytes)),
        Err(error) => Err(plain(StatusCode::BAD_REQUEST, &format!("No question: {error}."))),
    }
}

/// Reads a body that nobody asks for, for its time.
async fn drained(body: Incoming) {
    let mut body = Limited::new(body, DRAINED);
    let read = async { while let Some(Ok(_)) = body.frame().await {} };
    let _ = timeout(BODY_TIME, read).await;
}

/// What changes with a version only: a browser asks whether it has changed.
fn asset(request: &Request<Incoming>, kind: &'static str, body: Bytes) -> Answered {
    let tag = format!("\"{:016x}\"", hash(&body));
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let is_known = known.is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag));
    let mut response =
        if is_known { with(StatusCode::NOT_MODIFIED, kind, Bytes::new()) } else { with(StatusCode::OK, kind, body) };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// FNV-1a: tells versions apart, and is the same in all of them.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn plain(status: StatusCode, reason: &str) -> Answered {
    with(status, PLAIN, format!("{reason}\n").into())
}

fn with(status: StatusCode, kind: &'static str, body: Bytes) -> Answered {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What every response says of itself.
fn guarded(mut response: Answered) -> Answered {
    let fields = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fields {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
