//! All state of one sandbox, and its passing of time.
//!
//! One lock guards all of it: services look into each other all the time (a certificate into its
//! zone, a task into its repository), and an answer takes microseconds.

use crate::clock::{Clock, Moment};
use crate::ids::Ids;
use crate::refusal::{Answer, refuse};
use crate::router::{Call, Service};
use crate::{Quotas, Settings, acm, autoscaling, ec2, ecs, elbv2, images, quotas, roles, route53};

pub(crate) struct World {
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) clock: Clock,
    /// The moment up to which everything has happened.
    pub(crate) now: Moment,
    pub(crate) ids: Ids,
    pub(crate) network: ec2::Network,
    pub(crate) balancing: elbv2::Balancing,
    pub(crate) certificates: acm::Certificates,
    pub(crate) zones: route53::Zones,
    pub(crate) containers: ecs::Containers,
    pub(crate) scaling: autoscaling::Scaling,
    pub(crate) images: images::Images,
    pub(crate) roles: roles::Roles,
    pub(crate) quotas: Quotas,
}

impl World {
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut ids = Ids::new(settings.seed);
        let network = ec2::Network::with_default_vpc(&mut ids, &settings.region);
        Self {
            account: settings.account.clone(),
            region: settings.region.clone(),
            clock: Clock::start(settings.speed),
            now: 0.0,
            ids,
            network,
            balancing: elbv2::Balancing::default(),
            certificates: acm::Certificates::default(),
            zones: route53::Zones::default(),
            containers: ecs::Containers::default(),
            scaling: autoscaling::Scaling::default(),
            images: images::Images::default(),
            roles: roles::Roles::default(),
            quotas: settings.quotas,
        }
    }

    pub(crate) fn advance_to_now(&mut self) {
        self.advance(self.clock.now());
    }

    /// Lets everything happen that is due until `until`, in its order.
    pub(crate) fn advance(&mut self, until: Moment) {
        while let Some(due) = self.next_due().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.happen();
        }
        self.now = self.now.max(until);
        self.happen();
    }

    /// The next moment at which something changes by itself.
    ///
    /// Only what others act on is an event. What is merely looked at (an ALB's state, a
    /// certificate's) is derived from its start when somebody asks.
    fn next_due(&self) -> Option<Moment> {
        let due = [ecs::next_due(self), autoscaling::next_due(self)];
        due.into_iter().flatten().filter(|due| *due > self.now).reduce(f64::min)
    }

    fn happen(&mut self) {
        acm::happen(self);
        autoscaling::happen(self);
        ecs::happen(self);
        self.network.forget_released(self.now);
    }

    /// Answers a call to a service whose life is ours.
    pub(crate) fn answer(&mut self, call: &Call) -> Answer {
        match call.service {
            Service::Acm => acm::answer(self, call),
            Service::AutoScaling => autoscaling::answer(self, call),
            Service::Ec2 => ec2::answer(self, call),
            Service::Ecs => ecs::answer(self, call),
            Service::Elbv2 => elbv2::answer(self, call),
            Service::Route53 => route53::answer(self, call),
            Service::Ecr => images::answer(self, call),
            Service::Quotas => quotas::answer(self, call),
            Service::Iam | Service::Logs | Service::Sts => {
                refuse("InternalFailure", "This service is mounted and never asked here.")
            }
        }
    }

    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    pub(crate) fn epoch(&self, moment: Moment) -> f64 {
        self.clock.epoch(moment)
    }
}

#[cfg(test)]
impl World {
    pub(crate) fn for_tests() -> Self {
        Self::new(&Settings::default())
    }
}
