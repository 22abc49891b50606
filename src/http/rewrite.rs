//! Rewrites headers when a site is served under another address than its own.
//!
//! Bodies are not changed, nor is the site's Content-Security-Policy: both belong to the release.

use hyper::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, ALT_SVC, CONTENT_LOCATION, HeaderMap, HeaderName, HeaderValue, LINK, LOCATION, ORIGIN,
    REFERER, REFRESH, SET_COOKIE, STRICT_TRANSPORT_SECURITY,
};
use url::{Position, Url};

use super::address::Address;

/// Headers whose value is or contains a URL.
const WITH_URLS: [HeaderName; 8] = [
    LOCATION,
    CONTENT_LOCATION,
    LINK,
    REFRESH,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    HeaderName::from_static("service-worker-allowed"),
    HeaderName::from_static("sourcemap"),
    HeaderName::from_static("x-sourcemap"),
];

/// Headers with lasting effects in the browser: they would outlive the origin, redirect the browser to other hosts, or
/// make it send reports there.
const ABOUT_THE_HOST: [HeaderName; 5] = [
    ALT_SVC,
    STRICT_TRANSPORT_SECURITY,
    HeaderName::from_static("nel"),
    HeaderName::from_static("report-to"),
    HeaderName::from_static("reporting-endpoints"),
];

/// Rewrites a request so that the site sees its own address.
pub(crate) fn request(headers: &mut HeaderMap, site: &Url, public: &Address) {
    let (public, base) = (public.to_string(), &site[..Position::BeforePath]);
    for name in [ORIGIN, REFERER] {
        let value = headers.get(&name).and_then(|value| value.to_str().ok());
        let rest = value.and_then(|value| value.strip_prefix(&public)).filter(|rest| begins_after_host(rest));
        if let Some(value) = rest.and_then(|rest| HeaderValue::from_str(&format!("{base}{rest}")).ok()) {
            headers.insert(name, value);
        }
    }
}

/// Rewrites a response: where the site names itself, it names the public address.
pub(crate) fn response(headers: &mut HeaderMap, site: &Url, public: &Address) {
    for name in ABOUT_THE_HOST {
        headers.remove(name);
    }
    let bases = bases(site);
    let public = public.to_string();
    for name in WITH_URLS {
        each(headers, &name, |value| with_public_urls(value, &bases, &public));
    }
    let host = site.host_str().unwrap_or_default();
    each(headers, &SET_COOKIE, |value| for_this_host(value, host));
}

/// Changes the text values of a header.
fn each(headers: &mut HeaderMap, name: &HeaderName, change: impl Fn(&str) -> String) {
    if !headers.contains_key(name) {
        return;
    }
    let changed: Vec<HeaderValue> = headers
        .get_all(name)
        .iter()
        .map(|value| {
            let text = value.to_str().ok().map(&change);
            text.and_then(|text| HeaderValue::from_str(&text).ok()).unwrap_or_else(|| value.clone())
        })
        .collect();
    headers.remove(name);
    for value in changed {
        headers.append(name, value);
    }
}

/// The prefixes of the site's URLs, in all the ways in which it can name itself: with both schemes if the port is the
/// default, with an explicit default port, and without a scheme.
fn bases(site: &Url) -> Vec<String> {
    let host = site.host_str().unwrap_or_default();
    match site.port() {
        Some(port) => ["http:", "https:", ""].map(|scheme| format!("{scheme}//{host}:{port}")).into(),
        None => ["https://{}:443", "http://{}:80", "https://{}", "http://{}", "//{}"]
            .map(|form| form.replace("{}", host))
            .into(),
    }
}

/// True for characters that can follow a host and port.
fn begins_after_host(rest: &str) -> bool {
    !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '@'))
}

/// Replaces every absolute URL of the site in a text with one of the public address.
fn with_public_urls(text: &str, bases: &[String], public: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        // Only at the start of a URL: `https://a.example/?to=https://site/` and `x//site` are other URLs.
        let free = out.chars().next_back().is_none_or(|before| matches!(before, '<' | '"' | '\'' | '=' | ' ' | ','));
        let found = bases.iter().filter(|_| free).find_map(|base| {
            let head = rest.get(..base.len())?;
            let after = &rest[base.len()..];
            (head.eq_ignore_ascii_case(base) && begins_after_host(after)).then_some(after)
        });
        match found {
            Some(after) if !within_query(&out) => {
                out.push_str(public);
                rest = after;
            }
            _ => {
                out.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
    }
    out
}

/// True inside the query of a URL: what follows a `=` there is a parameter of another site.
fn within_query(before: &str) -> bool {
    let start = before.rfind(['<', '"', '\'', ' ', ',', ';']).map_or(0, |at| at + 1);
    before[start..].contains('?')
}

/// Turns a cookie of the site's host, or of a parent domain, into one of the public host only.
fn for_this_host(cookie: &str, host: &str) -> String {
    let kept = cookie.split(';').filter(|part| {
        let Some((name, domain)) = part.split_once('=') else { return true };
        let domain = domain.trim().trim_start_matches('.').to_ascii_lowercase();
        let ours = host == domain || host.strip_suffix(&domain).is_some_and(|sub| sub.ends_with('.'));
        !(name.trim().eq_ignore_ascii_case("domain") && ours)
    });
    kept.collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::address::Scheme;

    fn public() -> Address {
        Address { scheme: Scheme::Https, host: "x.swapcheck.example".into() }
    }

    fn came(site: &str, headers: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        response(&mut map, &Url::parse(site).unwrap(), &public());
        let mut all: Vec<_> = map.iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned())).collect();
        all.sort();
        all
    }

    fn location(site: &str, value: &str) -> String {
        came(site, &[("location", value)]).remove(0).1
    }

    #[test]
    fn redirects_stay_at_the_public_address() {
        let site = "https://shop.example/app/";
        let moved = "https://x.swapcheck.example/form?a=1#b";
        for own in [
            "https://shop.example/form?a=1#b",
            "http://shop.example/form?a=1#b",
            "https://SHOP.example:443/form?a=1#b",
            "//shop.example/form?a=1#b",
        ] {
            assert_eq!(location(site, own), moved, "{own}");
        }
        assert_eq!(location(site, "https://shop.example"), "https://x.swapcheck.example");
        for other in [
            "/form",
            "form",
            "https://shop.example.evil.example/",
            "https://shop.example:8443/",
            "https://shop.example@evil.example/",
            "https://login.example/?to=https://shop.example/form",
            "https://login.example/?to=//shop.example/form",
            "https://www.shop.example/",
        ] {
            assert_eq!(location(site, other), other);
        }
        assert_eq!(location("http://shop.example:3000", "http://shop.example:3000/a"), "https://x.swapcheck.example/a");
        assert_eq!(location("http://shop.example:3000", "http://shop.example/a"), "http://shop.example/a");
    }

    #[test]
    fn other_headers_that_name_the_site() {
        let said = came(
            "https://shop.example/",
            &[
                ("link", "<https://shop.example/a.css>; rel=preload, <https://cdn.example/b.js>; rel=preload"),
                ("refresh", "0;url=https://shop.example/b"),
                ("access-control-allow-origin", "https://shop.example"),
                ("content-location", "https://shop.example/c"),
                ("content-security-policy", "connect-src https://shop.example"),
                ("strict-transport-security", "max-age=1"),
                ("alt-svc", "h3=\":443\""),
                ("nel", "{}"),
            ],
        );
        let public = "https://x.swapcheck.example";
        let expected = [
            ("access-control-allow-origin", public.to_owned()),
            ("content-location", format!("{public}/c")),
            ("content-security-policy", "connect-src https://shop.example".to_owned()),
            ("link", format!("<{public}/a.css>; rel=preload, <https://cdn.example/b.js>; rel=preload")),
            ("refresh", format!("0;url={public}/b")),
        ];
        assert_eq!(said, expected.map(|(name, value)| (name.to_owned(), value)));
    }

    #[test]
    fn cookies_belong_to_the_public_host() {
        let cookies = came(
            "https://www.shop.example/",
            &[
                ("set-cookie", "a=1; Domain=.shop.example; Path=/; Secure"),
                ("set-cookie", "b=domain=x; domain=www.shop.example"),
                ("set-cookie", "c=3; Domain=op.example"),
            ],
        );
        let cookies: Vec<_> = cookies.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(cookies, ["a=1; Path=/; Secure", "b=domain=x", "c=3; Domain=op.example"]);
    }

    #[test]
    fn the_site_is_asked_under_its_own_address() {
        let mut headers = HeaderMap::new();
        headers.insert(ORIGIN, HeaderValue::from_static("https://x.swapcheck.example"));
        headers.insert(REFERER, HeaderValue::from_static("https://x.swapcheck.example/a?b=1"));
        request(&mut headers, &Url::parse("http://shop.example:3000/app/").unwrap(), &public());
        assert_eq!(headers[ORIGIN], "http://shop.example:3000");
        assert_eq!(headers[REFERER], "http://shop.example:3000/a?b=1");
        for other in ["https://x.swapcheck.example.evil.example/", "null", "https://y.example"] {
            headers.insert(REFERER, HeaderValue::from_static(other));
            request(&mut headers, &Url::parse("https://shop.example").unwrap(), &public());
            assert_eq!(headers[REFERER], other);
        }
    }
}
