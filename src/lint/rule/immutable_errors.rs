//! Errors that browsers are told to cache.

use super::{Flaw, Rule};
use crate::lint::header::sent;
use crate::lint::project::Project;
use crate::outcome::Severity;

pub(super) static RULE: Rule = Rule {
    check: "chunk-load-failure",
    id: "immutable-errors",
    summary: "error responses have headers that let browsers cache them",
    explanation: "With `always`, nginx adds the header to error responses too. A browser that receives a 502 with \
        `immutable` or a long `max-age` for a chunk caches the error, and a reload does not request the chunk again.",
    fix: "Remove `always` from headers that allow caching, so that only successful responses get them.",
    severity: Severity::Error,
    judge,
};

fn judge(project: &Project) -> Vec<Flaw> {
    let kept = sent(project, &[]).into_iter().filter(|header| header.with_errors && header.name == "cache-control");
    let long = kept.filter(|header| {
        let value = header.value.to_ascii_lowercase();
        let age = value.split(',').find_map(|one| one.trim().strip_prefix("max-age=")?.trim().parse::<u64>().ok());
        value.contains("immutable") || age.is_some_and(|age| age >= 3600) && !value.contains("no-")
    });
    long.map(|header| {
        Flaw::in_header(&header, format!("error responses are also sent with `cache-control: {}`", header.value))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::testing::file;

    fn site(header: &str) -> String {
        format!("server {{\n  location /_next/static/ {{\n    add_header Cache-Control {header};\n  }}\n}}")
    }

    #[test]
    fn what_goes_with_errors_must_not_last() {
        let found = file("nginx.conf", &site("\"public, max-age=31536000, immutable\" always")).one(&RULE);
        assert_eq!((found.line, found.column), (3, 5));
        file("conf.d/site.conf", &site("max-age=86400 always")).one(&RULE);
    }

    #[test]
    fn good_answers_may_last_and_errors_may_not_be_kept() {
        file("nginx.conf", &site("\"public, max-age=31536000, immutable\"")).none(&RULE);
        file("nginx.conf", &site("no-cache always")).none(&RULE);
        file("nginx.conf", "server { add_header X-Frame-Options DENY always; }").none(&RULE);
    }
}
