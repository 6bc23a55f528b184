//! However holds, bookings, cancellations and the clock follow on each other: the answers are those of a small model, and no two
//! claims that count ever overlap.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::database::pool_in;
use crate::county::{County, NOW_S, consultation};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use reqwest::{Method, StatusCode};
use scheduler::Config;
use serde_json::{Value, json};

const SPECIALISTS: [&str; 2] = ["dr-wang", "dr-chen"];
const DOCTORS: [&str; 2] = ["dr-li", "dr-zhao"];

#[derive(Debug, Clone)]
enum Step {
    Hold {
        who: (usize, usize),
        quarter: u64,
        quarters: u64,
        seconds: u64,
    },
    /// The hold that was made so many before the last one.
    Release(usize),
    Extend(usize, u64),
    Book {
        who: (usize, usize),
        quarter: u64,
        quarters: u64,
        over: Option<usize>,
    },
    /// The session that was booked so many before the last one.
    Cancel(usize),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let wish = || ((0usize..2, 0usize..2), 0u64..10, 1u64..4);
    prop_oneof![
        5 => (wish(), 60u64..900).prop_map(|((who, quarter, quarters), seconds)| Step::Hold { who, quarter, quarters, seconds }),
        1 => (0usize..3).prop_map(Step::Release),
        1 => ((0usize..3), 60u64..900).prop_map(|(back, seconds)| Step::Extend(back, seconds)),
        5 => (wish(), prop::option::of(0usize..3)).prop_map(|((who, quarter, quarters), over)| Step::Book { who, quarter, quarters, over }),
        1 => (0usize..3).prop_map(Step::Cancel),
        2 => (1u64..400).prop_map(Step::Wait),
    ]
}

/// Something that is taken, until a second if it is only held.
#[derive(Debug)]
struct Taken {
    id: String,
    who: [&'static str; 2],
    from: u64,
    to: u64,
    made: u64,
    until: Option<u64>,
}

#[derive(Debug, Default)]
struct Model {
    now: u64,
    taken: Vec<Taken>,
    holds: Vec<String>,
    sessions: Vec<String>,
}

impl Model {
    fn counts(&self, it: &Taken) -> bool {
        it.until.is_none_or(|until| until > self.now)
    }

    fn hold(&self, id: &str) -> Option<usize> {
        self.taken.iter().position(|it| it.id == id && it.until.is_some() && self.counts(it))
    }

    /// Whether both are free then, but for one hold.
    fn is_free(&self, who: [&str; 2], (from, to): (u64, u64), but: Option<&str>) -> bool {
        !self.taken.iter().any(|it| {
            self.counts(it)
                && Some(it.id.as_str()) != but
                && it.from < to
                && from < it.to
                && it.who.iter().any(|id| who.contains(id))
        })
    }
}

fn back(list: &[String], back: usize) -> Option<&String> {
    list.iter().rev().nth(back)
}

fn wish(who: [&str; 2], (from, to): (u64, u64)) -> Value {
    let time =
        |at: u64| jiff::Timestamp::from_second(i64::try_from(at).unwrap()).unwrap().to_string();
    let mut wish = consultation(&time(from), &time(to));
    wish["participants"][0]["personId"] = json!(who[0]);
    wish["participants"][1]["personId"] = json!(who[1]);
    wish["roomIds"] = json!([]);
    wish
}

fn people((specialist, doctor): (usize, usize)) -> [&'static str; 2] {
    [SPECIALISTS[specialist], DOCTORS[doctor]]
}

fn during(quarter: u64, quarters: u64) -> (u64, u64) {
    let from = NOW_S + 86_400 + quarter * 900;
    (from, from + quarters * 900)
}

async fn follow_hold(
    county: &County,
    model: &mut Model,
    who: [&'static str; 2],
    (from, to): (u64, u64),
    seconds: u64,
) {
    let mut asked = wish(who, (from, to));
    asked.as_object_mut().unwrap().retain(|name, _| name != "title" && name != "recording");
    asked["seconds"] = json!(seconds);
    let (status, body) = county.post("scheduler", "/api/v1/holds", &asked).await;
    if !model.is_free(who, (from, to), None) {
        assert_eq!(status, StatusCode::CONFLICT, "{body}");
        return;
    }
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let id = body["id"].as_str().unwrap().to_owned();
    let until = Some(model.now + seconds);
    model.taken.push(Taken { id: id.clone(), who, from, to, made: model.now, until });
    model.holds.push(id);
}

async fn follow_booking(
    county: &County,
    model: &mut Model,
    who: [&'static str; 2],
    (from, to): (u64, u64),
    over: Option<usize>,
) {
    let over = over.and_then(|n| back(&model.holds, n).cloned());
    let mut asked = wish(who, (from, to));
    if let Some(hold) = &over {
        asked["holdId"] = json!(hold);
    }
    let (status, body) = county.book(&asked).await;
    let live = over.as_ref().is_none_or(|id| model.hold(id).is_some());
    if !live {
        assert_eq!(status, StatusCode::GONE, "{body}");
    } else if model.is_free(who, (from, to), over.as_deref()) {
        assert_eq!(status, StatusCode::CREATED, "{body}");
        model.taken.retain(|it| Some(&it.id) != over.as_ref());
        let id = body["id"].as_str().unwrap().to_owned();
        model.taken.push(Taken { id: id.clone(), who, from, to, made: model.now, until: None });
        model.sessions.push(id);
    } else {
        assert_eq!(status, StatusCode::CONFLICT, "{body}");
    }
}

async fn follow(county: &County, model: &mut Model, step: Step) {
    match step {
        Step::Hold { who, quarter, quarters, seconds } => {
            follow_hold(county, model, people(who), during(quarter, quarters), seconds).await;
        }
        Step::Book { who, quarter, quarters, over } => {
            follow_booking(county, model, people(who), during(quarter, quarters), over).await;
        }
        Step::Release(n) => {
            let Some(id) = back(&model.holds, n).cloned() else { return };
            let request = county.by("scheduler", Method::DELETE, &format!("/api/v1/holds/{id}"));
            assert_eq!(request.send().await.unwrap().status(), StatusCode::NO_CONTENT);
            if let Some(at) = model.hold(&id) {
                model.taken.remove(at);
            }
        }
        Step::Extend(n, seconds) => {
            let Some(id) = back(&model.holds, n).cloned() else { return };
            let path = format!("/api/v1/holds/{id}/extend");
            let (status, body) =
                county.post("scheduler", &path, &json!({ "seconds": seconds })).await;
            let Some(at) = model.hold(&id) else {
                assert_eq!(status, StatusCode::GONE, "{body}");
                return;
            };
            assert_eq!(status, StatusCode::OK, "{body}");
            let until = (model.now + seconds).min(model.taken[at].made + 1_800);
            model.taken[at].until = model.taken[at].until.max(Some(until));
        }
        Step::Cancel(n) => {
            let Some(id) = back(&model.sessions, n).cloned() else { return };
            let path = format!("/api/v1/sessions/{id}/cancel");
            assert_eq!(county.post("scheduler", &path, &json!({})).await.0, StatusCode::OK);
            model.taken.retain(|it| it.id != id);
        }
        Step::Wait(seconds) => {
            model.now += seconds;
            county.set_clock(model.now);
        }
    }
}

/// Pairs of claims on one resource that count at this time and share a second.
async fn overlaps(county: &County, now: u64) -> i64 {
    let pool = pool_in(county.folder.as_ref().unwrap().path()).await;
    let counted = sqlx::query_scalar(
        "WITH live AS (SELECT claim.* FROM claim LEFT JOIN hold ON hold.id = claim.hold_id
                       WHERE state = 'confirmed' OR state = 'held' AND hold.until_s > $1)
         SELECT count(*) FROM live a JOIN live b ON a.id < b.id AND a.resource_kind = b.resource_kind
           AND a.resource_id = b.resource_id AND a.starts_s < b.ends_s AND b.starts_s < a.ends_s",
    );
    let counted = counted.bind(i64::try_from(now).unwrap()).fetch_one(&pool).await.unwrap();
    pool.close().await;
    counted
}

#[test]
fn any_history_of_holds_and_bookings_goes_as_the_model_says() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config =
        ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    // The same histories at each run.
    let chance = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let histories = prop::collection::vec(step(), 1..80);
    let ran = TestRunner::new_with_rng(config, chance).run(&histories, |history| {
        runtime.block_on(async {
            let config = Config { holds_of_person_max: 100, ..Config::default() };
            let county = County::start_with(config).await;
            let mut model = Model { now: NOW_S, ..Model::default() };
            for step in history {
                follow(&county, &mut model, step).await;
            }
            assert_eq!(overlaps(&county, model.now).await, 0);
            let held = model.taken.iter().filter(|it| it.until.is_some() && model.counts(it)).count();
            let booked = model.taken.iter().filter(|it| it.until.is_none()).count();
            let pool = pool_in(county.folder.as_ref().unwrap().path()).await;
            let count = async |text: &'static str| {
                let counted = sqlx::query_scalar::<_, i64>(text).bind(i64::try_from(model.now).unwrap());
                usize::try_from(counted.fetch_one(&pool).await.unwrap()).unwrap()
            };
            assert_eq!(count("SELECT count(*) FROM hold WHERE until_s > $1").await, held);
            let sessions = "SELECT count(*) FROM session WHERE booked_by <> 'demo' AND state = 'scheduled' AND $1 > 0";
            assert_eq!(count(sessions).await, booked);
            pool.close().await;
        });
        Ok(())
    });
    ran.unwrap();
}
