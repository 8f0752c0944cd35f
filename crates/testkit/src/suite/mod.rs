//! What every store does, as tests: one behaviour, one function, one `#[test]`.
//!
//! A store's own tests import it by [`store_suite!`](crate::store_suite) and never copy from it. The behaviours use the
//! ports alone, and only what a test may rely on: that a call is under way once its future was polled.
//!
//! ```
//! # async fn make() -> keyturn_testkit::suite::Subject {
//! #     keyturn_testkit::suite::Subject::new(keyturn_testkit::mem_store::MemStore::new(), ())
//! # }
//! # use futures::executor::block_on;
//! keyturn_testkit::store_suite!(make, block_on);
//! ```

pub mod accounts;
pub mod administering;
pub mod audit_log;
pub mod auditing;
pub mod ending;
pub mod epochs;
pub mod limiting;
pub mod lists;
pub mod mailed_links;
pub mod one_time_tokens;
pub mod own_accounts;
pub mod racing;
pub mod recording;
pub mod rotating;
pub mod secret_marks;
pub mod services;
pub mod signing_keys;
pub mod starting;
pub mod sweeping;
pub mod sweeping_tokens;
pub mod throttling;
pub mod transferring;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use keyturn_core::model::{Account, Change, Progress, Session, SessionId, User, UserId};
use keyturn_core::ports::{Effect, Family, Store};

use crate::fixtures::World;

/// A fresh, empty store, and the world in which it is tried.
pub struct Subject {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Time, randomness and keys.
    pub world: World,
    _kept: Box<dyn Any + Send + Sync>,
}

impl Subject {
    /// A store to try; `kept` lives as long: its folder, its server.
    pub fn new(store: impl Store + 'static, kept: impl Any + Send + Sync) -> Self {
        Self {
            store: Arc::new(store),
            world: World::new(7),
            _kept: Box::new(kept),
        }
    }

    /// Creates an active account.
    pub(crate) async fn sign_up(&self, name: &str) -> Account {
        self.world.sign_up(&*self.store, name).await.account
    }

    /// Starts a session in `body` delivery.
    pub(crate) async fn sign_in(&self, account: &Account) -> Session {
        self.world
            .sign_in(&*self.store, account, keyturn_core::model::Delivery::Body)
            .await
    }

    /// Rotates as the session given here asks for.
    pub(crate) async fn rotate(&self, session: &Session) -> Effect<Session> {
        let rotate = self.world.rotation(session);
        let rotated = self.store.rotate(rotate, self.world.now()).await.unwrap();
        rotated.map(|progress| session.clone().advanced(progress))
    }

    /// What is stored of a session that exists.
    pub(crate) async fn family(&self, id: SessionId) -> Family {
        self.store
            .find_session(id)
            .await
            .unwrap()
            .expect("the session exists")
    }

    /// The session alone.
    pub(crate) async fn session(&self, id: SessionId) -> Session {
        self.family(id).await.session
    }

    /// What is stored of an account that exists.
    pub(crate) async fn user(&self, id: UserId) -> User {
        self.store
            .find_user(id)
            .await
            .unwrap()
            .expect("the account exists")
    }

    /// Every change so far.
    pub(crate) async fn changes(&self) -> Vec<Change> {
        self.store.changes_after(0, u32::MAX).await.unwrap()
    }

    /// The changes after `seen` of them.
    pub(crate) async fn changes_since(&self, seen: usize) -> Vec<Change> {
        self.changes().await.split_off(seen)
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("world", &self.world)
            .finish_non_exhaustive()
    }
}

/// What a won effect answers.
pub(crate) fn won<T: fmt::Debug>(effect: Effect<T>) -> T {
    match effect {
        Effect::Won(value) => value,
        Effect::Lost => panic!("the condition held, and the effect was lost"),
    }
}

/// The session after an effect that was won.
pub(crate) fn after(session: &Session, effect: Effect<Progress>) -> Session {
    session.clone().advanced(won(effect))
}

/// One `#[test]` for every behaviour of the suite.
///
/// Takes the names of an `async fn() -> Subject` that makes a fresh store, and of a function that runs a future to its end.
#[macro_export]
macro_rules! store_suite {
    ($make:ident, $block_on:ident) => {
        $crate::store_suite!(@modules $make, $block_on,
            starting {
                a_session_starts_and_is_read_back_whole
                sign_in_is_noted_with_the_account
                a_session_starts_only_for_an_active_account_of_its_epoch
                the_same_session_starts_once
                r1_3_sign_in_against_suspension
                a_replaced_session_ends_in_the_same_effect
                a_lost_start_replaces_nothing
            }
            rotating {
                a_rotation_moves_the_head
                a_rotation_expects_its_head
                a_rotation_of_nothing_is_lost
                r1_3_a_rotation_needs_an_active_account_and_its_epoch
                a_rotation_can_skip_generations
                times_and_what_was_seen_never_go_back
                a_token_handed_out_again_renews_its_window
                handing_again_expects_the_generation_and_a_usable_session
                activity_is_noted_until_an_end
                what_was_seen_never_passes_the_generation
            }
            ending {
                r3_3_a_session_ends_once
                r1_5_ending_for_reuse_expects_the_head
                r1_6_ending_for_idleness_expects_that_nobody_was_active
                ended_is_absorbing
                an_end_keeps_every_field
            }
            epochs {
                ending_all_sessions_raises_the_epoch
                the_kept_session_follows_the_epoch
                a_session_that_cannot_be_kept_ends_too
                a_session_of_an_older_epoch_can_no_longer_start
                r1_3_leaving_active_ends_every_session
                r2_6_a_state_is_set_only_from_the_state_expected
                becoming_active_ends_nothing
                setting_a_password_keeps_one_session
                others_sessions_are_left_alone
            }
            accounts {
                r2_1_an_account_is_created_and_read_back_whole
                r2_1_email_username_and_subject_are_unique_by_key
                an_account_may_lack_names
                an_account_is_found_by_each_name
                a_hash_is_replaced_only_if_it_is_the_one_expected
            }
            administering {
                accounts_are_searched_by_all_that_they_are_called
                a_search_has_pages_and_no_wildcards
                a_profile_is_written_whole
                a_profile_is_written_only_over_the_one_expected
                a_profile_takes_no_name_of_another
                r2_6_the_last_administrator_stays
                r2_6_of_two_administrators_who_demote_each_other_one_stays
            }
            lists {
                r5_1_sessions_are_listed_newest_first_page_by_page
                ended_sessions_are_listed_on_request
                accounts_are_listed_newest_first_page_by_page
                audit_events_are_read_oldest_first
            }
            recording {
                changes_are_written_once_and_in_order
                a_change_of_an_account_names_it_as_applications_do
                a_lost_effect_writes_nothing
                audit_events_come_with_their_effect
                i4_a_thousand_rotations_take_no_room
                a_healthy_store_says_so
            }
            audit_log {
                events_are_found_by_what_they_are_of
                what_an_administrator_did_is_found
                the_log_is_read_newest_first_page_by_page
            }
            auditing {
                every_session_that_an_effect_ends_has_one_event
                audit_events_are_found_by_their_request
                a_new_account_has_its_event_and_a_taken_name_none
                every_field_of_an_event_survives
            }
            sweeping {
                ended_sessions_are_swept_by_the_time_of_their_end
                a_walk_goes_on_until_a_slice_is_not_full
                r1_6_sessions_past_an_end_are_found
                a_deleted_account_goes_after_its_last_session
                audit_events_are_swept_by_their_time
                changes_are_swept_but_for_the_newest
                one_holds_the_turn_to_sweep
                one_of_many_gets_the_turn
                sweeping_meets_sign_ins_and_ends
            }
            sweeping_tokens {
                one_time_tokens_are_swept_once_they_are_worth_nothing
            }
            throttling {
                a_lane_admits_its_burst_and_refills_with_time
                an_attempt_counts_in_all_lanes_or_in_none
                attempts_at_once_are_admitted_up_to_the_burst
                a_clock_set_back_locks_nobody_out
                a_started_session_takes_its_attempt_back
                counting_changes_nothing_else
            }
            transferring {
                r5_4_an_account_is_taken_over_whole
                r5_4_a_taken_name_refuses_its_row_alone
                a_batch_is_taken_over_in_its_order
                r5_4_a_batch_can_be_taken_over_again
                accounts_are_read_out_with_their_hashes
                two_imports_of_one_file_take_each_account_once
            }
            signing_keys {
                keys_are_read_back_whole_in_the_order_of_use
                r5_4_of_two_rotations_at_once_one_wins
                an_id_is_given_once
                r5_4_a_key_is_retired_once_and_forgotten
                a_key_is_sealed_anew_if_it_is_as_expected
            }
            services {
                a_service_is_added_and_found_by_its_secret
                a_name_is_one_services
                a_service_is_removed_once
                services_are_listed_by_name
                of_two_services_of_one_name_one_is_added
            }
            mailed_links {
                r2_6_of_two_sign_ups_of_an_address_one_is_activated
                a_taken_name_spends_no_token
                r2_6_a_pending_account_is_activated_once
                r2_6_of_two_resets_at_once_one_wins
                r2_6_a_reset_expects_the_state_it_was_judged_from
                a_new_password_makes_links_void
                r2_6_an_email_changes_where_it_is_free
                of_two_that_want_one_address_one_gets_it
            }
            one_time_tokens {
                a_token_is_read_back_whole_until_its_end
                a_holder_has_few_outstanding_tokens
                a_token_is_issued_once_and_for_somebody
                a_token_is_renewed_if_it_is_as_expected
                a_token_is_spent_only_by_what_it_is
                a_token_starts_one_session
            }
            limiting {
                one_session_too_many_ends_the_oldest
                a_lower_limit_ends_as_many_as_it_takes
                only_live_sessions_count
                a_lost_start_makes_no_room
                sign_ins_at_once_leave_no_more_than_the_limit
            }
            own_accounts {
                a_changed_password_keeps_the_session_it_was_changed_in
                what_was_confirmed_has_to_hold_still
                a_deleted_account_leaves_its_ids_alone
                a_deleted_account_is_gone_for_every_effect
                r2_6_the_last_administrator_is_not_deleted
                no_session_survives_a_deletion
                an_accounts_events_are_read_page_by_page
            }
            secret_marks {
                a_node_with_another_secret_is_told_so
                a_rotated_secret_takes_the_place_of_the_one_before
                an_operator_can_put_another_mark_in_its_place
                of_two_first_secrets_one_is_kept
            }
            racing {
                r1_5_of_two_concurrent_refreshes_one_wins
                r1_5_of_sixty_four_refreshes_of_one_session_one_wins
                commands_on_one_session_are_all_answered
                i5_no_refresh_succeeds_after_an_acknowledged_end
                i5_no_session_survives_a_suspension
                a_lost_neighbour_fails_nobody
                many_sessions_rotate_at_once
                a_write_is_carried_through_when_the_requester_hangs_up
                one_name_is_given_to_one_of_many
            }
        );
    };
    (@modules $make:ident, $block_on:ident, $($module:ident { $($behaviour:ident)+ })+) => {
        $(mod $module {
            $(#[test]
            fn $behaviour() {
                super::$block_on(async { $crate::suite::$module::$behaviour(&super::$make().await).await });
            })+
        })+
    };
}
