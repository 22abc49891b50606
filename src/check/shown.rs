//! What a tab shows when an expectation is checked. Tabs in a reload loop and tabs with a pending navigation are left
//! out: what they show is chance, and both have checks of their own.

use super::{Document, Flaw, View};
use crate::trace::{PageState, ReleaseMark, Response, TabId};

/// What a tab shows at a moment.
pub(super) struct Shown<'v, 'a> {
    view: &'v View<'a>,
    tab: TabId,
    due: u32,
    /// False for a tab that is left out.
    at_rest: bool,
    document: Option<&'v Document<'a>>,
    page: Option<(u32, &'a PageState)>,
}

/// Why what a tab shows is wrong, with its evidence.
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
    /// What the tab shows at the expectation with this `seq`.
    pub(super) fn at(view: &'v View<'a>, tab: TabId, due: u32) -> Self {
        let at_rest = !view.loops(tab) && view.under_way(tab, due).is_none();
        let page = view.page(tab, due).filter(|_| at_rest);
        Self { view, tab, due, at_rest, document: view.document(tab, due), page }
    }

    /// Set when the tab does not show a page of the app.
    pub(super) fn not_the_app(&self) -> Option<Wrong> {
        let tab = self.tab;
        if !self.at_rest {
            return None;
        }
        let Some(document) = self.document else {
            return Some(self.wrong(format!("the visitor sees an empty tab: {tab} shows no page"), None));
        };
        let url = document.url;
        if document.error_page {
            return Some(self.wrong(
                format!("the visitor sees the browser's error page: {tab} could not load {url}"),
                Some(document.committed),
            ));
        }
        if let Some((seq, response)) = self.view.document_response(document).filter(|(_, got)| got.status >= 400) {
            let Response { status, source, .. } = response;
            let message =
                format!("the visitor sees an error page: {tab} shows {url} with status {status} from {source}");
            return Some(self.wrong(message, Some(seq)));
        }
        let (seq, page) = self.page?;
        (page.page_release == ReleaseMark::Missing).then(|| {
            let message =
                format!("the visitor does not see the app: {tab} shows a page at {url} without the app's release mark");
            self.wrong(message, Some(seq))
        })
    }

    /// Set when the hydration mark of the page is missing.
    pub(super) fn not_hydrated(&self) -> Option<Wrong> {
        let (seq, page) = self.page?;
        (page.hydrated == Some(false)).then(|| {
            self.wrong(
                format!("the page does not react: {} shows {}, but it is not hydrated", self.tab, page.url),
                Some(seq),
            )
        })
    }

    /// Set when the page does not show its lazily loaded part.
    pub(super) fn without_part(&self) -> Option<Wrong> {
        let (seq, page) = self.page?;
        (page.lazy_shown == Some(false)).then(|| {
            let message =
                format!("the click has no effect: {} shows {} without the part it should open", self.tab, page.url);
            self.wrong(message, Some(seq))
        })
    }

    /// Set when the page or its client code reports another release than this.
    pub(super) fn of_another_release(&self, release: &str) -> Option<Wrong> {
        let (seq, page) = self.page?;
        let other = |mark: &'a ReleaseMark| match mark {
            ReleaseMark::Names(named) if named != release => Some(named.as_str()),
            _ => None,
        };
        let what = match (other(&page.page_release), other(&page.code_release)) {
            (None, None) => return None,
            (Some(document), None) => format!("the document of release {document}"),
            (None, Some(code)) => format!("the client code of release {code}"),
            (Some(document), Some(code)) => {
                format!("the document of release {document} and the client code of release {code}")
            }
        };
        let (tab, url) = (self.tab, &page.url);
        let message =
            format!("the visitor sees the wrong release: {tab} shows {url} with {what} instead of release {release}");
        Some(self.wrong(message, Some(seq)))
    }

    /// Set when the page and its client code report different releases.
    pub(super) fn mixed(&self) -> Option<Wrong> {
        let (seq, page) = self.page?;
        let (ReleaseMark::Names(document), ReleaseMark::Names(code)) = (&page.page_release, &page.code_release) else {
            return None;
        };
        (document != code).then(|| {
            let message = format!(
                "the page mixes two releases: {} shows {} with the document of release {document} and the client code \
                 of release {code}",
                self.tab, page.url
            );
            self.wrong(message, Some(seq))
        })
    }

    fn wrong(&self, message: String, proof: Option<u32>) -> Wrong {
        let url = self.document.map(|document| document.url.to_owned());
        Wrong { message, url, proof: proof.into_iter().chain([self.due]).collect() }
    }
}
