//! Areas are loaded from a list and found by name, by pinyin, by first letters and by code.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::county::County;
use crate::county::database::config_in;
use reqwest::StatusCode;
use scheduler::{Config, LoadError, LoadedAreas, load_areas};

const LIST: &str = "50\t重庆市\n61\t陕西省\n6105\t渭南市\n610527\t白水县\n610527100\t城关街道\n\
    610527100001\t北塬村委会\n610527101\t尧禾镇\n610528\t富平县\n610528001\t城关街道\n";

async fn load(county: &County, list: &str, within: Option<&str>) -> Result<LoadedAreas, LoadError> {
    let folder = county.folder.as_ref().unwrap().path();
    load_areas(&config_in(folder, Config::default()).await, list.as_bytes(), within).await
}

async fn found(county: &County, query: &str) -> Vec<String> {
    let (status, body) = county.get("dr-chen", &format!("/api/v1/areas?{query}")).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let areas = body["areas"].as_array().unwrap().iter();
    areas.map(|area| area["code"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_area_is_found_by_each_of_its_words_and_says_where_it_lies() {
    let county = County::start().await;
    let loaded = load(&county, LIST, None).await.unwrap();
    assert_eq!(loaded, LoadedAreas { areas: 9, put: 9, gone: 0 });
    for (query, codes) in [
        ("q=白水", vec!["610527"]),
        ("q=baishui", vec!["610527"]),
        ("q=BSX", vec!["610527"]),
        ("q=chong%20qing", vec!["50"]),
        ("q=城关", vec!["610527100", "610528001"]),
        ("q=城关&within=610528", vec!["610528001"]),
        ("q=城关&limit=1", vec!["610527100"]),
        ("q=cg&within=610527", vec!["610527100"]),
        ("q=b&within=610527", vec!["610527", "610527100001"]),
        ("q=6105271&within=610527&limit=2", vec!["610527100", "610527100001"]),
        ("q=baishui&within=610528", vec![]),
        ("q=610527", vec!["610527", "610527100", "610527100001", "610527101"]),
        ("q=nowhere", vec![]),
        ("", vec!["50", "61"]),
        ("within=6105", vec!["610527", "610528"]),
        ("within=6105&after=610527", vec!["610528"]),
        ("within=610527100001", vec![]),
    ] {
        assert_eq!(found(&county, query).await, codes, "{query}");
    }
    let (_, body) = county.get("dr-chen", "/api/v1/areas?q=beiyuan").await;
    let within = &body["areas"][0]["within"];
    assert_eq!(*within, serde_json::json!(["陕西省", "渭南市", "白水县", "城关街道"]));
    for query in ["limit=0", "limit=201", "within=x", "after=1", "within=1234567"] {
        let (status, _) = county.get("dr-chen", &format!("/api/v1/areas?{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn the_same_list_writes_nothing_and_a_new_one_changes_what_differs() {
    let county = County::start().await;
    load(&county, LIST, None).await.unwrap();
    let again = load(&county, LIST, None).await.unwrap();
    assert_eq!(again, LoadedAreas { areas: 9, put: 0, gone: 0 });
    let next = LIST.replace("白水县", "白水市").replace("610528001\t城关街道\n", "");
    let changed = load(&county, &next, None).await.unwrap();
    assert_eq!(changed, LoadedAreas { areas: 8, put: 1, gone: 2 });
    assert_eq!(found(&county, "q=bss").await, ["610527"]);
    assert!(found(&county, "q=bsx").await.is_empty());
    assert_eq!(found(&county, "q=城关").await, ["610527100"]);
    let one = load(&county, LIST, Some("610527")).await.unwrap();
    assert_eq!(one.areas, 6, "a county with what it lies in");
    assert!(found(&county, "q=富平").await.is_empty());
}

#[tokio::test]
async fn a_list_that_is_none_is_told_with_its_line() {
    let county = County::start().await;
    for (list, line) in
        [("50\t重庆市\nx\n", 2), ("61\t陕西省\n50\t重庆市\n", 2), ("50\t重庆市\n50\t重庆市\n", 2)]
    {
        let error = load(&county, list, None).await.unwrap_err();
        assert!(matches!(error, LoadError::List { line: at, .. } if at == line), "{error}");
    }
    let error = load(&county, LIST, Some("7")).await.unwrap_err();
    assert!(matches!(error, LoadError::Within(_)), "{error}");
    assert!(found(&county, "q=重庆").await.is_empty());
}

/// `AREAS=areas.txt cargo test --release -p scheduler --test scenarios finding_areas::measure -- --ignored --nocapture`, with the list of
/// `deploy/areas/make.mjs`, unpacked.
#[tokio::test]
#[ignore = "needs the list of all areas, which is not part of the repository"]
#[expect(clippy::disallowed_methods, clippy::print_stdout, reason = "it measures")]
async fn measure_all_of_china() {
    let list = std::fs::read_to_string(std::env::var("AREAS").unwrap()).unwrap();
    let county = County::start().await;
    let began = std::time::Instant::now();
    let loaded = load(&county, &list, None).await.unwrap();
    println!("{} areas in {:.1} s", loaded.areas, began.elapsed().as_secs_f64());
    assert_eq!(usize::try_from(loaded.areas).unwrap(), list.lines().count());
    for query in
        ["q=城关", "q=d", "q=dong", "q=cgz&within=610527", "q=z&within=61", "q=6105", "q=zzzz"]
    {
        let mut took = Vec::new();
        for _ in 0..20 {
            let asked = std::time::Instant::now();
            found(&county, query).await;
            took.push(asked.elapsed());
        }
        took.sort();
        println!("{query}: median {:.1?}, longest {:.1?}", took[10], took[19]);
    }
}
