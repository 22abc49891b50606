//! Limits of a trace, so that a page that floods the channels it is observed through costs bounded memory.
//!
//! Events of the driver are always recorded: the scenario bounds them. Of each kind of event that a page or a worker
//! causes, the first ones are recorded and the rest counted, so that a flood of one kind hides nothing of another.

use std::collections::BTreeMap;

use super::{Action, PageState, Response, What};

/// Longest recorded address, in bytes. `data:` URLs have no limit of their own.
const ADDRESS: usize = 4096;

/// Longest recorded text of a page, in bytes: messages, titles, exceptions.
const WORDS: usize = 4096;

/// How many events of each kind are recorded: a hundred times what ordinary scenarios cause.
const OF_A_KIND: usize = 5000;

/// Counts events by kind.
#[derive(Debug, Default)]
pub(super) struct Counts(BTreeMap<&'static str, usize>);

impl Counts {
    /// Counts an event, and returns whether it is recorded.
    pub fn admits(&mut self, what: &What) -> bool {
        let Some(kind) = kind(what) else { return true };
        let count = self.0.entry(kind).or_default();
        *count += 1;
        *count <= OF_A_KIND
    }

    /// Describes the events that were left out, if any.
    pub fn left_out(&self) -> Option<String> {
        let many = self.0.iter().filter(|(_, count)| **count > OF_A_KIND);
        let many: Vec<String> = many.map(|(kind, count)| format!("{} more {kind}", count - OF_A_KIND)).collect();
        (!many.is_empty()).then(|| format!("and {}, which are not recorded", many.join(", ")))
    }
}

/// The kind of an event that a page or a worker can cause without limit.
fn kind(what: &What) -> Option<&'static str> {
    Some(match what {
        What::Answer(_) => "responses of the origin",
        What::NavigationStarted { .. } => "navigations",
        What::Committed { .. } => "documents",
        What::Loaded { .. } => "load events",
        What::Page(_) => "page changes",
        What::Response(_) => "responses",
        What::RequestFailed { .. } => "failed requests",
        What::Exception { .. } => "exceptions",
        What::Console { .. } => "console messages",
        What::Registration { .. } => "registration changes",
        What::WorkerVersion { .. } => "worker state changes",
        What::WorkerError { .. } => "worker errors",
        What::CacheChanged { .. } => "cache changes",
        _ => return None,
    })
}

/// Shortens texts that have no limit of their own.
pub(super) fn cut(what: &mut What) {
    match what {
        What::Answer(answer) => {
            address(&mut answer.url);
            [&mut answer.content_type, &mut answer.cache_control].into_iter().for_each(words);
        }
        What::NavigationStarted { url, .. } | What::Committed { url, .. } => address(url),
        What::Action { action: Action::Navigate { url }, .. } => address(url),
        What::Page(PageState { url, title, draft, .. }) => {
            address(url);
            words(title);
            draft.iter_mut().for_each(words);
        }
        What::Response(Response { url, mime, cache, .. }) => {
            address(url);
            words(mime);
            cache.iter_mut().for_each(words);
        }
        What::RequestFailed { url, error, .. } => {
            address(url);
            words(error);
        }
        What::Exception { text, url, .. } | What::WorkerError { text, url, .. } => {
            words(text);
            address(url);
        }
        What::Console { text, .. } => words(text),
        What::Registration { scope, .. } => address(scope),
        What::WorkerVersion { script, .. } => address(script),
        What::CacheChanged { cache } => words(cache),
        What::Snapshot(snapshot) => {
            for entry in &mut snapshot.entries {
                address(&mut entry.url);
                [&mut entry.cache, &mut entry.content_type].into_iter().for_each(words);
            }
        }
        _ => {}
    }
}

fn address(text: &mut String) {
    shorten(text, ADDRESS);
}

fn words(text: &mut String) {
    shorten(text, WORDS);
}

fn shorten(text: &mut String, longest: usize) {
    if text.len() > longest {
        text.truncate(text.floor_char_boundary(longest));
        text.push('…');
        text.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Log;
    use crate::trace::{Party, TabId};

    fn says(text: &str) -> What {
        What::Console { by: Party::Tab(TabId(1)), level: "error".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_flood_is_summed_up_and_hides_nothing_else() {
        let log = Log::default();
        for _ in 0..OF_A_KIND + 7 {
            log.push(says("x"));
        }
        log.push(What::Loaded { tab: TabId(1) });
        let events = log.snapshot();
        assert_eq!(events.len(), OF_A_KIND + 2);
        assert!(matches!(events[OF_A_KIND].what, What::Loaded { .. }));
        let What::Step { text } = &events[OF_A_KIND + 1].what else { panic!("no summary") };
        assert_eq!(text, "and 7 more console messages, which are not recorded");
        assert_eq!(events[OF_A_KIND + 1].seq as usize, OF_A_KIND + 1);
    }

    #[test]
    fn what_a_story_does_is_always_kept() {
        let mut counts = Counts::default();
        let step = What::Step { text: String::new() };
        assert!((0..3 * OF_A_KIND).all(|_| counts.admits(&step)));
        assert_eq!(counts.left_out(), None);
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        let mut what = says(&"ä".repeat(WORDS));
        cut(&mut what);
        let What::Console { text, .. } = what else { unreachable!() };
        assert_eq!(text.chars().count(), WORDS / 2 + 1);
        assert!(text.ends_with("ä…"));
        let mut short = says("short");
        cut(&mut short);
        assert_eq!(short, says("short"));
    }
}
