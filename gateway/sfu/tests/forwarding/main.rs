//! What the forwarding core does for those who listen: one file a behaviour, then properties over
//! random histories, then a simulated lesson over lossy links.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod history;
mod lesson;
mod line;
mod stage;

mod a_layer_too_large_is_left_at_once;
mod a_starved_layer_is_sent_to_nobody;
mod ends_leave_nothing;
mod feedback_is_kept_by_stream;
mod keyframe_requests_are_merged_and_paced;
mod keyframes_of_one_cost_the_others_little;
mod late_first_packet_of_a_keyframe;
mod layers_are_ordered_by_what_they_are;
mod limits_choose_among_live_layers;
mod newcomers_begin_at_the_last_keyframe;
mod padding_closes_gaps;
mod pause_and_resume;
mod publisher_restart_goes_on;
mod rates_are_measured;
mod reports_follow_the_listeners_clock;
mod resend_uses_the_numbers_that_were_sent;
mod sound_is_heard_once;
mod starts_at_a_keyframe;
mod switches_layers_only_at_keyframes;
mod temporal_layers_are_left_out;
mod the_smaller_of_want_and_allow_is_sent;
mod unknown_ids_do_nothing;

mod properties;
mod scalable;
mod simulation;
