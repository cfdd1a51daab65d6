//! AWS calls as they pass: of which service, which action, when, and how many at once.
//!
//! Times come in as arguments.

use std::collections::BTreeMap;
use std::time::Duration;

use super::message::Message;

const SECOND: Duration = Duration::from_secs(1);

/// One AWS call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Since the count began.
    pub at: Duration,
    /// The service's name in a signature, such as `elasticloadbalancing`.
    pub service: String,
    /// Such as `CreateService`; of services that have paths, the method and the path's shape.
    pub action: String,
}

/// The calls of one operation.
#[derive(Debug, Clone, Default)]
pub struct Calls {
    /// In the order in which they came; their times ascend.
    pub all: Vec<Call>,
    in_flight: usize,
    pub peak_in_flight: usize,
}

impl Calls {
    pub fn started(&mut self, call: Call) {
        self.all.push(call);
        self.in_flight += 1;
        self.peak_in_flight = self.peak_in_flight.max(self.in_flight);
    }

    pub fn ended(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// How often each action was called, by `service:action`.
    pub fn by_action(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in &self.all {
            *counts.entry(format!("{}:{}", call.service, call.action)).or_default() += 1;
        }
        counts
    }

    /// When the calls came that `counts` picks.
    pub fn times(&self, counts: impl Fn(&Call) -> bool) -> Vec<Duration> {
        self.all.iter().filter(|call| counts(call)).map(|call| call.at).collect()
    }
}

/// The most of `times`, which ascend, that fall into one second.
pub fn peak_in_a_second(times: &[Duration]) -> usize {
    let mut peak = 0;
    let mut first = 0;
    for (last, time) in times.iter().enumerate() {
        while *time - times[first] >= SECOND {
            first += 1;
        }
        peak = peak.max(last - first + 1);
    }
    peak
}

impl Call {
    /// The call that `request` makes. What carries no signature is no AWS call.
    pub fn of(request: &Message, at: Duration) -> Option<Self> {
        let service = service(request.header("authorization")?)?.to_owned();
        let action = match request.header("x-amz-target") {
            Some(target) => target.rsplit('.').next().unwrap_or(target).to_owned(),
            None => action_in_form(&request.body)
                .unwrap_or_else(|| format!("{} {}", request.method(), shape(request.path()))),
        };
        Some(Self { at, service, action })
    }
}

/// `ecs` of `AWS4-HMAC-SHA256 Credential=KEY/20261123/us-east-1/ecs/aws4_request, …`.
fn service(authorization: &str) -> Option<&str> {
    let (_, scope) = authorization.split_once("Credential=")?;
    scope.split(',').next()?.rsplit('/').nth(1)
}

/// The `Action` of the older services' forms.
fn action_in_form(body: &[u8]) -> Option<String> {
    let form = str::from_utf8(body).ok()?;
    form.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned)
}

/// A path without its version and with `*` for ids, so that calls of one action are told as one.
fn shape(path: &str) -> String {
    let is_version = |part: &&str| part.len() == 10 && part.starts_with("20");
    let is_id = |part: &str| part.chars().any(|letter| letter.is_ascii_uppercase());
    path.split('/')
        .filter(|part| !part.is_empty() && !is_version(part))
        .map(|part| if is_id(part) { "/*".to_owned() } else { format!("/{part}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    fn call(text: &str) -> Option<Call> {
        let request = Message::read_request(&mut text.as_bytes(), &mut io::sink()).expect("good");
        Call::of(&request.expect("whole"), Duration::ZERO)
    }

    fn signed(head: &str, service: &str, rest: &str) -> String {
        format!(
            "{head} HTTP/1.1\r\nAuthorization: AWS4-HMAC-SHA256 Credential=KEY/20261123/us-east-1/{service}/aws4_request, \
             SignedHeaders=host, Signature=0\r\n{rest}"
        )
    }

    #[test]
    fn the_service_is_read_from_the_signature_and_the_action_from_wherever_it_stands() {
        let json =
            signed("POST /", "ecs", "X-Amz-Target: AmazonEC2ContainerServiceV20141113.CreateService\r\n\r\n");
        let form = signed("POST /", "iam", "Content-Length: 33\r\n\r\nVersion=2010-05-08&Action=GetRole");
        let path = signed("POST /2013-04-01/hostedzone/Z0123456789ABC/rrset", "route53", "\r\n");
        let list = signed("GET /2013-04-01/hostedzonesbyname?dnsname=x", "route53", "\r\n");
        let told = [json, form, path, list].map(|text| call(&text).expect("signed"));
        let told = told.map(|call| format!("{}:{}", call.service, call.action));
        assert_eq!(
            told,
            [
                "ecs:CreateService",
                "iam:GetRole",
                "route53:POST /hostedzone/*/rrset",
                "route53:GET /hostedzonesbyname"
            ]
        );
    }

    #[test]
    fn what_is_not_signed_is_not_counted() {
        assert_eq!(call("GET /moto-api/ HTTP/1.1\r\n\r\n"), None);
    }

    #[test]
    fn the_peak_is_the_most_in_any_second_wherever_it_begins() {
        let at = |millis: &[u64]| millis.iter().copied().map(Duration::from_millis).collect::<Vec<_>>();
        assert_eq!(peak_in_a_second(&at(&[])), 0);
        assert_eq!(peak_in_a_second(&at(&[0, 1000, 2000])), 1);
        assert_eq!(peak_in_a_second(&at(&[0, 900, 950, 1100, 1899, 1900])), 4);
    }

    #[test]
    fn calls_at_once_are_counted_from_their_start_to_their_end() {
        let call = Call { at: Duration::ZERO, service: "ecs".into(), action: "ListClusters".into() };
        let mut calls = Calls::default();
        calls.started(call.clone());
        calls.started(call.clone());
        calls.ended();
        calls.started(call);
        assert_eq!((calls.count(), calls.peak_in_flight), (3, 2));
        assert_eq!(calls.by_action(), BTreeMap::from([("ecs:ListClusters".to_owned(), 3)]));
    }
}
