//! The server functions: each checks authority, calls one method of the engine, and maps the error.

#[cfg(feature = "ssr")]
mod authority;
pub mod json;

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};
use topology::operation::OperationId;
use topology::plan::{Plan, PlanId};
use topology::stack::StackName;
use topology::view::{Request, StackSummary, StackView, Surroundings};

use crate::error::PanelError;

#[cfg(feature = "ssr")]
pub use authority::SignedIn;
#[cfg(feature = "ssr")]
use authority::authority;

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Listed {
    pub summary: StackSummary,
    /// USD a month at the level that it has; `None` while nothing is deployed or nothing can be read.
    pub month_usd: Option<f64>,
}

#[server(AskSurroundings, prefix = "/api", endpoint = "surroundings", input = Json, output = Json)]
pub async fn surroundings() -> Result<Surroundings, PanelError> {
    Ok(authority()?.surroundings())
}

#[server(prefix = "/api", endpoint = "stacks", input = Json, output = Json)]
pub async fn stacks() -> Result<Vec<Listed>, PanelError> {
    let engine = authority()?;
    let mut listed = Vec::new();
    for summary in engine.stacks().await? {
        let view = engine.stack(&summary.name).await?;
        listed.push(Listed { month_usd: crate::money::month_usd(&view), summary });
    }
    Ok(listed)
}

#[server(prefix = "/api", endpoint = "stack", input = Json, output = Json)]
pub async fn stack(stack: StackName) -> Result<StackView, PanelError> {
    Ok(authority()?.stack(&stack).await?)
}

/// Looks at AWS now, and says what the stack's page shows then.
#[server(prefix = "/api", endpoint = "look", input = Json, output = Json)]
pub async fn look(stack: StackName) -> Result<StackView, PanelError> {
    let engine = authority()?;
    engine.observe(&stack).await?;
    Ok(engine.stack(&stack).await?)
}

#[server(prefix = "/api", endpoint = "save-draft", input = Json, output = Json)]
pub async fn save_draft(stack: StackName, file: String) -> Result<(), PanelError> {
    Ok(authority()?.save_draft(&stack, &file).await?)
}

#[server(prefix = "/api", endpoint = "remove-draft", input = Json, output = Json)]
pub async fn remove_draft(stack: StackName) -> Result<(), PanelError> {
    Ok(authority()?.remove_draft(&stack).await?)
}

#[server(MakePlan, prefix = "/api", endpoint = "plan", input = Json, output = Json)]
pub async fn plan(request: Request) -> Result<Plan, PanelError> {
    Ok(authority()?.plan(&request).await?)
}

/// Starts exactly this plan. Returns once the start is journaled; the work goes on.
#[server(prefix = "/api", endpoint = "apply", input = Json, output = Json)]
pub async fn apply(plan: PlanId) -> Result<OperationId, PanelError> {
    Ok(authority()?.apply(&plan, engine::Patience::Healthy).await?)
}

#[server(prefix = "/api", endpoint = "cancel", input = Json, output = Json)]
pub async fn cancel(operation: OperationId) -> Result<(), PanelError> {
    Ok(authority()?.cancel(&operation).await?)
}
