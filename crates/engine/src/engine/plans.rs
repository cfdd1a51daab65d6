//! From a request to a plan, and to a plan that is still true.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use topology::graph::Topology;
use topology::node::{NodeKind, ZoneNote};
use topology::observation::{Observation, SHARED, USED_BY};
use topology::plan::{self, Plan, PlanId, Wanted};
use topology::stack::{HostName, Level, Stack, StackName, file};
use topology::view::Request;

use super::{Engine, Planned, lock};
use crate::aws::observe::{self, Look, ZoneTells};
use crate::aws::{Aws, preflight};
use crate::clock;
use crate::error::Error;

/// A plan this young is applied without looking at AWS a second time.
const FRESH: Duration = Duration::from_secs(2);
/// Plans that wait for somebody to apply them.
const MOST_PLANS: usize = 64;

/// How much a look reads in full; what was read before is remembered in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Nothing.
    InBulk,
    /// The next few parts; that one of them cannot be read spoils no look.
    AFew,
    InFull,
}

/// What a request means once names are looked up.
pub(super) enum Resolved {
    Stack {
        stack: Box<Stack>,
        file: String,
    },
    /// A tear down kept it, and nobody has the stack's file any more.
    Zone {
        of: StackName,
        domain: HostName,
    },
}

impl Resolved {
    pub fn name(&self) -> &StackName {
        match self {
            Resolved::Stack { stack, .. } => &stack.name,
            Resolved::Zone { of, .. } => of,
        }
    }

    pub fn stack(&self) -> Option<&Stack> {
        match self {
            Resolved::Stack { stack, .. } => Some(stack),
            Resolved::Zone { .. } => None,
        }
    }

    pub fn file(&self) -> &str {
        match self {
            Resolved::Stack { file, .. } => file,
            Resolved::Zone { .. } => "",
        }
    }
}

/// What is known of a stack, here or on AWS.
pub(super) enum Known {
    File(String),
    /// Only where the zone is that its tear down kept.
    Zone(HostName),
}

impl Known {
    fn file(&self) -> &str {
        match self {
            Known::File(file) => file,
            Known::Zone(_) => "",
        }
    }
}

impl Engine {
    /// The stack file that the request is about, read and checked.
    pub(super) async fn resolve(&self, request: &Request) -> Result<Resolved, Error> {
        let text = match request {
            Request::Deploy { file } => file.clone(),
            Request::Level { stack, .. } => self.noted(stack).await?.file,
            // A deploy may have been cut off before the zone could note the file.
            Request::TearDown { stack, .. } => match self.known(stack).await? {
                Known::File(file) => file,
                Known::Zone(domain) => return Ok(Resolved::Zone { of: stack.clone(), domain }),
            },
        };
        let stack = Box::new(file::read(&text).map_err(Error::Problems)?);
        Ok(Resolved::Stack { stack, file: text })
    }

    /// The last look at the stack, unless another process has worked on the stack since.
    pub(super) async fn seen(&self, stack: &StackName) -> Result<Option<Observation>, Error> {
        let Some(seen) = lock(&self.inner.seen).get(stack).cloned() else { return Ok(None) };
        let last = self.inner.journal.last_operation(stack).await?;
        if last.is_none_or(|operation| operation.ended_at.is_none()) {
            return Ok(Some(seen));
        }
        let newest = self.inner.journal.last_events(stack, 1).await?;
        let is_stale = newest.last().is_some_and(|event| event.id > seen.after);
        Ok((!is_stale).then_some(seen))
    }

    /// What the hosted zone notes of the stack.
    pub(super) async fn noted(&self, stack: &StackName) -> Result<ZoneNote, Error> {
        if let Some(note) = self.seen(stack).await?.and_then(|observation| observation.note) {
            return Ok(note);
        }
        match self.told_by_zones(stack).await? {
            Some(ZoneTells::Deployed(note)) => Ok(note),
            Some(ZoneTells::Kept { .. } | ZoneTells::Unreadable) | None => {
                Err(Error::NoSuchStack(stack.clone()))
            }
        }
    }

    /// The file that AWS has noted, or else the draft, or else the zone.
    pub(super) async fn known(&self, stack: &StackName) -> Result<Known, Error> {
        let seen = self.seen(stack).await?.and_then(|observation| observation.note);
        let told = match seen {
            Some(note) => Some(ZoneTells::Deployed(note)),
            None => self.told_by_zones(stack).await?,
        };
        if let Some(ZoneTells::Deployed(note)) = &told
            && !note.file.is_empty()
        {
            return Ok(Known::File(note.file.clone()));
        }
        // Also where the note was cut off in the middle.
        match (self.inner.journal.draft(stack).await?, told) {
            (Some(draft), _) => Ok(Known::File(draft.file)),
            (None, Some(ZoneTells::Kept { domain })) => Ok(Known::Zone(domain)),
            (None, _) => Err(Error::NoSuchStack(stack.clone())),
        }
    }

    async fn told_by_zones(&self, stack: &StackName) -> Result<Option<ZoneTells>, Error> {
        Ok(observe::stacks(&self.inner.aws).await?.remove(stack))
    }

    /// Looks at AWS and says what would be done.
    pub(super) async fn plan_at(&self, request: &Request, depth: Depth) -> Result<Plan, Error> {
        let planned = self.make(request, depth).await?;
        Ok(self.foresee(planned).await)
    }

    /// What is there now of `name` as AWS has noted it, or else as its draft says. Does not keep the look.
    pub(super) async fn look_at(&self, name: &StackName, depth: Depth) -> Result<Observation, Error> {
        let known = self.known(name).await?;
        self.look_for(name, file::read(known.file()).ok().as_ref(), known.file(), depth).await
    }

    /// What is there now of `stack`, and keeps the look.
    pub(super) async fn look(
        &self,
        name: &StackName,
        stack: Option<&Stack>,
        text: &str,
        depth: Depth,
    ) -> Result<Observation, Error> {
        let observation = self.look_for(name, stack, text, depth).await?;
        self.remember_look(name, observation.clone());
        Ok(observation)
    }

    async fn look_for(
        &self,
        name: &StackName,
        stack: Option<&Stack>,
        text: &str,
        depth: Depth,
    ) -> Result<Observation, Error> {
        let era = self.era(name).await?;
        let wanted = stack.map(|stack| Topology::of(stack, text, Level::Awake));
        let look = Look { aws: &self.inner.aws, stack: name, wanted: wanted.as_ref() };
        let after = self.inner.journal.last_event().await?;
        let mut observation = Box::pin(observe::observe(&look, self.now(), after)).await?;
        let before = self.inner.aws.calls();
        match depth {
            Depth::InBulk => {}
            Depth::AFew => self.read_a_few(&era, &look, &observation).await,
            Depth::InFull => self.read_all(&era, &look, &observation).await?,
        }
        observation.calls += self.inner.aws.calls() - before;
        self.lay_over(&era, &mut observation);
        Ok(observation)
    }

    /// The same, to the last part: for a tear down.
    pub(super) async fn look_to_the_last(
        &self,
        name: &StackName,
        stack: Option<&Stack>,
        text: &str,
    ) -> Result<Observation, Error> {
        let mut observation = self.look(name, stack, text, Depth::InBulk).await?;
        let before = self.inner.aws.calls();
        let aws = &self.inner.aws;
        let (strays, stacks) =
            tokio::try_join!(observe::strays(aws, name, &observation.found), observe::stacks(aws))?;
        observation.calls += self.inner.aws.calls() - before;
        observation.found.extend(strays);
        leave_to_others(&mut observation, &stacks);
        Ok(observation)
    }

    /// A plan from a fresh look.
    async fn make(&self, request: &Request, depth: Depth) -> Result<Planned, Error> {
        let resolved = self.resolve(request).await?;
        let (name, stack, file) = (resolved.name(), resolved.stack(), resolved.file());
        let observation = match request {
            Request::TearDown { .. } => self.look_to_the_last(name, stack, file).await?,
            Request::Deploy { .. } | Request::Level { .. } => self.look(name, stack, file, depth).await?,
        };
        let made_at = Instant::now();
        let mut plan = plan::make(PlanId(clock::fresh_id()), &wanted(request, &resolved), &observation);
        plan.notes.extend(stack.and_then(|stack| wrong_region(stack, &self.inner.aws)));
        Ok(Planned { plan, request: request.clone(), depth, observation, foreseen: Vec::new(), made_at })
    }

    /// Adds what AWS says beforehand, and keeps the plan for whoever applies it.
    async fn foresee(&self, mut planned: Planned) -> Plan {
        planned.foreseen = preflight::check(&self.inner.aws, &planned.plan, &planned.observation).await;
        // Now, and not when it was looked at: the questions take as long as the look, and change nothing.
        planned.made_at = Instant::now();
        planned.plan.notes.extend(planned.foreseen.iter().cloned());
        let plan = planned.plan.clone();
        let mut plans = lock(&self.inner.plans);
        if plans.len() >= MOST_PLANS {
            let oldest = plans.iter().min_by_key(|(_, planned)| planned.made_at).map(|(id, _)| id.clone());
            oldest.and_then(|id| plans.remove(&id));
        }
        plans.insert(plan.id.clone(), planned);
        plan
    }

    /// The same plan, made sure by a new look where it is not fresh.
    pub(super) async fn still_true(&self, planned: Planned) -> Result<Planned, Error> {
        if planned.made_at.elapsed() < FRESH {
            return Ok(planned);
        }
        let mut new = self.make(&planned.request, planned.depth).await?;
        if new.plan.fingerprint() != planned.plan.fingerprint() {
            return Err(Error::WorldChanged(Box::new(self.foresee(new).await)));
        }
        // What stood in the way may be gone.
        let stood_in_the_way = planned.foreseen.iter().any(|note| note.severity == plan::Severity::Error);
        new.foreseen = match stood_in_the_way {
            true => preflight::check(&self.inner.aws, &new.plan, &new.observation).await,
            false => planned.foreseen,
        };
        new.plan.notes.extend(new.foreseen.iter().cloned());
        Ok(new)
    }
}

/// Marks the stack's own repositories out of which another stack of the region runs its images.
fn leave_to_others(observation: &mut Observation, stacks: &BTreeMap<StackName, ZoneTells>) {
    let others = stacks.iter().filter(|(name, _)| **name != observation.stack);
    // Of one whose file cannot be read nobody knows what it runs.
    let others: Vec<(&StackName, Option<Stack>)> = others
        .filter_map(|(name, told)| match told {
            ZoneTells::Deployed(note) => Some((name, file::read(&note.file).ok())),
            ZoneTells::Unreadable => Some((name, None)),
            ZoneTells::Kept { .. } => None,
        })
        .filter(|(_, other)| other.as_ref().is_none_or(|other| other.region == observation.region))
        .collect();
    let may_use = |other: &Option<Stack>, repository: &String| {
        other.as_ref().is_none_or(|other| other.repositories().contains(repository))
    };
    let all = observation.found.iter_mut();
    for (id, found) in
        all.filter(|(id, found)| id.kind == NodeKind::Repository && !found.facts.contains_key(SHARED))
    {
        if let Some((user, _)) = others.iter().find(|(_, other)| may_use(other, &id.part)) {
            found.facts.insert(USED_BY.to_owned(), user.to_string());
        }
    }
}

fn wanted<'a>(request: &'a Request, resolved: &'a Resolved) -> Wanted<'a> {
    let file = resolved.file();
    match (request, resolved) {
        (Request::TearDown { delete_zone, .. }, Resolved::Zone { domain, .. }) => {
            Wanted::TornDown { domain, file, delete_zone: *delete_zone }
        }
        (Request::TearDown { delete_zone, .. }, Resolved::Stack { stack, .. }) => {
            Wanted::TornDown { domain: &stack.domain, file, delete_zone: *delete_zone }
        }
        (Request::Deploy { .. }, Resolved::Stack { stack, .. }) => Wanted::Deployed { stack, file },
        (Request::Level { level, .. }, Resolved::Stack { stack, .. }) => {
            Wanted::AtLevel { stack, file, level: *level }
        }
        (Request::Deploy { .. } | Request::Level { .. }, Resolved::Zone { .. }) => {
            unreachable!("only a tear down does without a stack file")
        }
    }
}

fn wrong_region(stack: &Stack, aws: &Aws) -> Option<plan::Note> {
    (&stack.region != aws.region()).then(|| plan::Note {
        severity: plan::Severity::Error,
        node: None,
        text: format!(
            "The stack is for the region `{}`, and this Slipway works in `{}`. Start it with `AWS_REGION={}`.",
            stack.region,
            aws.region(),
            stack.region
        ),
        offer: None,
    })
}
