//! A page that the visitor requested neither loads nor fails.

use super::flaw::last_of_each;
use super::{Check, Flaw, View};
use crate::outcome::Severity;
use crate::trace::{Due, Gravity};

pub(super) static CHECK: Check = Check {
    id: "navigation-hung",
    summary: "a requested page neither loaded nor failed",
    explanation: "Looks for a navigation that has started in a tab and has produced neither a document nor an error \
        page by the time the tab should show something. The visitor sees the old page and an endless spinner; a reload \
        may hang as well. Typical causes: a worker answers a navigation with a promise that never settles, such as one \
        that waits for a message or a lock, or it forwards a navigation whose response carries `Clear-Site-Data: \
        \"storage\"`.",
    fix: "Make sure that every promise passed to `respondWith` settles: put a timeout on what it waits for, and serve \
        a fallback page. Do not send `Clear-Site-Data: \"storage\"` on documents while a worker forwards navigations; \
        send it on a response that the page fetches.",
    severity: Severity::Fatal,
    judge,
};

fn judge(view: &View<'_>) -> Vec<Flaw> {
    last_of_each(view.dues().filter_map(|(due, what, _)| {
        let (Due::Usable { tab } | Due::Part { tab } | Due::Current { tab, .. }) = what else { return None };
        let (began, url) = view.under_way(*tab, due)?;
        let excused = view.loops(*tab) || view.faulty(Gravity::Breaks, began, due);
        let message = format!("the page never loads: {tab} requested {url} and received neither a page nor an error");
        (!excused).then(|| ((tab, url), Flaw::new(message, Some(url), [began, due])))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::testing::{Story, page, url};

    fn asked() -> Story {
        Story::new().visit(1, "/").starts_by_visitor(1, "/slow").called("asked")
    }

    #[test]
    fn a_page_that_does_not_come_is_found() {
        let story = asked().page(page(1)).usable(1).called("due");
        let finding = story.one(&CHECK);
        assert_eq!(
            finding.message,
            "the page never loads: tab 1 requested https://app.test/slow and received neither a page nor an error"
        );
        assert_eq!(finding.url, Some(url("/slow")));
        assert_eq!(story.proof(&finding), ["asked", "due"]);
        story.usable(1).one(&CHECK);
        asked().part(1).one(&CHECK);
        asked().current(1, "B").one(&CHECK);
        asked().commits(2, "/slow").usable(1).one(&CHECK);
    }

    #[test]
    fn a_page_or_an_error_page_is_an_end() {
        asked().commits(1, "/slow").usable(1).none(&CHECK);
        asked().error_page(1, "/slow").usable(1).none(&CHECK);
        Story::new().usable(1).none(&CHECK);
    }

    #[test]
    fn it_is_judged_where_something_is_due_of_the_tab() {
        asked().none(&CHECK);
        asked().usable(2).none(&CHECK);
        asked().cleared("B").none(&CHECK);
        Story::new().usable(1).starts_by_visitor(1, "/").none(&CHECK);
    }

    #[test]
    fn a_fault_that_breaks_pages_and_a_loop_are_excuses() {
        Story::new().fault_on(1, Gravity::Breaks).starts_by_visitor(1, "/").usable(1).none(&CHECK);
        Story::new().fault_on(1, Gravity::Disturbs).starts_by_visitor(1, "/").usable(1).one(&CHECK);
        let fault = Story::new().fault_on(1, Gravity::Breaks).fault_off(1);
        fault.starts_by_visitor(1, "/").usable(1).one(&CHECK);
        let looping = (0..4).fold(Story::new().visit(1, "/"), |story, _| story.reload_by_app(1, "/"));
        looping.starts(1, "/", crate::trace::Initiator::App).usable(1).none(&CHECK);
    }
}
