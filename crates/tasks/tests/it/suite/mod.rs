//! What every store must do, whichever the engine: one list of behaviours, run on each.

mod deleted;
mod live;
mod upkeep;

pub(crate) use live::join_all;

use jiff::Timestamp;
use keyturn_tasks::{DeletedTask, Page, Task, TaskId, UserId};
use uuid::Uuid;

/// Runs the behaviours on a store.
macro_rules! suite {
    ($engine:ident: $($file:ident { $($behaviour:ident),+ $(,)? })+) => {
        mod $engine {
            $($(
                #[test]
                fn $behaviour() {
                    crate::places::block_on(async {
                        let place = crate::places::$engine().await;
                        super::$file::$behaviour(place.store.as_ref()).await;
                    });
                }
            )+)+
        }
    };
}

macro_rules! every_engine {
    ($($rest:tt)+) => {
        suite!(memory: $($rest)+);
        suite!(sqlite: $($rest)+);
        suite!(postgres: $($rest)+);
    };
}

every_engine! {
    live {
        a_task_is_read_as_it_was_written,
        r5_2_a_task_is_found_by_its_owner_alone,
        a_list_has_pages_and_filters,
        an_update_wins_on_its_version_alone,
        of_two_updates_at_once_one_wins,
        a_person_has_so_many_tasks_at_most,
        of_creations_at_once_no_more_win_than_there_is_room_for,
    }
    deleted {
        r5_3_a_deleted_task_is_restored_as_it_was,
        r5_3_what_is_past_its_time_is_gone_before_any_sweep,
        r5_3_a_task_that_is_removed_is_gone_for_good,
        r5_2_deleted_tasks_are_their_owners_alone,
        a_deletion_wins_on_its_version_alone,
        of_a_restoration_and_a_removal_at_once_one_wins,
        the_list_of_deleted_tasks_has_pages,
    }
    upkeep {
        r5_3_a_sweep_removes_what_is_past_its_time_in_steps,
        who_is_gone_has_no_tasks_and_makes_none,
        marks_of_people_who_are_gone_are_swept,
        people_who_have_tasks_are_listed_once,
        what_was_heard_never_goes_back_within_its_epoch,
        a_store_says_that_it_works,
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + second).unwrap()
}

fn user(name: &str) -> UserId {
    UserId(name.to_owned())
}

/// The `number`th id, in their order.
fn id(number: u128) -> TaskId {
    TaskId(Uuid::from_u128(
        0x019b_0000_0000_7000_8000_0000_0000_0000 + number,
    ))
}

fn task(number: u128, title: &str) -> Task {
    Task {
        id: id(number),
        title: title.to_owned(),
        notes: String::new(),
        completed: false,
        due_at: None,
        created_at: at(0),
        updated_at: at(0),
        version: 1,
    }
}

fn deleted(task: &Task, second: i64, until: i64) -> DeletedTask {
    DeletedTask {
        original_task_id: task.id,
        task_data: task.clone(),
        deleted_by_user_id: "ann".to_owned(),
        deleted_at: at(second),
        restorable_until: at(until),
    }
}

const fn all<C>() -> Page<C> {
    Page {
        behind: None,
        limit: 1000,
    }
}
