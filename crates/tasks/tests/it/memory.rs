//! The readable store: what the others do, in a few lines. Everything is one lock.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use jiff::Timestamp;
use keyturn_tasks::{
    CreateOutcome, Delete, DeletedCursor, DeletedTask, DeletedTasks, Effect, Filter, Heard, LiveTasks, Page,
    StoreError, Task, TaskId, Update, Upkeep, UserId,
};

#[derive(Default)]
struct State {
    live: BTreeMap<(UserId, TaskId), Task>,
    deleted: BTreeMap<(UserId, TaskId), DeletedTask>,
    gone: BTreeMap<UserId, Timestamp>,
    heard: Option<Heard>,
}

#[derive(Default)]
pub(crate) struct MemoryTasks(Mutex<State>);

impl MemoryTasks {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

fn key(owner: &UserId, id: TaskId) -> (UserId, TaskId) {
    (owner.clone(), id)
}

const fn effect(held: bool) -> Effect<()> {
    if held { Effect::Won(()) } else { Effect::Lost }
}

#[async_trait]
impl LiveTasks for MemoryTasks {
    async fn create(&self, owner: &UserId, task: &Task, most: u32) -> Result<CreateOutcome, StoreError> {
        let mut state = self.state();
        if state.gone.contains_key(owner) {
            return Ok(CreateOutcome::Gone);
        }
        let live = state.live.keys().filter(|(user, _)| user == owner).count();
        let deleted = state.deleted.keys().filter(|(user, _)| user == owner).count();
        if live + deleted >= most as usize {
            return Ok(CreateOutcome::Full);
        }
        state.live.insert(key(owner, task.id), task.clone());
        Ok(CreateOutcome::Created)
    }

    async fn find(&self, owner: &UserId, id: TaskId) -> Result<Option<Task>, StoreError> {
        Ok(self.state().live.get(&key(owner, id)).cloned())
    }

    async fn list(
        &self,
        owner: &UserId,
        filter: &Filter,
        page: Page<TaskId>,
    ) -> Result<Vec<Task>, StoreError> {
        let state = self.state();
        let wanted = |task: &Task| {
            filter
                .completed
                .is_none_or(|completed| task.completed == completed)
                && filter
                    .folded
                    .as_ref()
                    .is_none_or(|text| task.folded().contains(text))
                && page.behind.is_none_or(|behind| task.id < behind)
        };
        let own = state.live.iter().rev().filter(|((user, _), _)| user == owner);
        let found = own.map(|(_, task)| task).filter(|task| wanted(task)).cloned();
        Ok(found.take(page.limit as usize).collect())
    }

    async fn update(&self, owner: &UserId, update: Update) -> Result<Effect<()>, StoreError> {
        let mut state = self.state();
        let found = state.live.get_mut(&key(owner, update.task.id));
        let found = found.filter(|task| task.version == update.version);
        let held = found.is_some();
        if let Some(task) = found {
            *task = update.task;
        }
        Ok(effect(held))
    }

    async fn delete(&self, owner: &UserId, Delete { deleted }: Delete) -> Result<Effect<()>, StoreError> {
        let mut state = self.state();
        let key = key(owner, deleted.original_task_id);
        let found = state.live.get(&key);
        let held = found.is_some_and(|task| task.version == deleted.task_data.version);
        if held {
            state.live.remove(&key);
            state.deleted.insert(key, deleted);
        }
        Ok(effect(held))
    }
}

#[async_trait]
impl DeletedTasks for MemoryTasks {
    async fn find_deleted(
        &self,
        owner: &UserId,
        id: TaskId,
        now: Timestamp,
    ) -> Result<Option<DeletedTask>, StoreError> {
        let found = self.state().deleted.get(&key(owner, id)).cloned();
        Ok(found.filter(|deleted| deleted.is_restorable(now)))
    }

    async fn list_deleted(
        &self,
        owner: &UserId,
        now: Timestamp,
        page: Page<DeletedCursor>,
    ) -> Result<Vec<DeletedTask>, StoreError> {
        let place = |deleted: &DeletedTask| (deleted.deleted_at, deleted.original_task_id);
        let state = self.state();
        let own = state.deleted.iter().filter(|((user, _), _)| user == owner);
        let mut found: Vec<_> = own
            .map(|(_, deleted)| deleted.clone())
            .filter(|deleted| deleted.is_restorable(now))
            .filter(|deleted| {
                page.behind
                    .is_none_or(|behind| place(deleted) < (behind.deleted_at, behind.original_task_id))
            })
            .collect();
        found.sort_by_key(|deleted| std::cmp::Reverse(place(deleted)));
        found.truncate(page.limit as usize);
        Ok(found)
    }

    async fn restore(
        &self,
        owner: &UserId,
        deleted: &DeletedTask,
        now: Timestamp,
    ) -> Result<Effect<()>, StoreError> {
        let mut state = self.state();
        let key = key(owner, deleted.original_task_id);
        let found = state.deleted.get(&key);
        let held =
            found.is_some_and(|found| found.deleted_at == deleted.deleted_at && found.is_restorable(now));
        if held {
            state.deleted.remove(&key);
            state.live.insert(key, deleted.task_data.clone());
        }
        Ok(effect(held))
    }

    async fn remove(&self, owner: &UserId, id: TaskId, now: Timestamp) -> Result<Effect<()>, StoreError> {
        let mut state = self.state();
        let key = key(owner, id);
        let held = state
            .deleted
            .get(&key)
            .is_some_and(|deleted| deleted.is_restorable(now));
        if held {
            state.deleted.remove(&key);
        }
        Ok(effect(held))
    }
}

#[async_trait]
impl Upkeep for MemoryTasks {
    async fn sweep(&self, now: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let mut state = self.state();
        let over = state
            .deleted
            .iter()
            .filter(|(_, deleted)| !deleted.is_restorable(now));
        let over: Vec<_> = over.map(|(key, _)| key.clone()).take(limit as usize).collect();
        for key in &over {
            state.deleted.remove(key);
        }
        Ok(over.len() as u64)
    }

    async fn sweep_gone(&self, until: Timestamp) -> Result<u64, StoreError> {
        let mut state = self.state();
        let before = state.gone.len();
        state.gone.retain(|_, at| *at > until);
        Ok((before - state.gone.len()) as u64)
    }

    async fn forget(&self, owner: &UserId, now: Timestamp) -> Result<u64, StoreError> {
        let mut state = self.state();
        let at = state.gone.entry(owner.clone()).or_insert(now);
        *at = now.max(*at);
        let before = state.live.len() + state.deleted.len();
        state.live.retain(|(user, _), _| user != owner);
        state.deleted.retain(|(user, _), _| user != owner);
        Ok((before - state.live.len() - state.deleted.len()) as u64)
    }

    async fn owners(&self, behind: Option<&UserId>, limit: u32) -> Result<Vec<UserId>, StoreError> {
        let state = self.state();
        let all = state.live.keys().chain(state.deleted.keys());
        let mut owners: Vec<_> = all.map(|(user, _)| user.clone()).collect();
        owners.sort();
        owners.dedup();
        owners.retain(|user| behind.is_none_or(|behind| user > behind));
        owners.truncate(limit as usize);
        Ok(owners)
    }

    async fn heard(&self) -> Result<Option<Heard>, StoreError> {
        Ok(self.state().heard.clone())
    }

    async fn note_heard(&self, heard: &Heard) -> Result<(), StoreError> {
        let mut state = self.state();
        let seq = match &state.heard {
            Some(known) if known.epoch == heard.epoch => known.seq.max(heard.seq),
            _ => heard.seq,
        };
        state.heard = Some(Heard {
            epoch: heard.epoch.clone(),
            seq,
        });
        Ok(())
    }

    async fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
