//! What a tab shows at the moment that something is due of it. Nothing is said of a tab in a reload loop, which is
//! looked at in the middle of some round, nor while a navigation is under way: both have checks of their own.

use super::{Document, Flaw, View};
use crate::trace::{PageState, ReleaseMark, TabId};

/// What a tab shows at a moment.
pub(super) struct Shown<'v, 'a> {
    view: &'v View<'a>,
    tab: TabId,
    due: u32,
    /// False for a tab of which nothing can be said.
    at_rest: bool,
    document: Option<&'v Document<'a>>,
    page: Option<(u32, &'a PageState)>,
}

/// Why what a tab shows is wrong, with its proof.
pub(super) struct Wrong {
    message: String,
    pub(super) url: Option<String>,
    proof: Vec<u32>,
}

impl Wrong {
    pub(super) fn into_flaw(self) -> Flaw {
        Flaw::new(self.message, self.url.as_deref(), self.proof)
    }
}

impl<'v, 'a> Shown<'v, 'a> {
    /// What the tab shows when the event `due` demands something of it.
    pub(super) fn at(view: &'v View<'a>, tab: TabId, due: u32) -> Self {
        let at_rest = !view.loops(tab) && view.under_way(tab, due).is_none();
        let page = view.page(tab, due).filter(|_| at_rest);
        Self { view, tab, due, at_rest, document: view.document(tab, due), page }
    }

    /// Set when the tab shows something else than a page of the app.
    pub(super) fn not_the_app(&self) -> Option<Wrong> {
        let tab = self.tab;
        if !self.at_rest {
            return None;
        }
        let Some(document) = self.document else {
            return Some(self.wrong(format!("{tab} shows no page at all"), None));
        };
        let url = document.url;
        if document.error_page {
            return Some(
                self.wrong(format!("{tab} shows the browser's error page for {url}"), Some(document.committed)),
            );
        }
        if let Some((seq, response)) = self.view.document_response(document).filter(|(_, got)| got.status >= 400) {
            let message = format!("{tab} shows {url} with status {} from {}", response.status, response.source);
            return Some(self.wrong(message, Some(seq)));
        }
        let (seq, page) = self.page?;
        (page.page_release == ReleaseMark::Missing).then(|| {
            self.wrong(format!("{tab} shows a page at {url} that does not carry the app's release mark"), Some(seq))
        })
    }

    /// Set when the app says that its client code has not taken over.
    pub(super) fn not_hydrated(&self) -> Option<Wrong> {
        let (seq, page) = self.page?;
        (page.hydrated == Some(false)).then(|| {
            self.wrong(format!("{} shows {}, but its client code has not taken over", self.tab, page.url), Some(seq))
        })
    }

    /// Set when the page does not show its lazily loaded part.
    pub(super) fn without_part(&self) -> Option<Wrong> {
        let (seq, page) = self.page?;
        (page.lazy_shown == Some(false)).then(|| {
            self.wrong(format!("{} shows {} without the part that was asked for", self.tab, page.url), Some(seq))
        })
    }

    /// Set when the page or its code names another release than this.
    pub(super) fn of_another_release(&self, release: &str) -> Option<Wrong> {
        let (seq, page) = self.page?;
        let other = |mark: &'a ReleaseMark| match mark {
            ReleaseMark::Names(named) if named != release => Some(named.as_str()),
            _ => None,
        };
        let what = match (other(&page.page_release), other(&page.code_release)) {
            (None, None) => return None,
            (Some(document), None) => format!("a document of release {document}"),
            (None, Some(code)) => format!("client code of release {code}"),
            (Some(document), Some(code)) => {
                format!("a document of release {document} with client code of release {code}")
            }
        };
        Some(self.wrong(format!("{} shows {}: {what} instead of release {release}", self.tab, page.url), Some(seq)))
    }

    /// Set when the page and its code name two releases.
    pub(super) fn mixed(&self) -> Option<Wrong> {
        let (seq, page) = self.page?;
        let (ReleaseMark::Names(document), ReleaseMark::Names(code)) = (&page.page_release, &page.code_release) else {
            return None;
        };
        let what = || format!("a document of release {document} with client code of release {code}");
        (document != code).then(|| self.wrong(format!("{} shows {}: {}", self.tab, page.url, what()), Some(seq)))
    }

    fn wrong(&self, message: String, proof: Option<u32>) -> Wrong {
        let url = self.document.map(|document| document.url.to_owned());
        Wrong { message, url, proof: proof.into_iter().chain([self.due]).collect() }
    }
}
