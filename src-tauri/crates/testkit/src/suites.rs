//! The macros that make tests of a suite: the list of its promises, and nothing else.

/// Declares a macro for each suite of blocking promises.
macro_rules! suites {
    ($d:tt $($(#[doc = $doc:literal])* $suite:ident in $module:ident { $($promise:ident),+ $(,)? })*) => {$(
        $(#[doc = $doc])*
        #[macro_export]
        macro_rules! $suite {
            ($d place:expr) => {
                mod $suite {
                    use super::*;
                    $(
                        #[test]
                        fn $promise() {
                            $d crate::$module::$promise(&$d place);
                        }
                    )+
                }
            };
        }
    )*};
}

/// The same for promises that are waited for.
macro_rules! async_suites {
    ($d:tt $($(#[doc = $doc:literal])* $suite:ident in $module:ident { $($promise:ident),+ $(,)? })*) => {$(
        $(#[doc = $doc])*
        #[macro_export]
        macro_rules! $suite {
            ($d place:expr) => {
                mod $suite {
                    use super::*;
                    $(
                        #[tokio::test]
                        async fn $promise() {
                            $d crate::$module::$promise(&$d place).await;
                        }
                    )+
                }
            };
        }
    )*};
}

suites! { $
    /// One test of each promise of a `ConnectionStore`, over a [`Shelf`](crate::Shelf).
    connection_store in connections {
        a_connection_comes_back_as_it_was_and_only_to_its_supplier,
        a_mapping_keeps_its_order_and_counts_its_changes,
        consents_and_settings_are_kept,
    }
    /// One test of each promise of a `FieldStore`, over a [`Shelf`](crate::Shelf).
    field_store in fields {
        a_rename_changes_the_label_and_keeps_the_choice,
        choices_and_rules_are_stored_together_or_not_at_all,
        a_field_is_made_when_an_approved_record_needs_it_and_once,
        the_name_that_wedsync_gave_takes_the_place_of_the_planned_one,
    }
    /// One test of each promise of a `JobStore`, over a [`Shelf`](crate::Shelf).
    job_store in jobs {
        inv_31_one_job_at_a_time_but_an_upload_beside_a_waiting_review,
        a_job_tells_when_it_ran_and_its_orphans_are_found_after_a_crash,
        events_are_numbered_without_gaps,
    }
    /// One test of each promise of a `MirrorStore`, over a [`Shelf`](crate::Shelf).
    mirror_store in mirror {
        clients_are_found_by_the_beginnings_of_names_and_emails_and_by_the_day,
        projections_follow_the_primary_person_and_the_next_wedding,
        a_party_is_found_by_any_of_its_keys_until_it_is_linked_or_gone,
        an_older_record_is_passed_over_and_a_full_list_ends_what_it_does_not_mention,
    }
    /// One test of each promise of an `OutboxStore`, over a [`Shelf`](crate::Shelf).
    outbox_store in outbox {
        an_approved_unit_goes_up_is_linked_and_reads_back,
        inv_24_children_go_after_their_parents_and_one_op_per_record,
        inv_29_a_cut_batch_is_the_same_bytes_after_a_crash_and_is_never_cut_again,
        inv_12_answering_a_batch_twice_is_answering_it_once,
        inv_12_an_operation_is_queued_once_however_often_it_is_applied,
        a_refused_parent_holds_its_children_and_takes_them_out_of_the_book,
        inv_36_undo_leaves_the_book_as_it_was_before_the_upload,
        undoing_a_link_takes_the_reference_back_and_leaves_the_record,
        moved_units_ask_again_and_the_rest_goes,
        a_plan_stands_until_something_that_plans_are_made_from_is_written,
        inv_16_a_conflict_shows_wedsyncs_record_and_moves_the_unit_but_not_the_base,
        a_canonical_id_takes_the_place_of_ours_everywhere,
        f36_references_of_another_account_are_refused,
    }
    /// One test of each promise of a `PlanStore`, over a [`Shelf`](crate::Shelf).
    plan_store in plans {
        appointments_stand_apart_from_clients,
        the_review_list_filters_sorts_searches_and_pages,
        every_row_stands_under_the_heading_that_its_kind_and_state_say,
        decisions_are_kept_remembered_and_superseded,
    }
    /// One test of each promise of a `SourceStore`, over a [`Shelf`](crate::Shelf).
    source_store in source {
        inv_27_a_page_and_its_checkpoint_are_durable_together,
        inv_04_repeated_ids_are_counted_and_order_or_spacing_is_no_change,
        inv_03_absent_is_missing_only_after_two_proved_snapshots_of_one_scope,
        a_dropped_snapshot_counts_from_the_start,
        inv_27_a_watermark_is_kept_until_it_is_forgotten,
        inv_03_a_record_that_is_said_to_be_deleted_is_and_no_other,
        staging_is_scratch_and_an_allotted_id_stays_with_its_source,
    }
    /// One test of each promise of a `RawReader`, over a [`RawPile`](crate::RawPile).
    raw_reader in raw {
        a_scan_is_in_id_order_and_goes_on_after_an_id,
        records_are_found_by_id_and_by_parent,
        a_stream_that_was_not_read_is_empty,
    }
    /// One test of each promise of a `SecretStore`, over a [`Safe`](crate::Safe).
    secret_store in secrets {
        secrets_are_replaced_and_removed,
        inv_38_a_secret_is_durable_when_it_is_put,
        a_secret_comes_back_byte_for_byte,
    }
    /// One test of each promise of a `RequestBudget`, over [`Budgets`](crate::Budgets).
    request_budget in budget {
        a_wait_ends_when_the_oldest_leaves,
        retry_after_is_obeyed_after_a_restart_too,
        a_request_that_has_to_wait_is_not_counted,
        a_crm_that_is_down_is_known_after_a_restart_and_apart_from_other_accounts,
        f19_a_limit_that_somebody_else_uses_too_is_lowered_for_its_window,
    }
}

async_suites! { $
    /// One test of each promise of a `CloudApi`, over a [`CloudStand`](crate::CloudStand).
    cloud_api in cloud {
        the_account_says_who_is_signed_in_and_what_they_may,
        inv_12_the_same_bytes_twice_are_applied_once,
        inv_20_a_lost_answer_is_in_doubt_and_the_same_bytes_find_it_applied,
        inv_24_a_child_of_a_rejected_parent_is_rejected_and_left_out,
        the_full_list_hands_over_to_the_feed_and_then_there_is_silence,
        inv_43_suppliers_do_not_see_each_other,
        inv_31_one_device_at_a_time_and_a_stale_one_is_fenced,
        inv_31_a_lease_that_is_given_back_is_free_at_once_and_its_token_writes_no_more,
        a_custom_field_is_made_once_however_often_it_is_asked,
        a_failure_names_its_code_its_sentence_and_its_source,
    }
    /// One test of each promise of a `Connector`, over a [`CrmStand`](crate::CrmStand).
    connector in connector {
        inv_04_each_list_is_read_whole_and_each_record_once,
        inv_29_a_page_is_read_again_from_its_cursor,
        counts_cost_one_request_each,
        inv_27_what_changed_since_ever_is_everything_and_since_tomorrow_nothing,
        the_budget_of_a_preview_is_kept_even_when_it_is_far_too_small,
        inv_34_looking_at_a_crm_writes_nothing,
        inv_39_a_refused_key_is_a_sign_in_and_no_data,
        inv_13_parties_do_not_depend_on_the_order_of_arrival,
    }
    /// One test of each promise of a `CrmWriter`, over a [`WriteStand`](crate::WriteStand).
    crm_writer in writer {
        a_new_person_is_made_and_read_back,
        inv_20_a_new_person_is_made_once_despite_lost_replies,
        inv_20_what_did_not_arrive_is_made_after_all_where_that_can_be_told,
        inv_23_somebody_with_this_address_already_waits_for_a_person,
        a_change_writes_what_it_changes_and_nothing_else,
        inv_01_f16_a_stale_change_writes_nothing_and_shows_what_is_there,
        inv_20_a_change_whose_reply_was_lost_is_read_and_not_sent_again,
        inv_16_f54_f60_what_is_stored_otherwise_is_read_back,
        f61_a_refused_value_is_told_and_changes_nothing,
        inv_07_a_field_is_emptied_where_the_crm_can_and_refused_where_not,
        what_has_no_place_is_refused_before_any_request,
        inv_31_no_write_leaves_with_less_than_thirty_seconds_of_the_lease,
        inv_39_a_sign_in_that_ended_writes_nothing,
        f13_a_limit_is_waited_for,
        what_is_gone_is_told_and_never_made_again,
        writes_of_one_account_go_one_after_the_other,
        inv_20_each_operation_at_most_once_under_random_faults,
    }
    /// One test of each promise of a `Connector` that reads appointments out of a file, over a
    /// [`CrmStand`](crate::CrmStand) with its bytes.
    calendar_file in connector {
        inv_04_each_list_is_read_whole_and_each_record_once,
        inv_29_a_page_is_read_again_from_its_cursor,
        inv_13_appointments_do_not_depend_on_the_order_of_arrival,
        each_appointment_is_handed_over_once_with_its_source_and_its_day,
        inv_34_reading_a_file_leaves_it_as_it_is,
    }
    /// One test of each promise of a `Connector` that reads appointments without a client, over a
    /// [`CrmStand`](crate::CrmStand).
    calendar in connector {
        inv_04_each_list_is_read_whole_and_each_record_once,
        counts_cost_one_request_each,
        inv_27_what_changed_since_ever_is_everything_and_since_tomorrow_nothing,
        the_budget_of_a_preview_is_kept_even_when_it_is_far_too_small,
        inv_34_looking_at_a_crm_writes_nothing,
        inv_39_a_refused_key_is_a_sign_in_and_no_data,
        inv_13_appointments_do_not_depend_on_the_order_of_arrival,
        each_appointment_is_handed_over_once_with_its_source_and_its_day,
    }
}

#[cfg(test)]
mod tests {
    /// A promise that nobody lists would be shown by nobody.
    #[test]
    fn every_promise_is_in_the_list_of_its_suite() {
        let list = include_str!("suites.rs");
        for source in [
            include_str!("budget.rs"),
            include_str!("cloud.rs"),
            include_str!("connections.rs"),
            include_str!("connector.rs"),
            include_str!("fields.rs"),
            include_str!("jobs.rs"),
            include_str!("mirror.rs"),
            include_str!("outbox.rs"),
            include_str!("plans.rs"),
            include_str!("raw.rs"),
            include_str!("secrets.rs"),
            include_str!("source.rs"),
            include_str!("writer.rs"),
        ] {
            let promises = source.lines().filter_map(|line| {
                let line = line.strip_prefix("pub async fn ").or_else(|| line.strip_prefix("pub fn "))?;
                line.split_once('(').map(|(name, _)| name)
            });
            for promise in promises.filter(|name| !name.contains('<')) {
                assert!(list.contains(&format!("        {promise},\n")), "{promise} is in no suite");
            }
        }
    }
}
