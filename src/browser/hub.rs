//! Routes each event to its visitor, and resumes new workers once their events are enabled.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chromiumoxide::cdp::browser_protocol::page::HandleJavaScriptDialogParams;
use chromiumoxide::cdp::browser_protocol::target::{CloseTargetParams, DetachFromTargetParams};
use chromiumoxide::cdp::browser_protocol::{fetch, inspector, log, network};
use chromiumoxide::cdp::js_protocol::runtime;

use super::connection::{Connection, RawEvent, Session};
use super::translate::{Place, Translator};

/// Routes events to visitors.
#[derive(Debug, Default)]
pub(super) struct Hub(Mutex<Routes>);

#[derive(Debug, Default)]
struct Routes {
    /// By the id of the browser context.
    contexts: HashMap<String, Arc<Translator>>,
    /// By the id of the session.
    sessions: HashMap<String, (Arc<Translator>, Place)>,
}

impl Hub {
    fn routes(&self) -> MutexGuard<'_, Routes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Routes workers of this browser context to this visitor.
    pub(super) fn add_context(&self, context: &str, translator: &Arc<Translator>) {
        self.routes().contexts.insert(context.to_owned(), Arc::clone(translator));
    }

    /// Removes a context with its sessions.
    pub(super) fn remove_context(&self, context: &str) {
        let mut routes = self.routes();
        if let Some(gone) = routes.contexts.remove(context) {
            routes.sessions.retain(|_, (translator, _)| !Arc::ptr_eq(translator, &gone));
        }
    }

    /// Routes events of this session to this visitor.
    pub(super) fn add_session(&self, session: &Session, translator: &Arc<Translator>, place: Place) {
        if let Some(id) = session.id() {
            self.routes().sessions.insert(id.to_owned(), (Arc::clone(translator), place));
        }
    }

    /// Handles one event. Called in the order of arrival.
    pub(super) fn dispatch(&self, connection: &Connection, event: &RawEvent) {
        let field = |pointer: &str| event.params.pointer(pointer).and_then(|value| value.as_str()).unwrap_or_default();
        match (&event.session, event.method.as_str()) {
            (None, "Target.attachedToTarget") if field("/targetInfo/type") == "service_worker" => {
                let session = connection.session(field("/sessionId"));
                let visitor = self.routes().contexts.get(field("/targetInfo/browserContextId")).cloned();
                if let Some(translator) = &visitor {
                    let target = field("/targetInfo/targetId").to_owned();
                    self.add_session(&session, translator, Place::Worker(target));
                    session.send(inspector::EnableParams::default());
                    session.send(network::EnableParams::default());
                    session.send(runtime::EnableParams::default());
                    session.send(log::EnableParams::default());
                }
                session.send(runtime::RunIfWaitingForDebuggerParams::default());
                if visitor.is_none() {
                    // Not one of ours: while attached, it would wait for us at each start.
                    let session_id = Some(field("/sessionId").to_owned().into());
                    connection.browser().send(DetachFromTargetParams { session_id });
                }
            }
            // Close windows that pages open: a page may open any number of them.
            (None, "Target.targetCreated") if field("/targetInfo/type") == "page" => {
                let opened = !field("/targetInfo/openerId").is_empty();
                let visitors = self.routes().contexts.contains_key(field("/targetInfo/browserContextId"));
                if opened && visitors {
                    connection.browser().send(CloseTargetParams::new(field("/targetInfo/targetId").to_owned()));
                }
            }
            (None, "Target.detachedFromTarget") => {
                let gone = self.routes().sessions.remove(field("/sessionId"));
                if let Some((translator, place)) = gone {
                    translator.detached(&place);
                }
            }
            (Some(session), method) => {
                let route = self.routes().sessions.get(session).cloned();
                let Some((translator, place)) = route else { return };
                if method == "Inspector.targetReloadedAfterCrash" && matches!(place, Place::Worker(_)) {
                    // A restarted worker waits again, without a new attach event.
                    connection.session(session.clone()).send(runtime::RunIfWaitingForDebuggerParams::default());
                }
                if method == "Fetch.requestPaused" && place == Place::Silent {
                    // The empty page of a live site, which has none itself.
                    let mut empty = fetch::FulfillRequestParams::new(field("/requestId").to_owned(), 200);
                    empty.body = Some(BASE64_STANDARD.encode("<!doctype html><title>blank</title>").into());
                    let html = fetch::HeaderEntry { name: "content-type".to_owned(), value: "text/html".to_owned() };
                    empty.response_headers = Some(vec![html]);
                    connection.session(session.clone()).send(empty);
                }
                if method == "Page.javascriptDialogOpening" {
                    // The page is blocked until the dialog is closed. Leaving the page is always allowed.
                    let leave = field("/type") == "beforeunload";
                    connection.session(session.clone()).send(HandleJavaScriptDialogParams::new(leave));
                }
                translator.event(&place, method, &event.params);
            }
            _ => {}
        }
    }
}
