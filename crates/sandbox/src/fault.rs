//! Faults by rule: what a network and a busy AWS do to a caller, when somebody asks for it.
//!
//! A rule is written as `<what> [<service>[:<operation>]] [<share>%] [after=<calls>] [times=<calls>]`:
//!
//! | what | |
//! | --- | --- |
//! | `throttle` | refused as too many |
//! | `error` | refused with a server error (500) |
//! | `refuse=<code>` | refused with this error code |
//! | `cut` | the connection is cut before the work is done |
//! | `drop` | the work is done, and the answer never comes |
//! | `slow=<seconds>` | answered only after these seconds of the wall clock |
//!
//! `throttle ecs 20%` throttles a fifth of the calls to ECS; `drop ec2:CreateVpc times=1` lets the answer of the
//! next `CreateVpc` be lost. The same seed draws the same shares.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::ids::Ids;
use crate::refusal::{Refusal, refusal};
use crate::router::{Call, Service};
use crate::throttle;

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    what: What,
    service: Option<String>,
    operation: Option<String>,
    /// Of 100 calls, how many it meets.
    percent: u64,
    /// Calls that it lets pass first.
    after: u64,
    /// Calls that it meets in all.
    times: Option<u64>,
}

#[derive(Debug, Clone, PartialEq)]
enum What {
    Throttle,
    Error,
    Refuse(String),
    Cut,
    Drop,
    Slow(f64),
}

/// Why a text is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{rule}` is no fault rule: {why}")]
pub struct NotAFault {
    rule: String,
    why: String,
}

/// What happens to one call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fate {
    Refused(Refusal),
    /// Nothing was done, and no answer comes.
    Cut,
    /// The work is done, and no answer comes.
    Dropped,
    Slowed(Duration),
}

/// The rules in force.
#[derive(Debug)]
pub(crate) struct Faults {
    rules: Mutex<Rules>,
}

#[derive(Debug)]
struct Rules {
    rules: Vec<Rule>,
    ids: Ids,
}

#[derive(Debug)]
struct Rule {
    fault: Fault,
    passed: u64,
    met: u64,
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rules: Mutex::new(Rules { rules: Vec::new(), ids: Ids::new(seed) }) }
    }

    pub(crate) fn add(&self, fault: Fault) {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        rules.rules.push(Rule { fault, passed: 0, met: 0 });
    }

    pub(crate) fn clear(&self) {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).rules.clear();
    }

    /// The rules in force, as they were written.
    pub(crate) fn list(&self) -> Vec<String> {
        let rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        rules.rules.iter().map(|rule| rule.fault.to_string()).collect()
    }

    /// What the first rule that meets the call does to it.
    pub(crate) fn fate(&self, call: &Call) -> Option<Fate> {
        let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let Rules { rules, ids } = &mut *rules;
        rules.iter_mut().find_map(|rule| rule.meets(call, ids).then(|| rule.fault.what.fate(call.service)))
    }
}

impl Rule {
    fn meets(&mut self, call: &Call, ids: &mut Ids) -> bool {
        let fault = &self.fault;
        let is_about = |wanted: &Option<String>, is: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(is))
        };
        if !is_about(&fault.service, call.service.name()) || !is_about(&fault.operation, &call.operation) {
            return false;
        }
        if self.passed < fault.after {
            self.passed += 1;
            return false;
        }
        let meets = fault.times.is_none_or(|times| self.met < times) && ids.below(100) < fault.percent;
        self.met += u64::from(meets);
        meets
    }
}

impl What {
    fn fate(&self, service: Service) -> Fate {
        match self {
            What::Throttle => Fate::Refused(throttle::exceeded(service)),
            What::Error => Fate::Refused(
                refusal("InternalFailure", "The request processing has failed because of an unknown error.")
                    .with_status(500),
            ),
            What::Refuse(code) => Fate::Refused(refusal(code, "Refused by a fault rule of the sandbox.")),
            What::Cut => Fate::Cut,
            What::Drop => Fate::Dropped,
            What::Slow(seconds) => Fate::Slowed(Duration::from_secs_f64(*seconds)),
        }
    }
}

impl FromStr for Fault {
    type Err = NotAFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let not = |why: &str| NotAFault { rule: text.to_owned(), why: why.to_owned() };
        let mut words = text.split_whitespace();
        let first = words.next().unwrap_or_default();
        let what = match first.split_once('=') {
            Some(("refuse", code)) if !code.is_empty() => What::Refuse(code.to_owned()),
            Some(("slow", seconds)) => match seconds.parse() {
                Ok(seconds) if (0.0..=3600.0).contains(&seconds) => What::Slow(seconds),
                _ => return Err(not("`slow=` takes seconds, from 0 to 3600")),
            },
            None if first == "throttle" => What::Throttle,
            None if first == "error" => What::Error,
            None if first == "cut" => What::Cut,
            None if first == "drop" => What::Drop,
            _ => {
                return Err(not(
                    "it begins with `throttle`, `error`, `refuse=<code>`, `cut`, `drop` or `slow=<seconds>`",
                ));
            }
        };
        let mut fault = Fault { what, service: None, operation: None, percent: 100, after: 0, times: None };
        for word in words {
            if let Some(percent) = word.strip_suffix('%') {
                let percent = percent.parse().ok().filter(|percent| *percent <= 100);
                fault.percent = percent.ok_or_else(|| not("a share is a whole number from 0% to 100%"))?;
            } else if let Some((key, number)) = word.split_once('=') {
                let number = number.parse().map_err(|_| not("`after=` and `times=` take whole numbers"))?;
                match key {
                    "after" => fault.after = number,
                    "times" => fault.times = Some(number),
                    _ => return Err(not("beside a share there are only `after=` and `times=`")),
                }
            } else {
                let (service, operation) =
                    word.split_once(':').map_or((word, None), |(service, name)| (service, Some(name)));
                if Service::from_name(service).is_none() {
                    return Err(not(&format!("the sandbox has no service `{service}`")));
                }
                fault.service = Some(service.to_owned());
                fault.operation = operation.map(str::to_owned);
            }
        }
        Ok(fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Throttle => formatter.write_str("throttle")?,
            What::Error => formatter.write_str("error")?,
            What::Refuse(code) => write!(formatter, "refuse={code}")?,
            What::Cut => formatter.write_str("cut")?,
            What::Drop => formatter.write_str("drop")?,
            What::Slow(seconds) => write!(formatter, "slow={seconds}")?,
        }
        if let Some(service) = &self.service {
            write!(formatter, " {service}")?;
        }
        if let Some(operation) = &self.operation {
            write!(formatter, ":{operation}")?;
        }
        if self.percent < 100 {
            write!(formatter, " {}%", self.percent)?;
        }
        if self.after > 0 {
            write!(formatter, " after={}", self.after)?;
        }
        self.times.map_or(Ok(()), |times| write!(formatter, " times={times}"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use winterbaume_core::MockRequest;

    use super::*;

    fn call(service: Service, operation: &str) -> Call {
        let request = MockRequest {
            method: "POST".into(),
            uri: "/".into(),
            headers: http::HeaderMap::new(),
            body: axum::body::Bytes::new(),
        };
        Call { service, operation: operation.into(), params: HashMap::new(), request }
    }

    #[test]
    fn a_rule_is_read_as_it_is_written() {
        for text in [
            "throttle ecs 20%",
            "drop ec2:CreateVpc times=1",
            "refuse=AccessDenied iam:CreateRole after=2 times=3",
            "slow=0.5",
        ] {
            assert_eq!(text.parse::<Fault>().expect("a rule").to_string(), text);
        }
    }

    #[test]
    fn what_is_no_rule_says_what_would_be() {
        for text in
            ["", "explode", "cutlery", "throttle s3", "drop 120%", "cut after=x", "slow=x", "error every=2"]
        {
            let error = text.parse::<Fault>().expect_err(text);
            assert!(error.to_string().contains("is no fault rule"), "{error}");
        }
    }

    #[test]
    fn a_rule_meets_only_the_calls_that_it_names_and_only_so_often() {
        let faults = Faults::new(1);
        faults.add("drop ec2:CreateVpc after=1 times=1".parse().expect("a rule"));
        assert_eq!(faults.fate(&call(Service::Ec2, "CreateSubnet")), None);
        assert_eq!(faults.fate(&call(Service::Ec2, "CreateVpc")), None);
        assert_eq!(faults.fate(&call(Service::Ec2, "CreateVpc")), Some(Fate::Dropped));
        assert_eq!(faults.fate(&call(Service::Ec2, "CreateVpc")), None);
        faults.clear();
        assert!(faults.list().is_empty());
    }

    #[test]
    fn a_share_is_met_about_so_often() {
        let faults = Faults::new(1);
        faults.add("throttle 20%".parse().expect("a rule"));
        let met = (0..1000).filter(|_| faults.fate(&call(Service::Ecs, "ListTasks")).is_some()).count();
        assert!((150..250).contains(&met), "{met} of 1000");
    }
}
