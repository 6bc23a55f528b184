//! Photos and documents of a case come in pieces over a line that breaks, are for who cares for the patient alone, and stand in
//! what is signed.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panic; its names are its documentation"
)]

use crate::asked::Care;
use crate::county::{County, answer, assert_problem};
use reqwest::header::{CONTENT_RANGE, CONTENT_TYPE, RANGE};
use reqwest::{Method, StatusCode};
use scheduler::Config;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A file that begins as a JPEG does.
fn photo(bytes: usize) -> Vec<u8> {
    let noise = (0..bytes).map(|at| u8::try_from(at * 7 % 251).unwrap());
    [0xff, 0xd8, 0xff, 0xe0].into_iter().chain(noise).take(bytes).collect()
}

fn file(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "bytes": bytes.len(), "sha256": sha256(bytes) })
}

/// A photo with its preview, as it is announced.
fn announced(original: &[u8], preview: &[u8]) -> Value {
    let (original, preview) = (file("image/jpeg", original), file("image/jpeg", preview));
    json!({ "kind": "photo", "title": "背部皮疹", "original": original, "preview": preview })
}

impl Care {
    async fn announces(&self, person: &str, material: &Value) -> (StatusCode, Value) {
        self.county.post(person, &self.at("/materials"), material).await
    }

    fn file(&self, material: &Value, part: &str) -> String {
        self.at(&format!("/materials/{}/{part}", material["id"].as_str().unwrap()))
    }

    async fn sends(
        &self,
        person: &str,
        path: &str,
        start: usize,
        piece: &[u8],
    ) -> (StatusCode, Value) {
        let request = self.county.by(person, Method::PATCH, path);
        answer(request.header("Upload-Offset", start.to_string()).body(piece.to_vec())).await
    }

    /// Adds a photo of dr-zhao, whole.
    async fn added(&self, original: &[u8], preview: &[u8]) -> Value {
        let (status, material) = self.announces("dr-zhao", &announced(original, preview)).await;
        assert_eq!(status, StatusCode::CREATED, "{material}");
        for (part, bytes) in [("preview", preview), ("original", original)] {
            let path = self.file(&material, part);
            let (status, told) = self.sends("dr-zhao", &path, 0, bytes).await;
            assert_eq!(
                (status, &told["received"]),
                (StatusCode::OK, &json!(bytes.len())),
                "{told}"
            );
        }
        material
    }

    async fn materials(&self, person: &str) -> Vec<Value> {
        let (status, told) = self.county.get(person, &self.at("/materials")).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        told["materials"].as_array().unwrap().clone()
    }

    /// The bytes of a file from this place on, and the answer's headers.
    async fn reads(&self, person: &str, path: &str, from: usize) -> reqwest::Response {
        let request = self.county.by(person, Method::GET, path);
        let request =
            if from > 0 { request.header(RANGE, format!("bytes={from}-")) } else { request };
        request.send().await.unwrap()
    }
}

#[tokio::test]
async fn a_file_comes_in_pieces_and_goes_on_where_the_line_was_cut() {
    let care = Care::requested().await;
    let (original, preview) = (photo(700_000), photo(40_000));
    let (status, material) = care.announces("dr-zhao", &announced(&original, &preview)).await;
    assert_eq!(status, StatusCode::CREATED, "{material}");
    let path = care.file(&material, "original");
    let (status, told) = care.sends("dr-zhao", &path, 0, &original[..200_000]).await;
    assert_eq!((status, &told["received"]), (StatusCode::OK, &json!(200_000)), "{told}");
    // The answer was lost, and the page was loaded anew: it announces the file again, and is told how much is here.
    let (status, again) = care.announces("dr-zhao", &announced(&original, &preview)).await;
    assert_eq!((status, &again["id"]), (StatusCode::OK, &material["id"]), "{again}");
    assert_eq!(again["original"]["received"], 200_000);
    for start in [0, 100_000, 250_000] {
        let (status, problem) = care.sends("dr-zhao", &path, start, &original[start..][..9]).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        assert_problem(&problem, "upload-elsewhere", 409);
        assert_eq!(problem["expectedOffset"], 200_000);
    }
    for start in [200_000, 400_000, 600_000] {
        let end = original.len().min(start + 200_000);
        let (status, told) = care.sends("dr-zhao", &path, start, &original[start..end]).await;
        assert_eq!((status, &told["received"]), (StatusCode::OK, &json!(end)), "{told}");
    }
    assert_eq!(care.case().await["version"], 2, "what is there now was not seen before");
    let response = care.reads("dr-zhao", &path, 0).await;
    assert_eq!(response.headers()[CONTENT_TYPE], "image/jpeg");
    assert_eq!(response.headers()["content-disposition"], "attachment");
    assert_eq!(response.headers()["etag"], format!("\"{}\"", sha256(&original)));
    assert_eq!(response.bytes().await.unwrap(), original);
    // A download is cut as well.
    for from in [1, 199_999, 200_000, 699_999] {
        let response = care.reads("dr-zhao", &path, from).await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(response.headers()[CONTENT_RANGE], format!("bytes {from}-699999/700000"));
        assert_eq!(response.bytes().await.unwrap(), original[from..]);
    }
    let response = care.reads("dr-zhao", &path, 700_000).await;
    assert_eq!(response.status(), StatusCode::OK, "a range that is none counts as none");
}

#[tokio::test]
async fn a_file_that_was_damaged_on_its_way_is_never_there() {
    let care = Care::requested().await;
    let (original, preview) = (photo(1_000), photo(200));
    let (_, material) = care.announces("dr-zhao", &announced(&original, &preview)).await;
    let path = care.file(&material, "original");
    let mut damaged = original.clone();
    damaged[700] ^= 1;
    care.sends("dr-zhao", &path, 0, &damaged[..500]).await;
    let (status, problem) = care.sends("dr-zhao", &path, 500, &damaged[500..]).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_problem(&problem, "upload-damaged", 409);
    assert_eq!(care.materials("dr-zhao").await[0]["original"]["received"], 0);
    assert_eq!(care.reads("dr-zhao", &path, 0).await.status(), StatusCode::NOT_FOUND);
    let (status, problem) = care.sends("dr-zhao", &path, 0, b"<html><script>").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["errors"][0]["code"], "not-that-media-type");
    let (status, _) = care.sends("dr-zhao", &path, 0, &original).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(care.reads("dr-zhao", &path, 0).await.bytes().await.unwrap(), original);
    let (status, problem) = care.sends("dr-zhao", &path, 1_000, b"more").await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
}

#[tokio::test]
async fn materials_are_for_who_cares_and_each_read_stands_in_the_log() {
    let care = Care::requested().await;
    let body = json!({ "role": "auditor", "scope": { "kind": "county" } });
    care.county.post("scheduler", "/api/v1/people/reader/assignments", &body).await;
    care.takes("scheduler", "triage", json!({ "invitedIds": ["dr-chen"] })).await;
    let material = care.added(&photo(3_000), &photo(300)).await;
    let paths =
        [care.at("/materials"), care.file(&material, "preview"), care.file(&material, "original")];
    for person in ["dr-wang", "dr-li", "scheduler", "teacher-zhang", "reader"] {
        for path in &paths {
            let (status, problem) = care.county.get(person, path).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{person} {path}: {problem}");
        }
        let (status, _) = care.announces(person, &announced(&photo(9), &photo(8))).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{person}");
        let (status, _) = care.sends(person, &paths[2], 0, &photo(9)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{person}");
        let path = care.at(&format!("/materials/{}", material["id"].as_str().unwrap()));
        let (status, _) = answer(care.county.by(person, Method::DELETE, &path)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{person}");
    }
    let list = care.materials("dr-chen").await;
    assert_eq!(list[0]["title"], "背部皮疹");
    assert_eq!(list[0]["addedByNames"]["zh"], care.case().await["inviting"]["names"]["zh"]);
    assert_eq!(care.reads("dr-chen", &paths[1], 0).await.status(), StatusCode::OK);
    let (_, log) = care.county.get("reader", "/api/v1/audit").await;
    let log = log["entries"].as_array().unwrap().iter().filter(|it| it["personId"] == "dr-chen");
    let log: Vec<_> = log.map(|it| (it["act"].clone(), it["object"].clone())).collect();
    let expected =
        [(json!("material"), material["id"].clone()), (json!("materials"), json!(care.id))];
    assert_eq!(log, expected);
    // Another case of the same doctor leads to no file of this one.
    let (_, other) = care.county.post("dr-zhao", "/api/v1/cases", &crate::asked::request()).await;
    let path = paths[2].replace(&care.id, other["id"].as_str().unwrap());
    assert_eq!(care.reads("dr-zhao", &path, 0).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_opinion_is_signed_over_the_materials_and_what_of_them_was_looked_at() {
    let care = Care::requested().await;
    care.takes("scheduler", "triage", json!({ "invitedIds": ["dr-chen"] })).await;
    care.takes("dr-chen", "answer", json!({ "reply": "accept" })).await;
    let (seen, unseen) = (photo(3_000), photo(2_000));
    let first = care.added(&seen, &photo(300)).await;
    care.added(&unseen, &photo(200)).await;
    // One that never came whole is none that anybody was shown.
    care.announces("dr-zhao", &announced(&photo(5_000), &photo(500))).await;
    for part in ["preview", "original"] {
        let path = care.file(&first, part);
        // Who asks for the head of a file alone has seen nothing of it.
        care.county.by("dr-chen", Method::HEAD, &path).send().await.unwrap();
        if part == "preview" {
            let response = care.reads("dr-chen", &path, 0).await;
            response.bytes().await.unwrap();
        } else {
            let response = care.reads("dr-chen", &path, 1_000).await;
            assert_eq!(response.bytes().await.unwrap(), seen[1_000..], "to the last byte");
        }
    }
    let old = care.case().await["version"].clone();
    let late = care.added(&photo(1_000), &photo(100)).await;
    // What came while the doctor was writing was not looked at: the opinion is of another version.
    let request = care.county.by("dr-chen", Method::POST, &care.at("/opinion"));
    let request = request.header("If-Match", format!("\"{old}\""));
    let (status, problem) = answer(request.json(&json!({ "opinion": "湿疹" }))).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED, "{problem}");
    care.takes("dr-chen", "opinion", json!({ "opinion": "湿疹" })).await;
    let (_, opinion) = care.county.get("dr-zhao", &care.at("/opinion")).await;
    let stated: Value = serde_json::from_str(opinion["statement"].as_str().unwrap()).unwrap();
    let stated = stated["materials"].as_array().unwrap();
    let shown = |at: usize| (stated[at]["sha256"].clone(), stated[at]["shown"].clone());
    assert_eq!(stated.len(), 3);
    assert_eq!(shown(0), (json!(sha256(&seen)), json!(["original", "preview"])));
    assert_eq!(stated[0]["previewSha256"], sha256(&photo(300)));
    assert_eq!(shown(1), (json!(sha256(&unseen)), json!([])));
    // What an opinion names stays.
    let path = care.at(&format!("/materials/{}", late["id"].as_str().unwrap()));
    let (status, problem) = answer(care.county.by("dr-zhao", Method::DELETE, &path)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_problem(&problem, "case-step", 409);
}

#[tokio::test]
async fn a_material_is_taken_out_by_who_added_it_and_can_be_added_again() {
    let care = Care::requested().await;
    care.takes("scheduler", "triage", json!({ "invitedIds": ["dr-chen"] })).await;
    let material = care.added(&photo(3_000), &photo(300)).await;
    let path = care.at(&format!("/materials/{}", material["id"].as_str().unwrap()));
    let delete = |person: &'static str| care.county.by(person, Method::DELETE, &path);
    let (status, problem) = answer(delete("dr-chen")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["errors"][0]["code"], "others-material");
    assert_eq!(delete("dr-zhao").send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(answer(delete("dr-zhao")).await.0, StatusCode::NOT_FOUND);
    assert_eq!(care.materials("dr-zhao").await, Vec::<Value>::new());
    let gone = care.reads("dr-zhao", &care.file(&material, "original"), 0).await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    let again = care.added(&photo(3_000), &photo(300)).await;
    assert_ne!(again["id"], material["id"]);
    let (_, told) = care.county.get("dr-chen", &care.at("/events")).await;
    let kinds = told["events"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap());
    assert_eq!(kinds.collect::<Vec<_>>(), ["request", "triage", "add", "remove", "add"]);
    care.takes("dr-zhao", "cancel", json!({ "reason": "病人转院" })).await;
    let (status, problem) = care.announces("dr-zhao", &announced(&photo(9), &photo(8))).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(care.materials("dr-zhao").await.len(), 1, "it is there to be read");
}

#[tokio::test]
async fn what_never_came_whole_is_gone_with_its_case_and_counts_no_more() {
    let config = Config { material_bytes_max: 10_000, ..Config::default() };
    let care = Care::of(County::start_with(config).await, crate::asked::request()).await;
    let whole = care.added(&photo(3_000), &photo(300)).await;
    let (status, half) = care.announces("dr-zhao", &announced(&photo(6_000), &photo(400))).await;
    assert_eq!(status, StatusCode::CREATED, "{half}");
    care.sends("dr-zhao", &care.file(&half, "original"), 0, &photo(6_000)[..2_000]).await;
    let (status, problem) = care.announces("dr-zhao", &announced(&photo(900), &photo(500))).await;
    assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE, "{problem}");
    assert_problem(&problem, "materials-full", 507);
    care.takes("dr-zhao", "cancel", json!({ "reason": "病人转院" })).await;
    let left = care.materials("dr-zhao").await;
    assert_eq!(left.iter().map(|it| &it["id"]).collect::<Vec<_>>(), [&whole["id"]]);
    let care = Care::of(care.county, crate::asked::request()).await;
    let (status, told) = care.announces("dr-zhao", &announced(&photo(900), &photo(500))).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
}

#[tokio::test]
async fn bounds_of_materials_hold() {
    let care = Care::requested().await;
    let (status, problem) = care
        .announces("dr-zhao", &json!({ "kind": "photo", "original": { "mediaType": "application/pdf", "bytes": 0, "sha256": "A" } }))
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let codes = problem["errors"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap());
    assert_eq!(
        codes.collect::<Vec<_>>(),
        ["not-so-many-bytes", "not-that-media-type"],
        "{problem}"
    );
    let mut wrong = announced(&photo(9), &photo(8));
    wrong["original"]["sha256"] = json!("A");
    let (_, problem) = care.announces("dr-zhao", &wrong).await;
    assert_eq!(problem["errors"][0]["code"], "not-a-sha256", "{problem}");
    let large = |at: u32| {
        let sha256 = format!("{at:064x}");
        json!({ "kind": "document", "original": { "mediaType": "application/pdf", "bytes": 16 << 20, "sha256": sha256 } })
    };
    for at in 0..4 {
        assert_eq!(care.announces("dr-zhao", &large(at)).await.0, StatusCode::CREATED);
    }
    let (status, problem) = care.announces("dr-zhao", &large(4)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_problem(&problem, "too-many-materials", 409);
    assert_eq!(care.announces("dr-zhao", &large(3)).await.0, StatusCode::OK, "it is there already");
    let care = Care::of(care.county, crate::asked::request()).await;
    for bytes in 5..29 {
        let (status, _) = care.announces("dr-zhao", &announced(&photo(bytes), &photo(8))).await;
        assert_eq!(status, StatusCode::CREATED);
    }
    let (status, problem) = care.announces("dr-zhao", &announced(&photo(99), &photo(8))).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    let list = care.materials("dr-zhao").await;
    let path = care.file(&list[0], "original");
    let (status, problem) = care.sends("dr-zhao", &path, 0, &photo(256 * 1_024 + 1)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{problem}");
    let (status, problem) = care.sends("dr-zhao", &path, 0, b"").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    let (status, problem) = answer(care.county.by("dr-zhao", Method::PATCH, &path).body("x")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("Upload-Offset"), "{problem}");
}

#[tokio::test]
async fn two_that_send_the_same_file_at_once_send_it_once() {
    let care = Care::requested().await;
    let (original, preview) = (photo(60_000), photo(200));
    let (_, material) = care.announces("dr-zhao", &announced(&original, &preview)).await;
    let path = care.file(&material, "original");
    let mut at = 0;
    while at < original.len() {
        let end = original.len().min(at + 20_000);
        let send = || care.sends("dr-zhao", &path, at, &original[at..end]);
        let (one, other) = tokio::join!(send(), send());
        let mut statuses = [one.0, other.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT], "{one:?} {other:?}");
        at = end;
    }
    assert_eq!(care.reads("dr-zhao", &path, 0).await.bytes().await.unwrap(), original);
    assert_eq!(care.case().await["version"], 2, "one step");
}
