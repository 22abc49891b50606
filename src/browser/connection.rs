//! One websocket to the browser: calls by session, and all events in the order of arrival.

use std::collections::HashMap;
use std::time::Duration;

use chromiumoxide::cdp::browser_protocol::target::SessionId;
use chromiumoxide::types::{CallId, Command, EventMessage, Message, Method, MethodId};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

/// How long the browser may take for one call. It responds within milliseconds unless it hangs.
const CALL: Duration = Duration::from_secs(60);

/// A raw event. chromiumoxide's own raw event does not include the session.
#[derive(Debug, Deserialize)]
pub(super) struct RawEvent {
    pub(super) method: String,
    #[serde(default, rename = "sessionId")]
    pub(super) session: Option<String>,
    #[serde(default)]
    pub(super) params: Value,
}

impl Method for RawEvent {
    fn identifier(&self) -> MethodId {
        self.method.clone().into()
    }
}

impl EventMessage for RawEvent {
    fn session_id(&self) -> Option<&str> {
        self.session.as_deref()
    }
}

/// Why a call to the browser failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The browser rejected it.
    #[error("the browser rejected {method}: {message}")]
    Refused {
        /// The call.
        method: String,
        /// The message of the browser.
        message: String,
    },
    /// The connection is closed.
    #[error("the browser exited ({method} got no response)")]
    Gone {
        /// The call.
        method: String,
    },
    /// There was no response.
    #[error("the browser did not respond to {method} within {} s", CALL.as_secs())]
    Silent {
        /// The call.
        method: String,
    },
    /// The browser accepted it, but did not finish it.
    #[error("the browser did not finish {what} within {} s", within.as_secs())]
    Unfinished {
        /// What it did not finish.
        what: String,
        /// How long the browser had.
        within: Duration,
    },
    /// The response is not what was expected.
    #[error("unexpected response of the browser to {method}: {message}")]
    Form {
        /// The call.
        method: String,
        /// What is wrong.
        message: String,
    },
}

type Reply = oneshot::Sender<Result<Value, CallError>>;

#[derive(Debug)]
struct Outgoing {
    method: MethodId,
    session: Option<String>,
    params: Value,
    reply: Option<Reply>,
}

/// A handle to the connection. Clones share it.
#[derive(Clone, Debug)]
pub struct Connection {
    outgoing: mpsc::UnboundedSender<Outgoing>,
}

impl Connection {
    /// Connects, and passes every event to `on_event` in the order of arrival. `on_event` must not block; it gets a
    /// handle so that it can respond to an event with calls.
    ///
    /// # Errors
    /// When the websocket cannot be opened.
    pub(super) async fn open(
        url: &str,
        on_event: impl FnMut(&Self, RawEvent) + Send + 'static,
    ) -> Result<Self, chromiumoxide::error::CdpError> {
        let socket = chromiumoxide::Connection::<RawEvent>::connect(url).await?;
        let (outgoing, calls) = mpsc::unbounded_channel();
        let connection = Self { outgoing };
        tokio::spawn(serve(socket, calls, connection.clone(), on_event));
        Ok(connection)
    }

    /// A connection to nothing: `answer` gives what a browser would, for a method and its parameters.
    #[cfg(test)]
    pub(super) fn answered_by(mut answer: impl FnMut(&str, &Value) -> Value + Send + 'static) -> Self {
        let (outgoing, mut calls) = mpsc::unbounded_channel::<Outgoing>();
        tokio::spawn(async move {
            while let Some(call) = calls.recv().await {
                let answer = answer(&call.method, &call.params);
                if let Some(reply) = call.reply {
                    let _ = reply.send(Ok(answer));
                }
            }
        });
        Self { outgoing }
    }

    /// The browser's own session.
    #[must_use]
    pub fn browser(&self) -> Session {
        Session { connection: self.clone(), id: None }
    }

    /// The session with this id.
    #[must_use]
    pub fn session(&self, id: impl Into<String>) -> Session {
        Session { connection: self.clone(), id: Some(id.into()) }
    }

    /// Waits until the connection is closed.
    pub async fn closed(&self) {
        self.outgoing.closed().await;
    }
}

/// Transfers calls and events until either side closes. Pending calls then fail at once, because their `Reply` drops.
async fn serve(
    mut socket: chromiumoxide::Connection<RawEvent>,
    mut calls: mpsc::UnboundedReceiver<Outgoing>,
    connection: Connection,
    mut on_event: impl FnMut(&Connection, RawEvent),
) {
    let mut pending: HashMap<CallId, (MethodId, Reply)> = HashMap::new();
    loop {
        tokio::select! {
            // Calls first: they are only written to the socket while it is polled.
            biased;
            call = calls.recv() => {
                let Some(call) = call else { return };
                let session = call.session.map(SessionId::from);
                if let Ok(id) = socket.submit_command(call.method.clone(), session, call.params)
                    && let Some(reply) = call.reply
                {
                    pending.insert(id, (call.method, reply));
                }
            }
            message = socket.next() => match message {
                Some(Ok(Message::Response(response))) => {
                    if let Some((method, reply)) = pending.remove(&response.id) {
                        let _ = reply.send(match response.error {
                            Some(error) => {
                                Err(CallError::Refused { method: method.into_owned(), message: error.message })
                            }
                            None => Ok(response.result.unwrap_or(Value::Null)),
                        });
                    }
                }
                Some(Ok(Message::Event(event))) => on_event(&connection, event),
                // An unknown message is not for us; a broken socket ends the stream.
                Some(Err(chromiumoxide::error::CdpError::InvalidMessage(..))) => {}
                Some(Err(_)) | None => return,
            },
        }
    }
}

/// A session of the browser itself, a page or a worker.
#[derive(Clone, Debug)]
pub struct Session {
    connection: Connection,
    id: Option<String>,
}

impl Session {
    /// The session's id; none for the browser itself.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The browser's own session.
    #[must_use]
    pub fn browser(&self) -> Self {
        self.connection.browser()
    }

    /// Another session of the same connection.
    #[must_use]
    pub fn sibling(&self, id: impl Into<String>) -> Self {
        self.connection.session(id)
    }

    /// Calls a command and waits for the response.
    ///
    /// # Errors
    /// When the browser rejects it, has ended, or does not respond.
    pub async fn call<C: Command>(&self, command: C) -> Result<C::Response, CallError> {
        let method = command.identifier();
        let value = self.call_raw(method.clone(), params(&command)?).await?;
        C::response_from_value(value)
            .map_err(|error| CallError::Form { method: method.into_owned(), message: error.to_string() })
    }

    /// As [`Session::call`], without the bindings: for commands and responses that they do not support.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub async fn call_value(&self, method: &'static str, params: Value) -> Result<Value, CallError> {
        self.call_raw(method.into(), params).await
    }

    async fn call_raw(&self, method: MethodId, params: Value) -> Result<Value, CallError> {
        let (reply, answer) = oneshot::channel();
        let name = method.clone().into_owned();
        self.send_raw(method, params, Some(reply));
        match tokio::time::timeout(CALL, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(CallError::Gone { method: name }),
            Err(_) => Err(CallError::Silent { method: name }),
        }
    }

    /// Sends a command whose response does not matter. Commands of one session run in order.
    pub fn send<C: Command>(&self, command: C) {
        if let Ok(params) = params(&command) {
            self.send_raw(command.identifier(), params, None);
        }
    }

    fn send_raw(&self, method: MethodId, params: Value, reply: Option<Reply>) {
        // If the connection is closed, dropping the reply notifies the caller.
        let _ = self.connection.outgoing.send(Outgoing { method, session: self.id.clone(), params, reply });
    }
}

fn params<C: Command>(command: &C) -> Result<Value, CallError> {
    serde_json::to_value(command)
        .map_err(|error| CallError::Form { method: command.identifier().into_owned(), message: error.to_string() })
}
