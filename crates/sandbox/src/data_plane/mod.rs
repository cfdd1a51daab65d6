//! The data plane: what the world would see of the stacks in the sandbox, over real HTTP.
//!
//! Two listeners on loopback stand for ports 80 and 443 of every load balancer there is. The host that a
//! request names is looked up in the sandbox's hosted zones; the load balancer that it leads to answers by its
//! own listener and rules, and forwards to the web server that each running task is. There is no TLS: port 443
//! is spoken to in plain HTTP, and the load balancer takes it for HTTPS.
//!
//! A browser gets there by a name that ends in `.localhost`, which is always loopback:
//! `http://api.example.com.localhost:<port>/` asks for `api.example.com`.

mod action;
mod answer;
mod condition;
mod door;
mod reply;
mod turns;
mod visit;
mod web_server;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::StartError;
use crate::http::Front;
use door::Door;
use turns::Turns;

/// Where the two ports of the load balancers are on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doors {
    pub port_80: SocketAddr,
    /// Plain HTTP, which the load balancers take for what came over TLS.
    pub port_443: SocketAddr,
}

impl Default for Doors {
    /// Any two free ports of loopback.
    fn default() -> Self {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { port_80: anywhere, port_443: anywhere }
    }
}

/// An open data plane. Dropping it closes both doors.
pub struct DataPlane {
    doors: Doors,
    servers: [JoinHandle<()>; 2],
}

impl DataPlane {
    pub(crate) async fn open(front: Arc<Front>, wanted: Doors) -> Result<Self, StartError> {
        let (port_80, first) = bind(wanted.port_80).await?;
        let (port_443, second) = bind(wanted.port_443).await?;
        let doors = Doors { port_80, port_443 };
        let turns = Arc::new(Turns::default());
        let door = |port| Door { port, front: front.clone(), doors, turns: turns.clone() };
        let servers =
            [tokio::spawn(door::serve(first, door(80))), tokio::spawn(door::serve(second, door(443)))];
        tracing::debug!(sandbox.port_80 = %port_80, sandbox.port_443 = %port_443, "the data plane is open");
        Ok(Self { doors, servers })
    }

    /// Where the doors really are.
    pub fn doors(&self) -> Doors {
        self.doors
    }
}

impl Drop for DataPlane {
    fn drop(&mut self) {
        self.servers.iter().for_each(JoinHandle::abort);
    }
}

async fn bind(address: SocketAddr) -> Result<(SocketAddr, TcpListener), StartError> {
    let listener = TcpListener::bind(address).await;
    let bound = listener.and_then(|listener| Ok((listener.local_addr()?, listener)));
    bound.map_err(|source| StartError::Listen { address, source })
}
