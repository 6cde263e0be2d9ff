//! The head of a request → whether it comes from this page on this machine, or the status that refuses it.

use hyper::{
    HeaderMap, Method, Request, StatusCode,
    header::{CONTENT_TYPE, HOST, HeaderName, ORIGIN},
};

/// Why a request is refused, in a line.
pub struct Refused {
    pub status: StatusCode,
    pub reason: &'static str,
    /// The methods that there are, where the method is the fault.
    pub allow: Option<&'static str>,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    Page,
    Script,
    Styles,
    Engine,
    Language,
    Answer,
    Report,
}

const ROUTES: [(&str, Method, Route); 7] = [
    ("/", Method::GET, Route::Page),
    ("/app.js", Method::GET, Route::Script),
    ("/app.css", Method::GET, Route::Styles),
    ("/engine.css", Method::GET, Route::Engine),
    ("/api/language", Method::GET, Route::Language),
    ("/api/page", Method::POST, Route::Answer),
    ("/api/report", Method::POST, Route::Report),
];

fn refused(status: StatusCode, reason: &'static str) -> Refused {
    Refused { status, reason, allow: None }
}

/// The route, if all that the head says is in order. A page of another site can name this address, or have its own name
/// lead here: neither gets an answer.
pub fn route<B>(request: &Request<B>, port: u16) -> Result<Route, Refused> {
    let host = one(request.headers(), &HOST).filter(|host| is_own(host, port));
    let target = request.uri().authority().map(hyper::http::uri::Authority::as_str);
    let Some(host) = host.filter(|host| target.is_none_or(|target| target == *host)) else {
        return Err(refused(StatusCode::MISDIRECTED_REQUEST, "This server answers at its own address only."));
    };
    let found = ROUTES.iter().find(|(path, ..)| *path == request.uri().path());
    let Some((_, method, route)) = found else { return Err(refused(StatusCode::NOT_FOUND, "There is nothing here.")) };
    let is_allowed = request.method() == method || method == Method::GET && request.method() == Method::HEAD;
    if !is_allowed {
        let allow = Some(if method == Method::GET { "GET, HEAD" } else { "POST" });
        let reason = "This address is not asked by this method.";
        return Err(Refused { allow, ..refused(StatusCode::METHOD_NOT_ALLOWED, reason) });
    }
    if method == Method::POST {
        let origin = one(request.headers(), &ORIGIN).and_then(|origin| origin.strip_prefix("http://"));
        if origin != Some(host) {
            return Err(refused(StatusCode::FORBIDDEN, "Only the page that this server serves may ask this."));
        }
        let kind = one(request.headers(), &CONTENT_TYPE).and_then(|kind| kind.split(';').next());
        if !kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json")) {
            return Err(refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body has to be application/json."));
        }
    }
    Ok(*route)
}

/// The value of a field that stands there once.
fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok())
}

/// Whether a browser on this machine would call this server so. At the port of the protocol it leaves the port out.
fn is_own(host: &str, port: u16) -> bool {
    let name = host.strip_suffix(&format!(":{port}")).or_else(|| (port == 80).then_some(host));
    name.is_some_and(|name| ["127.0.0.1", "localhost", "[::1]"].contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_its_own_host() {
        for own in ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"] {
            assert!(is_own(own, 8000), "{own}");
        }
        for other in ["127.0.0.1", "localhost", "localhost:80001", "evil.example:8000", "localhost:8000:8000", ""] {
            assert!(!is_own(other, 8000), "{other}");
        }
        assert!(is_own("localhost", 80) && is_own("localhost:80", 80) && !is_own("evil.example", 80));
    }
}
