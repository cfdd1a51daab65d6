//! What AWS said, and of which class it is.
//!
//! The class decides what happens next: throttling and server errors were retried by the SDK already;
//! what is eventually consistent is waited for under a named condition; everything else fails at once.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use topology::operation::Failure;

use crate::error::chain;

/// An AWS call, or a wait for one, that did not succeed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("could not {doing}: {message}")]
pub struct AwsError {
    /// Such as `create the load balancer cruddur-alb`.
    pub doing: String,
    /// AWS's own code, such as `DependencyViolation`.
    pub code: Option<String>,
    pub message: String,
    pub class: Class,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Too many calls; the SDK has tried again and given up.
    Throttled,
    /// AWS's own trouble, or no answer.
    Server,
    Unreachable,
    /// No credentials, or expired ones.
    Credentials,
    /// The clock of this machine differs too much from AWS's for what is signed by it.
    Clock,
    /// The credentials may not do this.
    Denied,
    NotFound,
    /// Something of this name is there already.
    Exists,
    /// Something else still holds it; passes by itself once that is gone.
    InUse,
    /// AWS does not see yet what was just made; passes by itself.
    NotYet,
    /// A quota of the account.
    Quota,
    Invalid,
    /// Somebody cancelled the operation.
    Cancelled,
    /// A condition did not come true before its deadline.
    TimedOut,
    /// A part ended in a state from which it does not recover by itself.
    Failed,
}

impl AwsError {
    pub fn new(doing: impl Into<String>, class: Class, message: impl Into<String>) -> Self {
        Self { doing: doing.into(), code: None, message: message.into(), class }
    }

    pub(crate) fn from_sdk<E>(doing: &str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let code = error.code().map(str::to_owned);
        let message = match error.message() {
            Some(message) => message.to_owned(),
            None => chain(error),
        };
        let class = match error {
            SdkError::ServiceError(context) => {
                classify(code.as_deref().unwrap_or_default(), &message, context.raw().status().as_u16())
            }
            SdkError::ConstructionFailure(_) | SdkError::DispatchFailure(_)
                if speaks_of_credentials(&message) =>
            {
                Class::Credentials
            }
            SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => Class::Unreachable,
            _ => Class::Server,
        };
        Self { doing: doing.to_owned(), code, message, class }
    }

    /// For the journal and the person: what failed, why, and what to do.
    pub fn failure(&self) -> Failure {
        Failure {
            doing: self.doing.clone(),
            cause: self.message.clone(),
            code: self.code.clone(),
            hint: self.hint().to_owned(),
        }
    }

    fn hint(&self) -> &'static str {
        match self.class {
            Class::Throttled => "AWS takes fewer calls than it gets. Wait a minute, then deploy again.",
            Class::Server => "The trouble is on AWS's side. Deploy again; what is done stays done.",
            Class::Unreachable => "Check the network and the endpoint, then deploy again.",
            Class::Credentials => {
                "Sign in to AWS again (for example `aws sso login`), or set `AWS_PROFILE`, and deploy again."
            }
            Class::Clock => {
                "Set the clock of this machine (for example `timedatectl set-ntp true`), then deploy again."
            }
            Class::Denied => "Give the role the missing permission; `slipway policy` prints what is needed.",
            Class::NotFound => "Something was removed meanwhile. Deploy again: it is made anew.",
            Class::Exists => {
                "Something else has this name. Rename the stack or the service, or remove it by hand."
            }
            Class::InUse => "Remove what still uses it, then try again.",
            Class::NotYet => "AWS was slow to see what was just made. Deploy again.",
            Class::Quota => "Ask AWS for a higher quota (Service Quotas), or remove what is not needed.",
            Class::Invalid => "Correct the stack file, then deploy again.",
            Class::Cancelled => "Deploy again to go on from what is there.",
            Class::TimedOut => "It may still come true. Deploy again to go on waiting.",
            Class::Failed => "Look at the cause, mend it in the stack or the image, and deploy again.",
        }
    }
}

fn speaks_of_credentials(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("credential") || message.contains("identity")
}

/// Such as "Signature expired: 20261127T063000Z is now earlier than 20261127T064500Z".
fn speaks_of_time(message: &str) -> bool {
    ["expired", "not yet current", "skew"].iter().any(|words| message.contains(words))
}

/// The class of an error code, where needed with its message. AWS-documented codes only.
fn classify(code: &str, message: &str, status: u16) -> Class {
    let ends = |text: &str| code.ends_with(text);
    match code {
        "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "PriorRequestNotComplete"
        | "RequestThrottled"
        | "SlowDown" => Class::Throttled,
        "RequestTimeTooSkewed" => Class::Clock,
        "InvalidSignatureException" | "SignatureDoesNotMatch" if speaks_of_time(message) => Class::Clock,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "AuthFailure"
        | "RequestExpired" => Class::Credentials,
        "AccessDeniedException" if message.contains("iam:PassRole") => Class::NotYet,
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => Class::Denied,
        "UnsupportedCertificate"
        | "CertificateNotFound"
        | "ConcurrentUpdateException"
        | "ConcurrentModification"
        | "ConcurrentModificationException"
        | "OperationAbortedException"
        | "UpdateInProgressException" => Class::NotYet,
        "DependencyViolation"
        | "InvalidGroup.InUse"
        | "ResourceInUse"
        | "ResourceInUseException"
        | "DeleteConflict"
        | "HostedZoneNotEmpty"
        | "RepositoryNotEmptyException"
        | "OperationNotPermitted"
        | "ClusterContainsServicesException"
        | "ClusterContainsTasksException"
        | "ClusterContainsContainerInstancesException" => Class::InUse,
        "InvalidParameterException" | "ClientException" => match () {
            () if message.contains("assume")
                || message.contains("does not have an associated load balancer") =>
            {
                Class::NotYet
            }
            () if message.contains("cannot be stopped while deployments are active") => Class::InUse,
            () if message.contains("Unable to describe") || message.contains("not found") => Class::NotFound,
            () => Class::Invalid,
        },
        "EntityAlreadyExists"
        | "ResourceAlreadyExistsException"
        | "RepositoryAlreadyExistsException"
        | "HostedZoneAlreadyExists"
        | "InvalidPermission.Duplicate"
        | "InvalidGroup.Duplicate" => Class::Exists,
        _ if code.starts_with("Duplicate") || ends("AlreadyExistsException") || code == "PriorityInUse" => {
            Class::Exists
        }
        "LimitExceeded" | "LimitExceededException" | "ServiceQuotaExceededException" => Class::Quota,
        _ if code.starts_with("TooMany") || ends("LimitExceeded") => Class::Quota,
        "NoSuchEntity" | "NoSuchHostedZone" | "ObjectNotFoundException" | "ResourceNotFoundException" => {
            Class::NotFound
        }
        _ if ends("NotFound") || ends("NotFoundException") => Class::NotFound,
        _ if status >= 500 => Class::Server,
        _ => Class::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_certificate_is_waited_for_and_a_bad_port_is_not() {
        assert_eq!(classify("UnsupportedCertificate", "must have a supported signature", 400), Class::NotYet);
        assert_eq!(classify("ValidationError", "Port must be at least 1", 400), Class::Invalid);
    }

    #[test]
    fn an_error_without_words_of_its_own_tells_its_causes_and_nothing_of_its_insides() {
        let refused = std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "connection refused");
        let connector = aws_smithy_runtime_api::client::result::ConnectorError::io(refused.into());
        let error: SdkError<
            aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError,
            HttpResponse,
        > = SdkError::dispatch_failure(connector);
        let told = AwsError::from_sdk("ask AWS who we are", &error).to_string();
        assert_eq!(told, "could not ask AWS who we are: dispatch failure: io error: connection refused");
    }

    #[test]
    fn a_signature_of_another_hour_is_a_matter_of_the_clock_and_a_wrong_one_of_the_credentials() {
        let of = |message| classify("InvalidSignatureException", message, 403);
        assert_eq!(
            of("Signature expired: 20261127T063000Z is now earlier than 20261127T064500Z"),
            Class::Clock
        );
        assert_eq!(of("Signature not yet current: 20261127T073000Z is still later"), Class::Clock);
        assert_eq!(of("The request signature we calculated does not match"), Class::Credentials);
        assert_eq!(classify("RequestTimeTooSkewed", "", 403), Class::Clock);
    }

    #[test]
    fn a_role_that_cannot_be_passed_yet_is_told_from_one_that_may_not() {
        assert_eq!(
            classify("AccessDeniedException", "is not authorized to perform: iam:PassRole", 400),
            Class::NotYet
        );
        assert_eq!(
            classify("AccessDeniedException", "is not authorized to perform: ecs:CreateCluster", 400),
            Class::Denied
        );
    }
}
