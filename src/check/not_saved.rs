//! A form cannot be submitted.

use super::flaw::last_of_each;
use super::shown::Shown;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::{Action, Due};

pub(super) static CHECK: Check = Check {
    id: "not-saved",
    summary: "a form was submitted again and still was not saved",
    explanation: "After the visitor has submitted a form, has reopened its page when that failed, and has submitted it \
        again, looks whether the page confirms that it is saved. A form of the old release may meet a server that does \
        not know it, but a form loaded after the deploy must work. The typical cause: a worker keeps serving the old \
        page with the ids of the old release's server actions. If error-page-shown or not-hydrated already reports the \
        cause, this check is silent.",
    fix: "Make sure that a page loaded after the deploy comes from the release that handles its form: serve \
        navigations network-first, or let the new worker bring its own pages and activate. Set \
        `NEXT_SERVER_ACTIONS_ENCRYPTION_KEY` to the same value in all builds, so that an action keeps its id.",
    severity: Severity::Error,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.dues().filter_map(|(due, what, _)| {
        let Due::Saved { tab } = what else { return None };
        let shown = Shown::at(view, *tab, due);
        if shown.not_the_app().is_some() || shown.not_hydrated().is_some() {
            return None;
        }
        let (seen, page) = view.page(*tab, due).filter(|(_, page)| page.saved == Some(false))?;
        let sent = view
            .actions()
            .rev()
            .find(|(seq, acting, action)| *seq < due && acting == tab && matches!(action, Action::Submit { .. }));
        let message = format!("the form is not saved: {tab} shows {} without a confirmation", page.url);
        let proof = sent.map(|(seq, ..)| seq).into_iter().chain([seen, due]);
        Some(((tab, &page.url), Flaw::new(message, Some(&page.url), proof)))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, page, url};
    use crate::trace::{PageState, ReleaseMark};

    fn showing(saved: Option<bool>) -> PageState {
        PageState { saved, hydrated: Some(true), ..page(1) }
    }

    fn sent(state: PageState) -> Story {
        Story::new().visit(1, "/").submits(1).called("sent").page(state).called("page")
    }

    #[test]
    fn a_form_that_is_not_saved_is_found() {
        let story = sent(showing(Some(false))).saved(1).called("due").submits(1);
        let finding = story.one(&CHECK);
        assert_eq!(finding.message, "the form is not saved: tab 1 shows https://app.test/ without a confirmation");
        assert_eq!(finding.url, Some(url("/")));
        assert_eq!(story.proof(&finding), ["sent", "page", "due"]);
        story.saved(1).one(&CHECK);
    }

    #[test]
    fn only_the_sending_in_that_tab_proves_it() {
        let story = sent(showing(Some(false))).submits(2).click(1).saved(1);
        assert_eq!(story.proof(&story.one(&CHECK)), ["sent", "page", "?"]);
        let story = Story::new().visit(1, "/").click(1).page(showing(Some(false))).saved(1);
        assert_eq!(story.proof(&story.one(&CHECK)), ["?", "?"]);
    }

    #[test]
    fn what_is_saved_undescribed_or_not_due_is_healthy() {
        sent(showing(Some(true))).saved(1).none(&CHECK);
        sent(showing(None)).saved(1).none(&CHECK);
        sent(showing(Some(false))).usable(1).none(&CHECK);
    }

    #[test]
    fn a_cause_that_is_known_is_enough() {
        sent(PageState { hydrated: Some(false), ..showing(Some(false)) }).saved(1).none(&CHECK);
        sent(PageState { page_release: ReleaseMark::Missing, ..showing(Some(false)) }).saved(1).none(&CHECK);
    }
}
