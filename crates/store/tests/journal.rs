//! Each guarantee of the journal, on a file, as recovery relies on it.

use std::path::Path;
use std::sync::Arc;

use engine::journal::{Draft, Journal};
use store::{FILE_NAME, Realm, Store, StoreError, StoredJournal};
use topology::operation::{Event, EventId, Happened, Operation, OperationId, OperationKind, Outcome};
use topology::plan::{Plan, PlanId};
use topology::stack::{Level, StackName};

fn realm() -> Realm {
    Realm { account: "123456789012".into(), region: "us-east-1".into(), endpoint: None }
}

fn sandbox() -> Realm {
    Realm { endpoint: Some("sandbox".into()), ..realm() }
}

fn stack() -> StackName {
    StackName::new("cruddur")
}

fn operation(id: &str) -> Operation {
    Operation {
        id: OperationId(id.into()),
        plan: PlanId(format!("plan-of-{id}")),
        stack: stack(),
        kind: OperationKind::Deploy,
        to: Level::Awake,
        by: "a test".into(),
        started_at: 1000,
        ended_at: None,
        outcome: None,
    }
}

fn plan(id: &str) -> Plan {
    Plan {
        id: PlanId(format!("plan-of-{id}")),
        parent: None,
        stack: stack(),
        kind: OperationKind::Deploy,
        from: None,
        to: Level::Awake,
        file: "name = \"cruddur\"\n".into(),
        changes: Vec::new(),
        notes: Vec::new(),
    }
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("there is room for a folder")
}

async fn journal(data_dir: &Path) -> StoredJournal {
    let store = Store::open(data_dir).expect("opens");
    store.journal(realm()).await.expect("is there")
}

async fn begin(journal: &StoredJournal, id: &str) -> Option<Operation> {
    journal.begin(&operation(id), &plan(id)).await.expect("answers")
}

async fn append(journal: &StoredJournal, id: &str) -> EventId {
    let id = OperationId(id.into());
    journal.append(2000, &stack(), &id, &Happened::CancelRequested).await.expect("appends").id
}

async fn end(journal: &StoredJournal, id: &str, outcome: Outcome) -> Event {
    let last = Happened::OperationEnded { outcome: outcome.clone(), receipt: None, calls: 1 };
    journal.end(3000, &operation(id), &outcome, &last).await.expect("ends")
}

#[tokio::test]
async fn what_was_noted_is_there_after_a_restart() {
    let data_dir = directory();
    let before = journal(data_dir.path()).await;
    assert_eq!(begin(&before, "one").await, None);
    let event = append(&before, "one").await;
    drop(before);

    let after = journal(data_dir.path()).await;
    let unfinished = after.unfinished("a test").await.expect("answers");
    assert_eq!(unfinished, [(operation("one"), plan("one"))]);
    let events = after.events_of(&OperationId("one".into())).await.expect("answers");
    assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), [event]);
}

#[tokio::test]
async fn one_operation_at_a_time_a_stack() {
    let data_dir = directory();
    let one = journal(data_dir.path()).await;
    let other = journal(data_dir.path()).await;
    assert_eq!(begin(&one, "one").await, None);
    assert_eq!(begin(&one, "two").await, Some(operation("one")));
    assert_eq!(begin(&other, "three").await, Some(operation("one")));

    end(&one, "one", Outcome::Done).await;
    assert_eq!(begin(&other, "three").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_that_begin_at_once_one_succeeds() {
    let data_dir = directory();
    let mut attempts = tokio::task::JoinSet::new();
    for number in 0..8 {
        let journal = Arc::new(journal(data_dir.path()).await);
        // Its journal stays open until all have tried.
        attempts.spawn(async move {
            let refused = begin(&journal, &format!("operation-{number}")).await;
            (journal, refused)
        });
    }
    let done = attempts.join_all().await;
    assert_eq!(done.iter().filter(|(_, refused)| refused.is_none()).count(), 1);
}

#[tokio::test]
async fn an_operation_that_another_process_runs_is_not_taken_up() {
    let data_dir = directory();
    let busy = journal(data_dir.path()).await;
    begin(&busy, "one").await;
    let starting = journal(data_dir.path()).await;
    assert!(starting.unfinished("a test").await.expect("answers").is_empty());
}

#[tokio::test]
async fn an_operation_whose_process_is_gone_gives_way() {
    let data_dir = directory();
    let gone = journal(data_dir.path()).await;
    begin(&gone, "one").await;
    drop(gone);

    let next = journal(data_dir.path()).await;
    assert_eq!(begin(&next, "two").await, None);
    let events = next.events_of(&OperationId("one".into())).await.expect("answers");
    let ended = Happened::OperationEnded { outcome: Outcome::Cancelled, receipt: None, calls: 0 };
    assert_eq!(events.last().map(|event| &event.what), Some(&ended));
    assert_eq!(next.last_operation(&stack()).await.expect("answers"), Some(operation("two")));
}

#[tokio::test]
async fn an_operation_is_taken_up_by_one_process_alone() {
    let data_dir = directory();
    let gone = journal(data_dir.path()).await;
    begin(&gone, "one").await;
    drop(gone);
    let one = journal(data_dir.path()).await;
    let other = journal(data_dir.path()).await;
    assert_eq!(one.unfinished("a test").await.expect("answers").len(), 1);
    assert!(other.unfinished("a test").await.expect("answers").is_empty());
}

#[tokio::test]
async fn the_last_operation_tells_how_it_ended() {
    let data_dir = directory();
    let journal = journal(data_dir.path()).await;
    begin(&journal, "one").await;
    let last = end(&journal, "one", Outcome::Failed(vec![])).await;
    assert_eq!(journal.last_events(&stack(), 1).await.expect("answers"), [last]);
    let last = journal.last_operation(&stack()).await.expect("answers").expect("there was one");
    assert_eq!((last.ended_at, last.outcome), (Some(3000), Some(Outcome::Failed(vec![]))));
    assert!(journal.unfinished("a test").await.expect("answers").is_empty());
}

/// Ids grow with the clock, and a clock may be set back between two operations.
#[tokio::test]
async fn the_last_operation_is_the_one_that_began_last_whatever_its_id_says() {
    let directory = directory();
    let journal = journal(directory.path()).await;
    for id in ["2-before-the-clock-was-set-back", "1-after-it"] {
        begin(&journal, id).await;
        end(&journal, id, Outcome::Done).await;
    }
    let last = journal.last_operation(&stack()).await.expect("read").expect("there are two");
    assert_eq!(last.id.0, "1-after-it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_sees_every_event_once_and_in_order() {
    let data_dir = directory();
    let writer = journal(data_dir.path()).await;
    let reader = journal(data_dir.path()).await;
    let mut appends = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let writer = writer.clone();
        appends.spawn(async move { append(&writer, "one").await });
    }
    let (mut seen, mut last) = (Vec::new(), EventId(0));
    while seen.len() < 200 {
        for event in reader.events_after(last, 7).await.expect("answers") {
            assert!(event.id > last);
            last = event.id;
            seen.push(event.id);
        }
    }
    let mut written = appends.join_all().await;
    written.sort();
    assert_eq!(seen, written);
    assert_eq!(reader.last_event().await.expect("answers"), last);
}

#[tokio::test]
async fn the_last_events_come_in_order_and_no_more_than_asked() {
    let data_dir = directory();
    let journal = journal(data_dir.path()).await;
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(append(&journal, "one").await);
    }
    let events = journal.last_events(&stack(), 3).await.expect("answers");
    assert_eq!(events.iter().map(|event| event.id).collect::<Vec<_>>(), ids[2..]);
}

#[tokio::test]
async fn realms_know_nothing_of_each_other() {
    let data_dir = directory();
    let store = Store::open(data_dir.path()).expect("opens");
    let here = store.journal(realm()).await.expect("is there");
    let elsewhere = Realm { region: "eu-central-1".into(), ..realm() };
    let there = store.journal(elsewhere).await.expect("is there");
    begin(&here, "one").await;
    append(&here, "one").await;
    let draft = Draft { stack: stack(), file: "here".into() };
    here.save_draft(&draft).await.expect("saves");

    assert_eq!(begin(&there, "two").await, None);
    assert!(there.events_after(EventId(0), 10).await.expect("answers").is_empty());
    assert!(there.drafts().await.expect("answers").is_empty());
    assert_eq!(here.drafts().await.expect("answers"), [draft]);
}

#[tokio::test]
async fn a_draft_is_kept_changed_and_removed() {
    let data_dir = directory();
    let journal = journal(data_dir.path()).await;
    for file in ["one", "two"] {
        journal.save_draft(&Draft { stack: stack(), file: file.into() }).await.expect("saves");
    }
    let draft = journal.draft(&stack()).await.expect("answers").expect("is there");
    assert_eq!(draft.file, "two");
    journal.remove_draft(&stack()).await.expect("removes");
    assert_eq!(journal.draft(&stack()).await.expect("answers"), None);
}

#[tokio::test]
async fn a_passing_world_leaves_its_drafts_to_the_next_and_nothing_else() {
    let data_dir = directory();
    let store = Store::open(data_dir.path()).expect("opens");
    let (first, is_first) = store.fresh_journal(sandbox()).await.expect("begins");
    assert!(is_first);
    first.save_draft(&Draft { stack: stack(), file: "kept".into() }).await.expect("saves");
    begin(&first, "one").await;
    let event = append(&first, "one").await;
    drop((first, store));

    let store = Store::open(data_dir.path()).expect("opens");
    let (second, is_first) = store.fresh_journal(sandbox()).await.expect("begins");
    assert!(!is_first);
    assert_eq!(second.drafts().await.expect("answers").len(), 1);
    assert!(second.unfinished("a test").await.expect("answers").is_empty());
    assert_eq!(second.last_operation(&stack()).await.expect("answers"), None);
    assert_eq!(second.last_event().await.expect("answers"), event);
}

#[tokio::test]
async fn a_world_that_lives_in_another_process_is_left_alone() {
    let data_dir = directory();
    let one = Store::open(data_dir.path()).expect("opens");
    let (living, _) = one.fresh_journal(sandbox()).await.expect("begins");
    begin(&living, "one").await;
    let other = Store::open(data_dir.path()).expect("opens");
    other.fresh_journal(sandbox()).await.expect("begins");
    assert_eq!(living.last_operation(&stack()).await.expect("answers"), Some(operation("one")));
}

#[tokio::test]
async fn a_damaged_file_is_set_aside_and_a_new_one_begun() {
    let data_dir = directory();
    let journal = journal(data_dir.path()).await;
    for _ in 0..300 {
        append(&journal, "one").await;
    }
    drop(journal);
    wait_until_closed(data_dir.path());
    let path = data_dir.path().join(FILE_NAME);
    let whole = std::fs::read(&path).expect("reads");

    std::fs::write(&path, &whole[..whole.len() / 2]).expect("writes");
    assert!(matches!(Store::open(data_dir.path()), Err(StoreError::Damaged { .. })));
    let using = std::fs::File::create(data_dir.path().join("running/another")).expect("made");
    using.lock().expect("locked");
    assert!(
        matches!(Store::open_or_begin_anew(data_dir.path()), Err(StoreError::Damaged { .. })),
        "it is in use"
    );
    drop(using);
    let begun = begin_anew(data_dir.path()).await;
    assert_eq!(begun.last_operation(&stack()).await.expect("answers"), None);
    append(&begun, "two").await;
    drop(begun);
    wait_until_closed(data_dir.path());
    let kept = std::fs::read(data_dir.path().join(format!("{FILE_NAME}.damaged-1"))).expect("it is kept");
    assert_eq!(kept.len(), whole.len() / 2);

    std::fs::write(&path, b"this was a database once, and now it is a sentence").expect("writes");
    begin_anew(data_dir.path()).await;
    let kept = std::fs::read(data_dir.path().join(format!("{FILE_NAME}.damaged-2"))).expect("it is kept");
    assert!(kept.ends_with(b"sentence"));
}

async fn begin_anew(data_dir: &Path) -> StoredJournal {
    let store = Store::open_or_begin_anew(data_dir).expect("it begins anew");
    store.journal(realm()).await.expect("answers")
}

#[tokio::test]
async fn what_an_older_slipway_wrote_is_no_trouble() {
    let data_dir = directory();
    drop(journal(data_dir.path()).await);
    wait_until_closed(data_dir.path());
    let old = rusqlite::Connection::open(data_dir.path().join(FILE_NAME)).expect("opens");
    let in_old_words = "INSERT INTO events (realm, at, stack, operation, what)
                        SELECT id, 1, 'cruddur', 'one', '{\"event\":\"cancel-requested\"}' FROM realms;
                        DROP INDEX operation_by_stack;
                        ALTER TABLE operations DROP COLUMN number;
                        CREATE INDEX operation_by_stack ON operations (realm, stack, id);
                        PRAGMA user_version = 1;";
    old.execute_batch(in_old_words).expect("written");
    drop(old);
    let journal = journal(data_dir.path()).await;
    assert!(journal.last_events(&stack(), 10).await.expect("answers").is_empty());
}

/// The thread writes its last pages after the last handle is gone.
fn wait_until_closed(data_dir: &Path) {
    let log = data_dir.join(format!("{FILE_NAME}-wal"));
    for _ in 0..500 {
        if !log.exists() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("the database was not closed");
}

#[tokio::test]
async fn a_newer_file_is_left_alone() {
    let data_dir = directory();
    drop(journal(data_dir.path()).await);
    wait_until_closed(data_dir.path());
    let path = data_dir.path().join(FILE_NAME);
    let connection = rusqlite::Connection::open(path).expect("opens");
    connection.pragma_update(None, "user_version", 9999).expect("writes");
    drop(connection);
    let error = Store::open(data_dir.path()).err().expect("refused");
    assert!(matches!(error, StoreError::Newer { .. }), "{error}");
}

#[test]
fn a_data_directory_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().expect("made");
    let error = Store::open(&file.path().join("inside")).err().expect("a file holds no folder");
    assert!(matches!(error, StoreError::Directory { .. }), "{error}");
    assert!(error.to_string().contains("--data-dir"), "{error}");
}
