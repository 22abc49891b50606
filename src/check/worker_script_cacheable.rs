//! Caches between server and browser may store the worker script.

use super::flaw::last_of_each;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::{Answer, What};

pub(super) static CHECK: Check = Check {
    id: "worker-script-cacheable",
    summary: "the worker script is sent with headers that let caches store it",
    explanation: "Looks at the `Cache-Control` header of the worker script as the release sends it: a positive \
        `max-age` or `s-maxage`, or `immutable`, without `no-cache` or `no-store`. Browsers bypass their own HTTP \
        cache for the script itself (not for its imports, and not with `updateViaCache: 'all'`), but a CDN does not: \
        until its copy expires, no visitor gets the new worker, and the old one keeps requesting files that are gone.",
    fix: "Send the worker script, and every script that it imports under a constant name, with `Cache-Control: \
        no-cache`, and purge these scripts from the CDN on each deploy.",
    severity: Severity::Note,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.events().filter_map(|(seq, what)| {
        let What::Answer(Answer { url, worker_script: true, release: Some(_), fault: None, cache_control, .. }) = what
        else {
            return None;
        };
        let message = format!("visitors may get updates late: {url} is sent with `cache-control: {cache_control}`");
        keeps(cache_control).then(|| (url, Flaw::new(message, Some(url), [seq])))
    }))
}

/// Whether a shared cache may serve the response without revalidating it.
pub(crate) fn keeps(cache_control: &str) -> bool {
    let directives: Vec<String> = cache_control.split(',').map(|one| one.trim().to_ascii_lowercase()).collect();
    let has = |name: &str| directives.iter().any(|one| one == name);
    let age = |name: &str| {
        let given = directives.iter().find_map(|one| one.strip_prefix(name)?.trim_start().strip_prefix('='));
        given.and_then(|age| age.trim().trim_matches('"').parse::<u64>().ok())
    };
    let kept = age("s-maxage").or_else(|| age("max-age")).map_or(has("immutable"), |age| age > 0);
    kept && !has("no-cache") && !has("no-store")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, answer, url};

    fn sent(cache_control: &str) -> Answer {
        let (release, cache_control) = (Some("A".to_owned()), cache_control.to_owned());
        Answer { worker_script: true, release, cache_control, ..answer("/sw.js", 200) }
    }

    #[test]
    fn a_script_that_caches_may_keep_is_noted() {
        let story = Story::new().what(What::Answer(sent("public, max-age=600"))).called("first");
        let story = story.what(What::Answer(sent("public, max-age=600"))).called("last");
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "visitors may get updates late: https://app.test/sw.js is sent with `cache-control: public, max-age=600`"
        );
        assert_eq!((finding.url.clone(), finding.counts()), (Some(url("/sw.js")), false));
        assert_eq!(story.proof(&finding), ["last"]);
    }

    #[test]
    fn other_answers_are_of_no_concern() {
        let kept = || sent("max-age=600");
        let none = |answer| Story::new().what(What::Answer(answer)).none(&CHECK);
        none(Answer { worker_script: false, ..kept() });
        none(Answer { fault: Some(1), ..kept() });
        none(Answer { release: None, ..kept() });
    }

    #[test]
    fn directives_are_read_as_caches_read_them() {
        for kept in ["max-age=1", "Max-Age = 600", "s-maxage=60, max-age=0", "immutable", "private, max-age=\"5\""] {
            assert!(keeps(kept), "{kept}");
        }
        for not in
            ["", "public", "max-age=0", "no-cache, max-age=600", "no-store, immutable", "max-age=600, s-maxage=0"]
        {
            assert!(!keeps(not), "{not}");
        }
        assert!(!keeps("public, max-age=0, must-revalidate"));
    }
}
