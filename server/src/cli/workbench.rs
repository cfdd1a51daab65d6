//! What the commands work with: AWS as the environment says, the journal, and the engine over both.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use engine::aws::{Aws, Connection};
use engine::{Engine, Journal};
use store::{FILE_NAME, Realm, Store, StoreError};
use topology::stack::{Region, Stack};

use super::directory::DataDirectory;
use super::failure::Failure;
use super::output;

pub struct Workbench {
    pub engine: Engine,
    pub journal: Arc<dyn Journal>,
    /// When the command began.
    pub since: Instant,
    store: Store,
}

impl Workbench {
    /// For a command that only looks: what was never kept is not made.
    pub async fn for_looking(directory: &DataDirectory, region: Option<Region>) -> Result<Self, Failure> {
        let kept: Option<PathBuf> = directory.path().ok().filter(|path| path.join(FILE_NAME).exists());
        let store = match kept.map(|path| Store::open(&path)) {
            None => Store::in_memory()?,
            // AWS tells without it.
            Some(Err(damaged @ StoreError::Damaged { .. })) => {
                output::say(&format!("warning: {damaged}"));
                Store::in_memory()?
            }
            Some(opened) => opened?,
        };
        Self::over(store, region, Instant::now()).await
    }

    /// For a command that changes something: journaled, so that a kill leaves nothing unknown.
    pub async fn for_working(directory: &DataDirectory, region: Option<Region>) -> Result<Self, Failure> {
        let since = Instant::now();
        Self::over(Store::open_or_begin_anew(&directory.path()?)?, region, since).await
    }

    /// The region that `stack` is for, where it is another one than this.
    pub fn elsewhere(&self, stack: Option<Stack>) -> Option<Region> {
        let region = stack.map(|stack| stack.region);
        region.filter(|region| *region != self.engine.surroundings().region)
    }

    /// The same in another region.
    pub async fn in_region(self, region: Region) -> Result<Self, Failure> {
        Self::over(self.store, Some(region), self.since).await
    }

    async fn over(store: Store, region: Option<Region>, since: Instant) -> Result<Self, Failure> {
        let aws = Aws::connect(&Connection { sandbox: None, region }).await?;
        let journal: Arc<dyn Journal> = Arc::new(store.journal(realm(&aws)).await?);
        let who = format!("the command line (process {})", std::process::id());
        Ok(Self { engine: Engine::new(aws, journal.clone(), who), journal, since, store })
    }

    /// Who works where, for a person who is about to say yes.
    pub fn who_and_where(&self) -> String {
        let surroundings = self.engine.surroundings();
        format!("As `{}` in `{}`", surroundings.caller, surroundings.region)
    }

    /// AWS calls so far.
    pub fn calls(&self) -> u64 {
        self.engine.calls()
    }

    pub fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// What a journal of this AWS is kept under.
pub fn realm(aws: &Aws) -> Realm {
    Realm {
        account: aws.account().to_owned(),
        region: aws.region().to_string(),
        endpoint: aws.endpoint().map(str::to_owned),
    }
}
