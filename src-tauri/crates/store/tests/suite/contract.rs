//! The store and its vault keep what each of their ports promises.

use crate::support::Profile;

hub_testkit::connection_store!(Profile::new());
hub_testkit::field_store!(Profile::new());
hub_testkit::job_store!(Profile::new());
hub_testkit::mirror_store!(Profile::new());
hub_testkit::outbox_store!(Profile::new());
hub_testkit::plan_store!(Profile::new());
hub_testkit::raw_reader!(Profile::new());
hub_testkit::request_budget!(Profile::new());
hub_testkit::secret_store!(Profile::new());
hub_testkit::source_store!(Profile::new());

#[test]
fn inv_37_no_minute_and_no_hour_above_the_limit() {
    hub_testkit::budget::inv_37_no_minute_and_no_hour_above_the_limit(Profile::new);
}

#[test]
fn inv_37_a_crm_that_is_down_is_tried_once_at_a_time_and_ever_less_often() {
    hub_testkit::budget::inv_37_a_crm_that_is_down_is_tried_once_at_a_time_and_ever_less_often(Profile::new);
}

#[test]
fn inv_12_16_20_24_29_each_operation_once_whatever_happens() {
    hub_testkit::outbox_law::inv_12_16_20_24_29_each_operation_once_whatever_happens(Profile::new);
}
