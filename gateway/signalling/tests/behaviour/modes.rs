//! What a listener's mode and its data budget leave of what it asks for, and what it is told of that.

use std::collections::BTreeMap;
use std::time::Duration;

use media::Layer;
use proptest::prelude::*;
use serde_json::json;
use session::{DataBudget, Megabytes, Mode, Own};
use signalling::effect::Effect;
use signalling::input::Input;
use signalling::words::message::{Message, Refusal};
use signalling::words::request::{Request, TrackSettings};
use signalling::words::stream::Asks;
use signalling::words::usage::Used;

use crate::streams::Ward;
use crate::world::Client;

const SMALL: Asks = Asks { top: Some(Layer(0)), frames_per_second: 15, priority: 0 };

fn budget(session: u64, used: u64) -> Own {
    let of = |bytes| Some(Megabytes::of_bytes(bytes));
    let budget = DataBudget { session: of(session), month_left: None, used: of(used) };
    Own { data_budget: Some(budget), ..Own::default() }
}

impl Ward {
    /// The listener's client sets the attribute `mode`; what it is answered.
    fn choose(&mut self, mode: &str) -> (Refusal, String) {
        let attributes = BTreeMap::from([("mode".to_owned(), mode.to_owned())]);
        let (name, metadata) = (String::new(), String::new());
        let ask = Request::Describe { request: 7, name, metadata, attributes };
        self.world.request(self.listener, ask);
        let said = self.world.heard(self.listener.signal).into_iter();
        let mut answers = said.filter_map(|it| match it {
            Message::Response { request: 7, refusal, text } => Some((refusal, text)),
            _ => None,
        });
        answers.next().expect("it is answered")
    }

    /// A second in which the listener uses so many bytes.
    fn second(&mut self, bytes: u64) {
        self.world.now += Duration::from_secs(1);
        for client in [self.doctor, self.listener] {
            self.accept(client);
        }
        let used = Used { room: "ward".into(), identity: "listener".into(), bytes };
        self.world.give(Input::Used(&[used]));
        self.world.give(Input::Tick);
    }

    /// Whether picture and voice are asked for of the forwarding core.
    fn comes(&self) -> (bool, bool) {
        let comes = |track| self.subscribed(track).asks.top.is_some();
        (comes(self.camera), comes(self.voice))
    }

    /// What the forwarding core was last told of the picture since this was asked.
    fn wanted(&mut self) -> Option<Option<Layer>> {
        let camera = self.camera;
        let mut wants =
            std::mem::take(&mut self.world.others).into_iter().filter_map(|it| match it {
                Effect::Want { track, top, .. } if track == camera => Some(top),
                _ => None,
            });
        wants.next_back()
    }
}

#[test]
fn each_mode_leaves_what_it_has_and_the_core_is_told_at_once() {
    let mut ward = Ward::with(None);
    assert_eq!(ward.comes(), (true, true));
    for (mode, comes) in [
        ("voice", (false, true)),
        ("stills", (false, false)),
        ("slides", (false, true)),
        ("small", (true, true)),
        ("full", (true, true)),
    ] {
        assert_eq!(ward.choose(mode), (Refusal::None, String::new()));
        assert_eq!(ward.comes(), comes, "{mode}");
    }
    ward.choose("voice");
    assert_eq!(ward.wanted(), Some(None));
    ward.choose("small");
    assert_eq!(ward.wanted(), Some(Some(Layer(0))));
    assert_eq!(ward.subscribed(ward.camera).asks, SMALL);
    ward.choose("");
    assert_eq!(ward.subscribed(ward.camera).asks, Asks::ALL, "the choice is taken back");
}

#[test]
fn a_pause_by_choice_is_told_with_its_reason_and_its_end() {
    let mut ward = Ward::with(None);
    let sid = ward.camera_sid.clone();
    ward.choose("voice");
    ward.world.later(1);
    let (words, packets) = ward.told();
    assert_eq!(words, [(sid.clone(), true)], "a stock client is told as well");
    let word = json!({ "track": sid, "state": "paused", "reason": "mode", "side": "yours" });
    assert_eq!(packets, [json!({ "streams": [word] })]);
    ward.choose("full");
    ward.world.later(2);
    let word = json!({ "track": sid, "state": "whole", "reason": null, "side": null });
    assert_eq!(ward.told().1, [json!({ "streams": [word] })]);
}

#[test]
fn an_unknown_mode_and_one_above_the_tokens_are_refused_with_what_there_is() {
    let own = Own { mode: Some(Mode::Voice), mode_most: Some(Mode::Slides), ..Own::default() };
    let mut ward = Ward::with(Some(own));
    assert_eq!(ward.comes(), (false, true), "the token's mode is what it begins with");
    let (refusal, text) = ward.choose("hd");
    assert_eq!(refusal, Refusal::Invalid);
    assert!(text.contains("full, small, slides, voice, stills"), "{text}");
    let (refusal, text) = ward.choose("small");
    assert_eq!(refusal, Refusal::NotAllowed);
    assert!(text.contains("`slides`"), "{text}");
    assert_eq!(ward.choose("slides").0, Refusal::None);
    assert_eq!(ward.choose("stills").0, Refusal::None);
    assert_eq!(ward.comes(), (false, false));
}

#[test]
fn who_may_not_describe_itself_may_choose_its_mode_and_nothing_else() {
    let mut ward = Ward::with(None);
    let listener = ward.listener;
    let describe = |ward: &mut Ward, attributes: &[(&str, &str)]| {
        let attributes =
            attributes.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let (name, metadata) = (String::new(), String::new());
        let ask =
            Request::Describe { request: 1, name, metadata, attributes: attributes.collect() };
        ward.world.request(listener, ask);
    };
    describe(&mut ward, &[("mode", "voice"), ("role", "lead_teacher")]);
    assert_eq!(ward.comes(), (true, true), "all of it or nothing");
    describe(&mut ward, &[("mode", "small")]);
    ward.second(0);
    let people = ward.world.told_of(listener.signal);
    let attributes =
        people.into_iter().rev().find(|it| it.identity == "listener").unwrap().attributes;
    assert_eq!(attributes, [("mode".to_owned(), "small".to_owned())].into());
}

#[test]
fn a_view_that_changes_asks_for_no_more_than_the_mode_has() {
    let mut ward = Ward::with(None);
    ward.choose("voice");
    let tracks = vec![ward.camera_sid.clone()];
    let settings = TrackSettings { width: 4_000, priority: 1, tracks, ..<_>::default() };
    ward.world.request(ward.listener, Request::Settings(settings));
    assert_eq!(ward.comes(), (false, true));
    ward.choose("full");
    assert_eq!(ward.subscribed(ward.camera).asks.priority, 1);
}

#[test]
fn a_data_budget_steps_down_says_so_and_takes_sound_at_its_end_alone() {
    let mut ward = Ward::with(Some(budget(1_000_000, 0)));
    ward.second(0);
    let told = ward.packets("mode").pop().unwrap();
    assert_eq!(
        (&told["mode"], &told["leftBytes"], &told["reason"]),
        (&json!("full"), &json!(1_000_000), &json!(null))
    );
    ward.second(810_000);
    assert_eq!(ward.subscribed(ward.camera).asks, SMALL);
    let told = ward.packets("mode").pop().unwrap();
    assert_eq!(
        (&told["mode"], &told["chosen"], &told["reason"]),
        (&json!("small"), &json!("full"), &json!("budget"))
    );
    assert_eq!((&told["usedBytes"], &told["budgetBytes"]), (&json!(810_000), &json!(1_000_000)));
    ward.second(140_000);
    assert_eq!(ward.comes(), (false, true));
    ward.second(40_000);
    assert_eq!((ward.comes(), ward.world.counted("data_budget_out")), ((false, true), 0));
    ward.second(10_000);
    assert_eq!((ward.comes(), ward.world.counted("data_budget_out")), ((false, false), 1));
    let told = ward.packets("mode").pop().unwrap();
    assert_eq!((&told["mode"], &told["leftBytes"]), (&json!("stills"), &json!(0)));
}

#[test]
fn what_is_used_is_told_every_five_seconds_and_without_a_budget_not_at_all() {
    let mut ward = Ward::with(Some(budget(1_000_000_000, 0)));
    (0..60).for_each(|_| ward.second(1_000));
    let told = ward.packets("mode").len();
    assert!((11..=13).contains(&told), "{told}");
    let mut ward = Ward::with(None);
    (0..60).for_each(|_| ward.second(1_000));
    assert_eq!(ward.packets("mode").len(), 1, "its mode, as it comes in");
}

#[test]
fn what_was_used_survives_a_rejoin_a_resume_and_rides_in_the_renewed_token() {
    let mut ward = Ward::with(Some(budget(1_000_000, 0)));
    ward.second(960_000);
    assert_eq!(ward.world.core.count(), (1, 2));
    ward.world.give(Input::SignalLost(ward.listener.signal));
    let back = ward.world.knock("listener", |_| {}, Some(""));
    ward.listener = Client { signal: back, ..ward.listener };
    ward.second(0);
    assert_eq!(ward.comes(), (false, true), "a resume");
    let token = session::AccessToken { own: ward.world.own.clone(), ..<_>::default() };
    ward.world.others.clear();
    ward.world.give(Input::Renew(back, Box::new(token)));
    let renewed = ward.world.others.iter().find_map(|it| match it {
        Effect::Renewed(token) => token.own.clone()?.data_budget?.used,
        _ => None,
    });
    assert_eq!(renewed.map(Megabytes::bytes), Some(960_000));
    let again = ward.world.there("listener");
    ward.world.give(Input::Used(&[]));
    let ears = ward.world.ears(again);
    assert!(ward.world.core.subscribed(ears).all(|it| it.asks.top.is_none()), "nothing flows yet");
    let mut elsewhere = Ward::with(Some(budget(1_000_000, 960_000)));
    elsewhere.second(0);
    assert_eq!(elsewhere.comes(), (false, true), "another gateway reads it in the token");
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![prop::sample::select(Mode::ALL).prop_map(|mode| mode.to_string()), "[a-z]{0,6}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever is chosen and used, in any order: what is asked for of the forwarding core fits the mode that the page is
    /// told, and the mode never allows more than was chosen.
    #[test]
    fn what_is_sent_fits_the_mode(steps in prop::collection::vec((word(), 0_u64..200_000), 1..60)) {
        let mut ward = Ward::with(Some(budget(2_000_000, 0)));
        let mut chosen = Mode::Full;
        for (word, bytes) in steps {
            if ward.choose(&word).0 == Refusal::None {
                chosen = word.parse().unwrap_or_default();
            }
            ward.second(bytes);
            ward.second(0);
            if let Some(told) = ward.packets("mode").pop() {
                let mode: Mode = serde_json::from_value(told["mode"].clone()).unwrap();
                prop_assert!(mode >= chosen);
                let (picture, sound) = (ward.subscribed(ward.camera).asks, ward.subscribed(ward.voice).asks);
                prop_assert_eq!(sound.top.is_some(), mode.has_sound());
                match mode {
                    Mode::Full => prop_assert_eq!(picture, Asks::ALL),
                    Mode::Small => prop_assert_eq!(picture, SMALL),
                    _ => prop_assert_eq!(picture.top, None),
                }
            }
        }
    }
}
