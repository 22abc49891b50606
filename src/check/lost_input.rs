//! What the visitor typed is lost.

use super::flaw::last_of_each;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::{Action, Due, Initiator, What};

pub(super) static CHECK: Check = Check {
    id: "lost-input",
    summary: "what the visitor typed is lost",
    explanation: "Looks at the field that the visitor typed into, at a point where the text should still be there. A \
        letter that took half an hour is lost without warning, often in a background tab. Typical causes: a page \
        reloads itself because the visitor accepted an update in another tab (`controllerchange` fires in every tab), \
        it reloads on a version mismatch, or the app replaces the page after an error, while the draft exists only in \
        memory.",
    fix: "Reload only the tab in which the visitor accepted the update; let the others offer it. Save drafts to \
        sessionStorage or IndexedDB while they are typed, and restore them when the page loads.",
    severity: Severity::Fatal,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.dues().filter_map(|(due, what, _)| {
        let Due::Input { tab, text } = what else { return None };
        let (seen, page) = view.page(*tab, due)?;
        if page.draft.as_ref() == Some(text) {
            return None;
        }
        let typed = view.actions().rfind(|(at, acting, action)| {
            at < &due && acting == tab && matches!(action, Action::Type { text: typed, .. } if typed == text)
        });
        let (typed, ..) = typed?;
        let left = view.events().find(|(at, what)| {
            let by_itself =
                matches!(what, What::NavigationStarted { tab: t, by, .. } if t == tab && *by != Initiator::Visitor);
            *at > typed && *at < due && by_itself
        });
        let how = if left.is_some() { " after a reload that the visitor did not request" } else { "" };
        let message = format!("the visitor's input is lost: {tab} no longer shows what was typed at {}{how}", page.url);
        let proof = [Some(typed), left.map(|(at, _)| at), Some(seen), Some(due)];
        Some(((tab, text), Flaw::new(message, Some(&page.url), proof.into_iter().flatten())))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, page, url};
    use crate::trace::{PageState, TabId};

    fn typed(text: &str) -> Story {
        let action = Action::Type { selector: "#draft".to_owned(), text: text.to_owned() };
        Story::new().visit(1, "/").what(What::Action { tab: TabId(1), action }).called("typed")
    }

    fn due(story: Story, tab: u32, text: &str) -> Story {
        story.what(What::Due(Due::Input { tab: TabId(tab), text: text.to_owned() })).called("due")
    }

    fn showing(draft: Option<&str>) -> PageState {
        PageState { draft: draft.map(str::to_owned), ..page(1) }
    }

    #[test]
    fn a_draft_that_a_reload_took_is_found() {
        for draft in [Some(""), Some("other"), None] {
            let story = typed("text").starts(1, "/", Initiator::App).called("reload").commits(1, "/");
            let story = due(story.page(showing(draft)).called("page"), 1, "text");
            let finding = story.one(&CHECK);
            assert_eq!(
                finding.message,
                "the visitor's input is lost: tab 1 no longer shows what was typed at https://app.test/ after a reload \
                 that the visitor did not request"
            );
            assert_eq!(finding.url, Some(url("/")));
            assert_eq!(story.proof(&finding), ["typed", "reload", "page", "due"]);
        }
    }

    #[test]
    fn a_draft_that_goes_without_a_reload_is_found() {
        let story = typed("text").starts(2, "/", Initiator::App).starts(1, "/", Initiator::Visitor).page(showing(None));
        let finding = due(story, 1, "text").one(&CHECK);
        assert_eq!(
            finding.message,
            "the visitor's input is lost: tab 1 no longer shows what was typed at https://app.test/"
        );
        let early = Story::new().visit(1, "/").starts(1, "/", Initiator::App);
        let action = Action::Type { selector: "#draft".to_owned(), text: "text".to_owned() };
        let early = early.what(What::Action { tab: TabId(1), action }).page(showing(None));
        assert!(!due(early, 1, "text").one(&CHECK).message.contains("reload"));
    }

    #[test]
    fn a_draft_that_is_there_is_healthy() {
        due(typed("text").page(showing(Some("text"))), 1, "text").none(&CHECK);
        due(typed("text").page(showing(None)).page(showing(Some("text"))), 1, "text").none(&CHECK);
        typed("text").page(showing(None)).usable(1).none(&CHECK);
    }

    #[test]
    fn what_was_never_typed_is_not_lost() {
        due(Story::new().visit(1, "/").page(showing(None)), 1, "text").none(&CHECK);
        due(typed("other").page(showing(None)), 1, "text").none(&CHECK);
        let action = Action::Type { selector: "#draft".to_owned(), text: "text".to_owned() };
        let elsewhere = Story::new().what(What::Action { tab: TabId(2), action }).page(showing(None));
        due(elsewhere.clone(), 1, "text").none(&CHECK);
        due(elsewhere.click(1), 1, "text").none(&CHECK);
    }

    #[test]
    fn a_loss_is_found_once() {
        due(due(typed("text").page(showing(None)), 1, "text"), 1, "text").one(&CHECK);
    }
}
