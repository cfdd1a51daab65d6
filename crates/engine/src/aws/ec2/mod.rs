//! EC2: the network.

pub mod internet_gateway;
pub mod route_table;
pub mod security_group;
pub mod subnet;
pub mod vpc;

use topology::node::{NodeId, NodeKind};

use super::observe::{Look, Seen};
use super::{AwsError, Task};

/// The default VPC's subnets, one an availability zone; with commas between them.
pub(in crate::aws) const SUBNETS: &str = "subnets";

pub async fn observe(_look: &Look<'_>) -> Result<Seen, AwsError> {
    todo!()
}

/// The subnets for the load balancer and the services: the stack's own, else the default VPC's.
pub(in crate::aws) fn subnets(task: &Task<'_>) -> Result<Vec<String>, AwsError> {
    let own: Vec<String> =
        task.world.all(NodeKind::Subnet).into_iter().map(|(_, found)| found.aws_id).collect();
    if !own.is_empty() {
        return Ok(own);
    }
    let shared = task.fact(&NodeId::only(NodeKind::Vpc), SUBNETS)?;
    Ok(shared.split(',').filter(|id| !id.is_empty()).map(str::to_owned).collect())
}
