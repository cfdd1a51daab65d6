//! An error as AWS gives it: a code, a message and an HTTP status, written in the caller's protocol.

use winterbaume_core::{MockResponse, json_error_response, xml_escape};

use crate::router::Protocol;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

/// What every operation returns.
pub(crate) type Answer = Result<MockResponse, Refusal>;

/// A refusal that the caller can do something about.
pub(crate) fn refuse<T>(code: &str, message: impl Into<String>) -> Result<T, Refusal> {
    Err(refusal(code, message))
}

pub(crate) fn refusal(code: &str, message: impl Into<String>) -> Refusal {
    Refusal { status: 400, code: code.to_owned(), message: message.into() }
}

impl Refusal {
    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The refusal as the caller's SDK expects to read it.
    pub(crate) fn write(&self, protocol: Protocol, request_id: &str) -> MockResponse {
        let (code, message) = (xml_escape(&self.code), xml_escape(&self.message));
        match protocol {
            Protocol::Json => json_error_response(self.status, &self.code, &self.message),
            Protocol::Query | Protocol::RestXml => MockResponse::xml(
                self.status,
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
                ),
            ),
            Protocol::Ec2 => MockResponse::xml(
                self.status,
                format!(
                    "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>"
                ),
            ),
        }
    }
}
