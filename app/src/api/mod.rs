//! The server functions: each checks authority, calls one method of the engine, and maps the error.

#[cfg(feature = "ssr")]
mod ahead;
#[cfg(feature = "ssr")]
mod authority;
pub mod json;

use leptos::prelude::*;
use leptos::server_fn::codec::Json;
use topology::node::NodeId;
use topology::operation::OperationId;
use topology::plan::{Plan, PlanId};
use topology::stack::StackName;
use topology::view::{Request, StackSummary, StackView, Surroundings};

use crate::error::PanelError;

#[cfg(feature = "ssr")]
pub use ahead::Ahead;
#[cfg(feature = "ssr")]
pub use authority::SignedIn;
#[cfg(feature = "ssr")]
use authority::authority;

#[server(AskSurroundings, prefix = "/api", endpoint = "surroundings", input = Json, output = Json)]
pub async fn surroundings() -> Result<Surroundings, PanelError> {
    Ok(authority()?.surroundings())
}

#[server(prefix = "/api", endpoint = "stacks", input = Json, output = Json)]
pub async fn stacks() -> Result<Vec<StackSummary>, PanelError> {
    let engine = authority()?;
    match use_context::<Ahead>() {
        Some(Ahead::Stacks(stacks)) => stacks,
        _ => Ok(engine.stacks().await?),
    }
}

#[server(prefix = "/api", endpoint = "stack", input = Json, output = Json)]
pub async fn stack(stack: StackName) -> Result<StackView, PanelError> {
    let engine = authority()?;
    match use_context::<Ahead>() {
        Some(Ahead::Stack(name, view)) if name == stack => *view,
        _ => Ok(engine.stack(&stack).await?),
    }
}

/// Looks at AWS now, at every part in full, and says what the stack's page shows then.
#[server(prefix = "/api", endpoint = "look", input = Json, output = Json)]
pub async fn look(stack: StackName) -> Result<StackView, PanelError> {
    let engine = authority()?;
    engine.observe_in_full(&stack).await?;
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

/// The same, by a look at every part in full.
#[server(prefix = "/api", endpoint = "plan-in-full", input = Json, output = Json)]
pub async fn plan_in_full(request: Request) -> Result<Plan, PanelError> {
    Ok(authority()?.plan_in_full(&request).await?)
}

/// Starts exactly this plan. Returns once the start is journaled; the work goes on.
#[server(prefix = "/api", endpoint = "apply", input = Json, output = Json)]
pub async fn apply(plan: PlanId) -> Result<OperationId, PanelError> {
    Ok(authority()?.apply(&plan, engine::Patience::Healthy).await?)
}

/// Makes what has a part's name and is somebody else's the stack's own, as a plan of this stack file has offered.
#[server(prefix = "/api", endpoint = "take-over", input = Json, output = Json)]
pub async fn take_over(file: String, part: NodeId) -> Result<(), PanelError> {
    Ok(authority()?.take_over(&file, &part).await?)
}

/// Takes up a stack that was found on AWS: what its zone notes becomes its draft.
#[server(prefix = "/api", endpoint = "adopt", input = Json, output = Json)]
pub async fn adopt(stack: StackName) -> Result<(), PanelError> {
    authority()?.adopt(&stack).await?;
    Ok(())
}

#[server(prefix = "/api", endpoint = "cancel", input = Json, output = Json)]
pub async fn cancel(operation: OperationId) -> Result<(), PanelError> {
    Ok(authority()?.cancel(&operation).await?)
}
