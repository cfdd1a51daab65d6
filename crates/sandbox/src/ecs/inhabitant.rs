//! Who lives at an address: what the data plane needs to know of a running task.

use super::Containers;
use super::cluster::short;
use crate::clock::Moment;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Inhabitant {
    /// The name of its service, if a service started it.
    pub(crate) service: Option<String>,
    pub(crate) task: String,
    pub(crate) image: String,
    pub(crate) port: i32,
    pub(crate) is_broken: bool,
}

impl Containers {
    /// The running task at an address, seen through one of its ports; `None` when nothing listens there.
    pub(crate) fn inhabitant(&self, address: &str, port: i32, now: Moment) -> Option<Inhabitant> {
        let mut running = self.tasks.iter().filter(|task| task.is_running(now));
        let task = running.find(|task| task.address() == Some(address))?;
        let mut containers = self.definition(&task.definition)?.containers();
        let container = containers.find(|container| {
            let mut ports = container.port_mappings.iter().flatten();
            ports.any(|mapping| mapping.container_port == Some(port))
        })?;
        Some(Inhabitant {
            service: task.service.as_ref().map(|(service, _)| short(service).to_owned()),
            task: task.id().to_owned(),
            image: container.image.clone().unwrap_or_default(),
            port,
            is_broken: task.is_broken(),
        })
    }
}
