//! The scheduler's scenarios, each named by the behaviour that it holds, as one program: they are linked once, and wait side by side.
//! One of them alone: `cargo test -p scheduler --test scenarios mails::`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

mod a_township_plans;
mod accounts;
mod agreements;
mod api_description;
mod areas_and_terminals;
mod around_midnight;
mod asked;
mod asking_in;
mod bad_input;
mod booking_a_session;
mod bookings_keep_hours;
mod bookings_reach_rooms;
mod case_queue;
mod cases;
mod changes_are_told;
mod changing_a_series;
mod changing_a_session;
mod class_attendance;
mod consents;
mod county;
mod devices;
mod ending_a_session;
mod finding_areas;
mod finding_slots;
mod guests;
mod holding_a_slot;
mod holds_and_bookings;
mod importing_a_table;
mod invariants_hold;
mod joining_a_session;
mod keeping_the_register;
mod killed;
mod killed_in_a_change;
mod killed_while_booking;
mod killed_while_holding;
mod killed_while_reminding;
mod lines_are_booked;
mod lines_come_by_table;
mod logging_in;
mod mails;
mod materials;
mod minors_are_not_alone;
mod names_of_people_and_places;
mod no_double_booking;
mod on_postgresql;
mod opinions;
mod outbox;
mod paired;
mod post;
mod reading_the_directory;
mod reads_are_audited;
mod receipts_are_kept;
mod receiver;
mod receptions;
mod reminders;
mod requests_are_paced;
mod roles_are_given;
mod sending_twice;
mod series_keep_hours;
mod series_of_sessions;
mod setting_up;
mod single_sign_on;
mod starting;
mod terminals_and_interpreters_are_booked;
mod the_demo_county;
mod visitor;
mod webhooks;
mod webhooks_are_kept;
mod weeks;
mod what_is_there_is_not_sent_again;
mod who_sees_recordings;
