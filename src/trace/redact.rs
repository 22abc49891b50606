//! Removes personal data from a trace: query values, cookies, credentials, fragments, typed text and titles.
//!
//! Names of query parameters stay, and equal values stay equal: each value becomes a number, such as `~3`, so that
//! checks report the same findings. Numbers instead of hashes, because the hash of a name or a phone number can be
//! guessed.

use std::collections::HashMap;

use super::{Action, Answer, CacheEntry, Due, Event, Header, PageState, RangeAnswer, Response, Snapshot, Trace, What};

/// Words in the names of secret values.
const SECRET: [&str; 12] = [
    "token",
    "secret",
    "passw",
    "session",
    "auth",
    "cookie",
    "jwt",
    "apikey",
    "api_key",
    "api-key",
    "credential",
    "email",
];

/// Headers whose value extends to the end of the line.
const HEADERS: [&str; 4] = ["cookie", "set-cookie", "authorization", "proxy-authorization"];

/// The trace without personal data.
#[must_use]
pub fn redact(trace: Trace) -> Trace {
    Redactor::default().trace(trace)
}

/// Removes personal data from several traces, with equal numbers for equal values.
#[derive(Debug, Default)]
pub struct Redactor {
    numbers: HashMap<String, usize>,
}

impl Redactor {
    /// The trace without personal data.
    #[must_use]
    pub fn trace(&mut self, trace: Trace) -> Trace {
        let Trace { header: Header { swapcheck_trace, subject, scenario, browser }, events } = trace;
        let header = Header { swapcheck_trace, subject: self.text(&subject), scenario, browser };
        let events = events.into_iter().map(|event| Event { what: self.what(event.what), ..event }).collect();
        Trace { header, events }
    }

    /// The number that replaces a value.
    fn number(&mut self, value: &str) -> String {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if value.is_empty() || value.strip_prefix('~').is_some_and(is_number) {
            return value.to_owned();
        }
        let next = self.numbers.len() + 1;
        format!("~{}", self.numbers.entry(value.to_owned()).or_insert(next))
    }

    // Every kind of event is listed, so that a new one cannot be forgotten.
    fn what(&mut self, what: What) -> What {
        match what {
            What::Step { text } => What::Step { text: self.text(&text) },
            What::Action { tab, action } => What::Action { tab, action: self.action(action) },
            What::Due(due) => What::Due(self.due(due)),
            What::Expired { awaited, within_ms, instead } => {
                What::Expired { awaited: self.text(&awaited), within_ms, instead: self.text(&instead) }
            }
            What::Inapplicable { why } => What::Inapplicable { why: self.text(&why) },
            What::FaultOn { fault, text, gravity } => What::FaultOn { fault, text: self.text(&text), gravity },
            What::Answer(answer) => What::Answer(Answer { url: self.url(&answer.url), ..answer }),
            What::NavigationStarted { tab, url, by, reload } => {
                What::NavigationStarted { tab, url: self.url(&url), by, reload }
            }
            What::Committed { tab, url, error_page, restored } => {
                What::Committed { tab, url: self.url(&url), error_page, restored }
            }
            What::Page(page) => What::Page(self.page(page)),
            What::Response(response) => What::Response(Response {
                url: self.url(&response.url),
                cache: response.cache.map(|cache| self.text(&cache)),
                ..response
            }),
            What::RequestFailed { by, url, resource, error, canceled } => {
                What::RequestFailed { by, url: self.url(&url), resource, error: self.text(&error), canceled }
            }
            What::Exception { by, text, url, line } => {
                What::Exception { by, text: self.text(&text), url: self.url(&url), line }
            }
            What::Console { by, level, text } => What::Console { by, level, text: self.text(&text) },
            What::Registration { registration, scope, deleted } => {
                What::Registration { registration, scope: self.url(&scope), deleted }
            }
            What::WorkerVersion { registration, version, script, state, running } => {
                What::WorkerVersion { registration, version, script: self.url(&script), state, running }
            }
            What::WorkerError { version, text, url, line } => {
                What::WorkerError { version, text: self.text(&text), url: self.url(&url), line }
            }
            What::CacheChanged { cache } => What::CacheChanged { cache: self.text(&cache) },
            What::Snapshot(snapshot) => What::Snapshot(self.snapshot(snapshot)),
            What::Range(range) => What::Range(RangeAnswer { url: self.url(&range.url), ..range }),
            What::End
            | What::Claims(_)
            | What::BrowserEnded { .. }
            | What::BrowserStarted
            | What::Stored { .. }
            | What::Swap { .. }
            | What::FaultOff { .. }
            | What::TabOpened { .. }
            | What::TabClosed { .. }
            | What::Loaded { .. } => what,
        }
    }

    fn action(&mut self, action: Action) -> Action {
        match action {
            Action::Navigate { url } => Action::Navigate { url: self.url(&url) },
            Action::Type { selector, text } => Action::Type { selector, text: self.number(&text) },
            Action::Reload | Action::Submit { .. } | Action::Click { .. } | Action::AcceptUpdate => action,
        }
    }

    fn due(&mut self, due: Due) -> Due {
        match due {
            Due::Input { tab, text } => Due::Input { tab, text: self.number(&text) },
            Due::Forgotten { url } => Due::Forgotten { url: self.url(&url) },
            Due::Offline { tab, url, release } => Due::Offline { tab, url: self.url(&url), release },
            Due::Usable { .. }
            | Due::Part { .. }
            | Due::Current { .. }
            | Due::Cleared { .. }
            | Due::Saved { .. }
            | Due::NoWorker
            | Due::Stored { .. } => due,
        }
    }

    fn page(&mut self, page: PageState) -> PageState {
        let draft = page.draft.map(|draft| self.number(&draft));
        PageState { url: self.url(&page.url), title: self.number(&page.title), draft, ..page }
    }

    fn snapshot(&mut self, snapshot: Snapshot) -> Snapshot {
        let Snapshot { label, entries, mut registrations } = snapshot;
        let entries = entries.into_iter().map(|entry| CacheEntry {
            cache: self.text(&entry.cache),
            url: self.url(&entry.url),
            ..entry
        });
        let entries = entries.collect();
        for registration in &mut registrations {
            registration.scope = self.url(&registration.scope);
        }
        Snapshot { label: self.text(&label), entries, registrations }
    }

    /// A URL without fragment and credentials, and with numbers in place of query values. Of a `data:` URL only the
    /// media type stays.
    #[must_use]
    pub fn url(&mut self, url: &str) -> String {
        if is_data(url) {
            return self.data(url);
        }
        let whole = url.split('#').next().unwrap_or_default();
        let (before, query) = whole.split_once('?').map_or((whole, None), |(before, query)| (before, Some(query)));
        let mut redacted = self.without_credentials(before);
        if let Some(query) = query {
            redacted.push('?');
            let pairs: Vec<String> = query.split('&').map(|pair| self.pair(pair)).collect();
            redacted.push_str(&pairs.join("&"));
        }
        redacted
    }

    /// The part before the query, without credentials and with numbers in place of path parameters.
    fn without_credentials(&mut self, before: &str) -> String {
        let (scheme, rest) = before.split_once("://").map_or(("", before), |(scheme, rest)| (scheme, rest));
        let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let (host, path) = if scheme.is_empty() { ("", rest) } else { (host, path) };
        let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
        let mut parts = path.split(';');
        let mut path = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            path.push(';');
            path.push_str(&self.pair(part));
        }
        if scheme.is_empty() { path } else { format!("{scheme}://{host}{path}") }
    }

    /// A name-value pair of a query. Without a name, all of it is the value.
    fn pair(&mut self, pair: &str) -> String {
        match pair.split_once('=') {
            Some((name, value)) => format!("{name}={}", self.number(value)),
            None => self.number(pair),
        }
    }

    fn data(&mut self, url: &str) -> String {
        let (before, _) = url.split_once(',').unwrap_or((url, ""));
        let media = before.get(5..).unwrap_or_default().split(';').next().unwrap_or_default();
        let is_media = media.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/+-.".contains(&byte));
        format!("data:{},{}", if is_media { media } else { "" }, self.number(url))
    }

    /// A text of a page, which may contain URLs, credentials and mail addresses anywhere.
    #[must_use]
    pub fn text(&mut self, text: &str) -> String {
        text.split_inclusive('\n').map(|line| self.line(line)).collect()
    }

    fn line(&mut self, line: &str) -> String {
        let (mut redacted, mut rest, mut next_is_secret) = (String::with_capacity(line.len()), line, Next::Plain);
        while let Some(first) = rest.chars().next() {
            if separates(first) {
                redacted.push(first);
                rest = &rest[first.len_utf8()..];
                continue;
            }
            // A `data:` URL may contain anything, including word separators.
            if let Some(at) = find_data(rest) {
                let quote = redacted.chars().next_back().filter(|c| matches!(c, '"' | '\'' | '`'));
                let end = quote.and_then(|quote| rest.find(quote)).unwrap_or(rest.trim_end().len());
                if end > at {
                    redacted.push_str(&rest[..at]);
                    redacted.push_str(&self.data(&rest[at..end]));
                    rest = &rest[end..];
                    continue;
                }
            }
            let (word, after) = rest.split_at(rest.find(separates).unwrap_or(rest.len()));
            let key = word.trim_end_matches([':', '=']);
            if word.len() > key.len() && HEADERS.iter().any(|header| key.eq_ignore_ascii_case(header)) {
                let value = after.trim();
                let numbered = if value.is_empty() { String::new() } else { format!(" {}", self.number(value)) };
                redacted.push_str(&format!("{word}{numbered}{}", &after[after.trim_end().len()..]));
                return redacted;
            }
            let (told, next) = self.word(word, next_is_secret);
            redacted.push_str(&told);
            next_is_secret = next;
            rest = after;
        }
        redacted
    }

    /// A redacted word, and what it implies for the next one.
    fn word(&mut self, word: &str, next: Next) -> (String, Next) {
        let sign = |text: &str| text.chars().all(|c| matches!(c, ':' | '='));
        if sign(word) {
            return (word.to_owned(), if next == Next::Named { Next::Secret } else { next });
        }
        let key = word.trim_end_matches([':', '=']);
        if next == Next::Secret {
            return (self.number(word), Next::Plain);
        }
        if matches!(key.to_ascii_lowercase().as_str(), "bearer" | "basic") {
            return (word.to_owned(), Next::Secret);
        }
        if key.contains("://") {
            return (self.addresses(word), Next::Plain);
        }
        if is_secret(key) && !key.contains(['?', '=', ':', '/']) {
            return (word.to_owned(), if key.len() < word.len() { Next::Secret } else { Next::Named });
        }
        (self.plain(word), Next::Plain)
    }

    /// A word that contains a URL. The part before the scheme is kept.
    fn addresses(&mut self, word: &str) -> String {
        let slashes = word.find("://").unwrap_or(0);
        let scheme = word[..slashes].rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
        let scheme = if word.is_char_boundary(scheme) { scheme } else { slashes };
        let (before, address) = word.split_at(scheme);
        let before = if before.is_empty() { String::new() } else { self.plain(before) };
        format!("{before}{}", self.url(address))
    }

    /// A word without a scheme: perhaps a URL without one, a named secret, a mail address, or a signed token.
    fn plain(&mut self, word: &str) -> String {
        if word.split_once('?').is_some_and(|(_, query)| query.contains('=')) {
            return self.url(word);
        }
        if let Some(at) = word.find(['=', ':']).filter(|at| is_secret(&word[..*at]) && at + 1 < word.len()) {
            return format!("{}{}", &word[..=at], self.number(&word[at + 1..]));
        }
        if is_mail(word) || is_signed(word) { self.number(word) } else { word.to_owned() }
    }
}

/// What is known about the next word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Plain,
    /// It is a secret if `:` or `=` comes first.
    Named,
    Secret,
}

fn separates(c: char) -> bool {
    c.is_whitespace() || "\"'`<>{},".contains(c)
}

fn is_data(text: &str) -> bool {
    text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:"))
}

/// The position in the first word at which a `data:` URL starts.
fn find_data(rest: &str) -> Option<usize> {
    let word = &rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())];
    let at = word.to_ascii_lowercase().find("data:")?;
    let begins = word[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
    (begins && rest[at..].contains(',')).then_some(at)
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|word| name.contains(word))
}

fn is_mail(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    word.split_once('@').is_some_and(|(name, host)| {
        let top = host.rsplit_once('.').map(|(_, top)| top).unwrap_or_default();
        !name.is_empty() && top.len() >= 2 && top.chars().all(char::is_alphabetic)
    })
}

/// A JSON Web Token.
fn is_signed(word: &str) -> bool {
    word.contains("eyJ") && word.matches('.').count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check;
    use crate::check::testing::*;
    use crate::trace::{Gravity, Party, TabId};

    fn url(text: &str) -> String {
        Redactor::default().url(text)
    }

    fn text(text: &str) -> String {
        Redactor::default().text(text)
    }

    #[test]
    fn an_address_keeps_the_names_of_its_query_and_nothing_else_of_it() {
        for (address, kept) in [
            ("https://app.test/a/b.js", "https://app.test/a/b.js"),
            ("https://app.test/?user=alice&n=2", "https://app.test/?user=~1&n=~2"),
            ("https://app.test/?a=x&b=x&c=", "https://app.test/?a=~1&b=~1&c="),
            ("https://app.test/?s3cret", "https://app.test/?~1"),
            ("https://app.test/?", "https://app.test/?"),
            ("https://al:pw@app.test:8/x#access_token=1", "https://app.test:8/x"),
            ("https://app.test/x@2.png", "https://app.test/x@2.png"),
            ("https://app.test/x;jsessionid=12/y", "https://app.test/x;jsessionid=~1"),
            ("/api?token=1#x", "/api?token=~1"),
            ("data:text/html;base64,PGI+", "data:text/html,~1"),
            ("data:,Alice?x=1", "data:,~1"),
            ("blob:https://app.test/1234", "blob:https://app.test/1234"),
            ("", ""),
        ] {
            assert_eq!(url(address), kept, "{address}");
        }
    }

    #[test]
    fn equal_values_stay_equal_and_others_do_not_become_so() {
        let mut redactor = Redactor::default();
        let told: Vec<String> = ["/?a=x", "/?b=y", "/?c=x"].iter().map(|address| redactor.url(address)).collect();
        assert_eq!(told, ["/?a=~1", "/?b=~2", "/?c=~1"]);
        assert_eq!(url(&url("/?a=x")), "/?a=~1");
    }

    #[test]
    fn texts_lose_what_addresses_in_them_carry() {
        for (said, kept) in [
            ("GET https://a.test/x?id=7 (502)", "GET https://a.test/x?id=~1 (502)"),
            ("see 'https://u:p@a.test/?q=a b'", "see 'https://a.test/?q=~1 b'"),
            ("at f (https://a.test/m.js:1:2)", "at f (https://a.test/m.js:1:2)"),
            ("wss://a.test/live?key=1", "wss://a.test/live?key=~1"),
            ("failed: /api/me?name=Al", "failed: /api/me?name=~1"),
            ("img 'data:image/svg+xml,<b>Al Gore</b>' failed", "img 'data:image/svg+xml,~1' failed"),
            ("from data:text/html,<b>Al Gore</b>", "from data:text/html,~1"),
            ("what? a=b", "what? a=b"),
            ("the metadata: one, two", "the metadata: one, two"),
        ] {
            assert_eq!(text(said), kept, "{said}");
        }
    }

    #[test]
    fn texts_lose_credentials_and_mail_addresses() {
        for (said, kept) in [
            ("Authorization: Bearer abc.def\nnext", "Authorization: ~1\nnext"),
            ("cookie: a=b; c=d", "cookie: ~1"),
            ("sent Bearer abc", "sent Bearer ~1"),
            ("{\"token\":\"abc\",\"n\":1}", "{\"token\":\"~1\",\"n\":1}"),
            ("accessToken=abc", "accessToken=~1"),
            ("password: hunter2 was wrong", "password: ~1 was wrong"),
            ("Unexpected token < in JSON", "Unexpected token < in JSON"),
            ("the session ended", "the session ended"),
            ("hello alice@example.com!", "hello ~1"),
            ("workbox-core@7.4.0 loaded", "workbox-core@7.4.0 loaded"),
            ("got eyJhbGciOi.eyJzdWIi.c2ln", "got ~1"),
        ] {
            assert_eq!(text(said), kept, "{said}");
        }
    }

    #[test]
    fn no_text_breaks_it() {
        for odd in
            ["?", "=", "://", "data:", "data:,", "é://?é=é", "“data:,”", ":=:", "@", "a@", "'data:,x", "\u{202e}?=\n\n"]
        {
            let _ = (url(odd), text(odd));
        }
    }

    /// Contains `Alice` and `hunter2` wherever a page or a visitor can put them.
    fn personal() -> Trace {
        let tab = TabId(1);
        let by = Party::Tab(tab);
        let address = "/?user=Alice&pw=hunter2#Alice";
        let said = "GET https://Alice:hunter2@a.test/?q=hunter2 data:text/plain,Alice".to_owned();
        let typed = Action::Type { selector: "#draft".to_owned(), text: "Alice".to_owned() };
        let url = url_of(address);
        let shown = PageState {
            url: url.clone(),
            title: "Letters of Alice".to_owned(),
            draft: Some("Alice".to_owned()),
            ..page(1)
        };
        let got = Response { cache: Some(said.clone()), ..response(1, "Fetch", address) };
        let failed = What::RequestFailed {
            by: by.clone(),
            url: url.clone(),
            resource: "Fetch".to_owned(),
            error: said.clone(),
            canceled: false,
        };
        Story::new()
            .what(What::Step { text: said.clone() })
            .visit(1, address)
            .what(What::Action { tab, action: typed })
            .what(What::FaultOn { fault: 1, text: said.clone(), gravity: Gravity::Neutral })
            .answer(address, 200)
            .page(shown)
            .what(What::Response(got))
            .what(failed)
            .exception(1, &said)
            .console(1, "error", &said)
            .worker_error("1", &said)
            .what(What::Registration { registration: "1".to_owned(), scope: url.clone(), deleted: false })
            .cache_changed(&said)
            .snapshot([entry(&said, address, 502)])
            .what(registered(address, "1"))
            .what(What::Expired { awaited: said.clone(), within_ms: 1, instead: said.clone() })
            .what(What::Inapplicable { why: said })
            .what(What::Due(Due::Input { tab, text: "Alice".to_owned() }))
            .what(What::Due(Due::Forgotten { url: url.clone() }))
            .offline(1, address, "B")
            .trace()
    }

    fn url_of(path: &str) -> String {
        crate::check::testing::url(path)
    }

    #[test]
    fn nothing_personal_is_left_in_a_trace_or_in_what_is_found_in_it() {
        let trace = redact(personal());
        let mut saved = Vec::new();
        trace.write(&mut saved).unwrap();
        let told = format!("{}{:?}", String::from_utf8(saved).unwrap(), check::judge(&trace));
        for secret in ["Alice", "hunter2"] {
            assert!(!told.contains(secret), "{told}");
        }
        assert!(told.contains("user=~"), "{told}");
    }

    #[test]
    fn checks_find_the_same_in_it() {
        let found = |trace: &Trace| -> Vec<_> {
            check::judge(trace).into_iter().map(|finding| (finding.check, finding.events)).collect()
        };
        let trace = personal();
        assert!(!found(&trace).is_empty());
        assert_eq!(found(&redact(trace.clone())), found(&trace));
    }
}
