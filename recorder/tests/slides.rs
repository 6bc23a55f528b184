//! Slides: what a presenter uploads, and what is no PDF.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod stage;

use recorder::{Config, DeckConfig};
use serde::Deserialize;
use session::Opens;
use stage::{Gateway, House, person_token, room_token, ticket};
use std::fmt::Write as _;

/// A PDF of `pages` pages with a word and a box each. `more` goes into the trailer.
fn pdf(pages: usize, more: &str) -> Vec<u8> {
    let page = |page| {
        let text = format!(
            "BT /F 48 Tf 60 200 Td (Page {page}) Tj ET 0.2 0.4 0.8 rg 60 60 {page}0 40 re f"
        );
        (LYING.to_owned(), text)
    };
    write_pdf(&(1..=pages).map(page).collect::<Vec<_>>(), &[], more)
}

/// The attribute of a page that lies, as slides do.
const LYING: &str = "/MediaBox [0 0 640 360]";

/// A PDF of pages with attributes and a content each; object 4 and those after it are `others`.
fn write_pdf(pages: &[(String, String)], others: &[String], more: &str) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        String::new(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    objects.extend_from_slice(others);
    let mut kids = String::new();
    for (attributes, content) in pages {
        let number = objects.len() + 1;
        write!(kids, "{number} 0 R ").unwrap();
        let named = if others.is_empty() { "" } else { "/G 4 0 R" };
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R {attributes} /Contents {} 0 R \
             /Resources << /Font << /F 3 0 R {named} >> /ExtGState << /Half << /ca 0.5 >> >> >> >>",
            number + 1
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    objects[1] = format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len());
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(file.len());
        writeln!(file, "{} 0 obj\n{object}\nendobj", number + 1).unwrap();
    }
    let table = file.len();
    writeln!(file, "xref\n0 {}\n0000000000 65535 f ", objects.len() + 1).unwrap();
    for place in places {
        writeln!(file, "{place:010} 00000 n ").unwrap();
    }
    let size = objects.len() + 1;
    write!(file, "trailer\n<< /Size {size} /Root 1 0 R {more} >>\nstartxref\n{table}\n%%EOF\n")
        .unwrap();
    file.into_bytes()
}

/// Page 1 is plain; page 2 uses a font that is named and not in the file.
fn with_font(name: &str, kind: &str, encoding: &str, ordering: &str, code: &str) -> Vec<u8> {
    let font = format!(
        "<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /{encoding} /DescendantFonts [5 0 R] >>"
    );
    let descendant = format!(
        "<< /Type /Font /Subtype /{kind} /BaseFont /{name} \
         /CIDSystemInfo << /Registry (Adobe) /Ordering ({ordering}) /Supplement 0 >> \
         /FontDescriptor << /Type /FontDescriptor /FontName /{name} /Flags 4 \
         /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >> >>"
    );
    let pages = [
        (LYING.to_owned(), "BT /F 48 Tf 60 200 Td (Plain) Tj ET".to_owned()),
        (LYING.to_owned(), format!("BT /G 48 Tf 60 200 Td <{code}> Tj ET")),
    ];
    write_pdf(&pages, &[font, descendant], "")
}

/// A page's picture: width, height, and its pixels in red, green and blue.
async fn picture(house: &House, deck: &str, page: u32) -> (usize, usize, Vec<[u8; 3]>) {
    let url = format!("{}/slides/lesson/{deck}/{page}.webp", house.http);
    let token = ticket(Opens::Decks("lesson".to_owned()));
    let answer = house.client.get(url).bearer_auth(token).send().await.unwrap();
    let bytes = answer.bytes().await.unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let mut dwebp = std::process::Command::new("dwebp");
    let raw = dwebp.args(["-quiet", "-ppm", "-o", "-", "--"]).arg(file.path()).output().unwrap();
    let raw = raw.stdout;
    let ends: Vec<usize> = (0..raw.len()).filter(|it| raw[*it] == b'\n').take(3).collect();
    let head = String::from_utf8_lossy(&raw[..ends[2]]).into_owned();
    let numbers: Vec<usize> =
        head.split_ascii_whitespace().skip(1).map(|it| it.parse().unwrap()).collect();
    let pixels = raw[ends[2] + 1..].chunks_exact(3).map(|it| [it[0], it[1], it[2]]).collect();
    (numbers[0], numbers[1], pixels)
}

fn count(pixels: &[[u8; 3]], like: impl Fn([u8; 3]) -> bool) -> usize {
    pixels.iter().filter(|it| like(**it)).count()
}

const fn red([red, green, blue]: [u8; 3]) -> bool {
    red > 200 && green < 80 && blue < 80
}

const fn dark([red, green, blue]: [u8; 3]) -> bool {
    red < 80 && green < 80 && blue < 80
}

/// A dictionary of the standard security handler for a password that nobody gave.
const LOCKED: &str = "/ID [<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>] \
    /Encrypt << /Filter /Standard /V 1 /R 2 /P -44 \
    /O <000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f> \
    /U <202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f> >>";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Taken {
    deck: String,
    title: String,
    pages: u32,
    width: u32,
    height: u32,
    page_url: String,
}

#[derive(Debug, Deserialize)]
struct Told {
    r#type: String,
    status: u16,
    detail: String,
    #[serde(default)]
    params: serde_json::Map<String, serde_json::Value>,
}

async fn house(deck: DeckConfig) -> (House, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let gateway = Gateway::start("run-a").await;
    let config =
        Config { data: data.path().to_owned(), tap_url: gateway.url, deck, ..Config::default() };
    (House::with(config).await, data)
}

async fn put(house: &House, token: &str, body: Vec<u8>) -> reqwest::Response {
    let url = format!("{}/slides?room=lesson&name=%E5%85%89.pdf", house.http);
    let request =
        house.client.post(url).bearer_auth(token).header("content-type", "application/pdf");
    request.body(body).send().await.unwrap()
}

/// The cookie that the slides of `room` are fetched with.
async fn opened(house: &House, room: &str, token: &str) -> Result<String, u16> {
    let url = format!("{}/slides/{room}/open", house.http);
    let answer = house.client.post(url).bearer_auth(token).send().await.unwrap();
    if answer.status() != 204 {
        return Err(answer.status().as_u16());
    }
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    let path = format!("; Path=/slides/{room}; Max-Age=900; HttpOnly; SameSite=Strict");
    assert!(cookie.ends_with(&path), "{cookie}");
    Ok(cookie.split(';').next().unwrap().to_owned())
}

async fn page(house: &House, path: &str, cookie: &str) -> reqwest::Response {
    let url = format!("{}/slides/{path}", house.http);
    house.client.get(url).header("cookie", cookie).send().await.unwrap()
}

async fn refused(house: &House, body: Vec<u8>) -> (u16, String) {
    let answer = put(house, &room_token("lesson", true), body).await;
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let told: Told = answer.json().await.unwrap();
    assert_eq!(told.status, status);
    assert!(told.detail.len() > 10);
    (status, told.r#type)
}

fn leftovers(data: &tempfile::TempDir) -> usize {
    let entries = std::fs::read_dir(data.path().join("decks")).unwrap();
    entries
        .filter(|it| it.as_ref().unwrap().file_name().to_str().unwrap().starts_with("incoming"))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_pdf_become_images() {
    let (house, data) = house(DeckConfig::default()).await;
    let answer = put(&house, &room_token("lesson", true), pdf(11, "")).await;
    assert_eq!(answer.status(), 201);
    let taken: Taken = answer.json().await.unwrap();
    assert_eq!((taken.title.as_str(), taken.pages), ("光", 11));
    assert_eq!((taken.width, taken.height), (1_280, 720));
    assert_eq!(taken.page_url, format!("/slides/lesson/{}/{{page}}.webp", taken.deck));
    let cookie = opened(&house, "lesson", &room_token("lesson", false)).await.unwrap();
    let mut images = Vec::new();
    for number in 1..=11 {
        let path = format!("lesson/{}/{number}.webp", taken.deck);
        let answer = page(&house, &path, &cookie).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "image/webp");
        assert_eq!(answer.headers()["cache-control"], "private, max-age=600");
        let bytes = answer.bytes().await.unwrap();
        assert_eq!(&bytes[..4], b"RIFF");
        assert!(bytes.len() < 20_000);
        images.push(bytes);
    }
    images.dedup();
    assert_eq!(images.len(), 11, "each page is another");
    let again = put(&house, &room_token("lesson", true), pdf(11, "")).await;
    let again: Taken = again.json().await.unwrap();
    assert_eq!(again.deck, taken.deck);
    for file in ["12.webp", "0.webp", "deck.json", "..%2F..%2Fdecks"] {
        let path = format!("lesson/{}/{file}", taken.deck);
        assert_eq!(page(&house, &path, &cookie).await.status(), 404, "{file}");
    }
    assert_eq!(leftovers(&data), 0);
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_shown_is_refused_with_a_reason() {
    let deck = DeckConfig { megabytes: 1, pages: 20, ..DeckConfig::default() };
    let (house, data) = house(deck).await;
    let of = async |body| refused(&house, body).await;
    let problem = |status: u16, name: &str| (status, format!("/problems/{name}"));
    assert_eq!(of(b"PK\x03\x04 a zip".to_vec()).await, problem(415, "not-a-pdf"));
    assert_eq!(of(Vec::new()).await, problem(415, "not-a-pdf"));
    let mut garbage = b"%PDF-1.7\n".to_vec();
    garbage.extend((0..50_000_u32).map(|it| (it.wrapping_mul(2_654_435_761) >> 13) as u8));
    assert_eq!(of(garbage).await, problem(422, "slides-damaged"));
    let whole = pdf(3, "");
    assert_eq!(of(whole[..60].to_vec()).await.0, 422);
    assert_eq!(of(pdf(2, LOCKED)).await, problem(422, "slides-locked"));
    assert_eq!(of(pdf(0, "")).await, problem(422, "slides-empty"));
    assert_eq!(of(pdf(21, "")).await, problem(422, "slides-too-many"));
    assert_eq!(of(vec![b'%'; 1_000_001]).await, problem(413, "slides-too-large"));
    assert_eq!(leftovers(&data), 0);
    assert!(house.recorder.metrics().contains("recorder_decks_refused_total 8\n"));
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cropped_away_is_not_shown() {
    let (house, _data) = house(DeckConfig::default()).await;
    let content = "1 0 0 rg 100 40 300 100 re f 0 g BT /F 48 Tf 100 250 Td (seen) Tj ET";
    let page = (format!("{LYING} /CropBox [0 180 640 360]"), content.to_owned());
    let answer = put(&house, &room_token("lesson", true), write_pdf(&[page], &[], "")).await;
    let taken: Taken = answer.json().await.unwrap();
    assert_eq!((taken.width, taken.height), (1_280, 360));
    let (_, _, pixels) = picture(&house, &taken.deck, 1).await;
    assert_eq!(count(&pixels, red), 0, "cropped away");
    assert!(count(&pixels, dark) > 500, "what is seen");
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_every_shape_are_as_large_as_the_others() {
    let (house, _data) = house(DeckConfig::default()).await;
    let shapes = [
        (LYING, (1_280, 720)),
        ("/MediaBox [0 0 360 640] /Rotate 90", (1_280, 720)),
        ("/MediaBox [0 0 640 360] /Rotate 270", (720, 1_280)),
        ("/MediaBox [0 0 640 360] /UserUnit 4", (1_280, 720)),
        ("/MediaBox [0 0 6400 3600]", (1_280, 720)),
        ("/MediaBox [0 0 360 5040]", (585, 8_192)),
        ("/MediaBox [0 0 640 360] /CropBox [-100 -100 900 900]", (1_280, 720)),
    ];
    let page = |it: &(&str, _)| (it.0.to_owned(), "1 0 0 rg 20 20 200 200 re f".to_owned());
    let pages: Vec<_> = shapes.iter().map(page).collect();
    let answer = put(&house, &room_token("lesson", true), write_pdf(&pages, &[], "")).await;
    assert_eq!(answer.status(), 201);
    let taken: Taken = answer.json().await.unwrap();
    for ((shape, size), page) in shapes.iter().zip(1..) {
        let (width, height, pixels) = picture(&house, &taken.deck, page).await;
        let near = |is: usize, shall: usize| is.abs_diff(shall) <= 1;
        assert!(near(width, size.0) && near(height, size.1), "{shape}: {width}x{height}");
        assert!(count(&pixels, red) > 500, "{shape}");
    }
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_filled_in_and_what_shines_through_is_shown_as_a_viewer_does() {
    let (house, _data) = house(DeckConfig::default()).await;
    let look = "<< /Type /XObject /Subtype /Form /BBox [0 0 200 100] /Length 33 >>\nstream\n1 0 0 rg 0 0 200 100 re f        \nendstream";
    let attributes = format!(
        "{LYING} /Annots [<< /Type /Annot /Subtype /Stamp /Rect [50 50 250 150] /F 4 /AP << /N 4 0 R >> >>]"
    );
    let content = "/Half gs 0 0 1 rg 400 200 200 100 re f".to_owned();
    let body = write_pdf(&[(attributes, content)], &[look.to_owned()], "");
    let taken: Taken = put(&house, &room_token("lesson", true), body).await.json().await.unwrap();
    let (_, _, pixels) = picture(&house, &taken.deck, 1).await;
    assert!(count(&pixels, red) > 70_000, "the stamp");
    let pale = |it: [u8; 3]| it[0].abs_diff(127) < 12 && it[2] > 240;
    assert!(count(&pixels, pale) > 70_000, "half of the blue");
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chinese_letters_are_drawn_without_their_font_or_refused_by_its_name() {
    let (house, _data) = house(DeckConfig::default()).await;
    let code: String = "水的循环".encode_utf16().map(|it| format!("{it:04x}")).collect();
    let named = with_font("STSong-Light", "CIDFontType0", "UniGB-UCS2-H", "GB1", &code);
    let taken: Taken = put(&house, &room_token("lesson", true), named).await.json().await.unwrap();
    let (_, _, pixels) = picture(&house, &taken.deck, 2).await;
    assert!(count(&pixels, dark) > 5_000, "four characters");

    // Numbers of glyphs in a font that nobody here has.
    let numbers = with_font("SimSun", "CIDFontType2", "Identity-H", "Identity", "01230124");
    let answer = put(&house, &room_token("lesson", true), numbers).await;
    assert_eq!(answer.status(), 422);
    let told: Told = answer.json().await.unwrap();
    assert_eq!(told.r#type, "/problems/slides-font");
    assert!(told.detail.contains("Page 2 needs the font SimSun"), "{}", told.detail);
    assert_eq!(told.params["page"], 2);
    assert_eq!(told.params["font"], "SimSun");
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_shown_is_named_with_the_cause() {
    let (house, data) = house(DeckConfig::default()).await;
    let lying = || (LYING.to_owned(), "BT /F 48 Tf 60 200 Td (Plain) Tj ET".to_owned());
    let odd = |attributes: &str| (attributes.to_owned(), String::new());
    for shape in ["/MediaBox [0 0 1 14000]", "/MediaBox [0 0 640 360] /CropBox [700 0 900 100]"] {
        let body = write_pdf(&[lying(), lying(), odd(shape)], &[], "");
        let answer = put(&house, &room_token("lesson", true), body).await;
        assert_eq!(answer.status(), 422);
        let told: Told = answer.json().await.unwrap();
        assert_eq!(told.r#type, "/problems/slides-page-size", "{shape}");
        assert!(told.detail.contains("Page 3"), "{}", told.detail);
    }
    assert_eq!(leftovers(&data), 0);
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pdf_that_takes_too_long_is_given_up() {
    let (house, data) = house(DeckConfig { seconds: 0, ..DeckConfig::default() }).await;
    assert_eq!(refused(&house, pdf(3, "")).await, (422, "/problems/slides-too-slow".to_owned()));
    assert_eq!(leftovers(&data), 0);
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_may_speak_may_show_slides() {
    let (house, _data) = house(DeckConfig::default()).await;
    let status = async |token: &str| put(&house, token, pdf(1, "")).await.status().as_u16();
    assert_eq!(status(&room_token("lesson", false)).await, 403);
    assert_eq!(status(&room_token("another", true)).await, 403);
    assert_eq!(status("nonsense").await, 401);
    assert_eq!(status(&person_token("teacher")).await, 403);
    assert_eq!(status(&room_token("lesson", true)).await, 201);
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_waits_too_long_is_told_when_to_come_back() {
    let deck = DeckConfig { waiting_seconds: 0, ..DeckConfig::default() };
    let (house, _data) = house(deck).await;
    let token = room_token("lesson", true);
    let (first, second) = tokio::join!(put(&house, &token, pdf(15, "")), async {
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        put(&house, &token, pdf(14, "")).await
    });
    assert_eq!(first.status(), 201);
    assert_eq!(second.status(), 503);
    assert_eq!(second.headers()["retry-after"], "30");
    house.recorder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slides_are_for_those_in_the_room() {
    let (house, _data) = house(DeckConfig::default()).await;
    let answer = put(&house, &room_token("lesson", true), pdf(1, "")).await;
    let taken: Taken = answer.json().await.unwrap();
    let path = format!("lesson/{}/1.webp", taken.deck);
    assert_eq!(page(&house, &path, "a=b").await.status(), 401);
    assert_eq!(page(&house, &path, "shanqiao-ticket=x.y.z").await.status(), 401);
    let token = room_token("lesson", false);
    let url = format!("{}/slides/{path}?access_token={token}", house.http);
    assert_eq!(house.client.get(url).send().await.unwrap().status(), 401, "no token in an address");
    assert_eq!(opened(&house, "lesson", &person_token("teacher")).await, Err(403));
    assert_eq!(opened(&house, "lesson", &room_token("other", true)).await, Err(403));
    assert_eq!(opened(&house, "lesson", &ticket(Opens::AllRecordings)).await, Err(403));
    assert_eq!(opened(&house, "a;b", &room_token("a;b", true)).await, Err(404));
    let other = opened(&house, "other", &room_token("other", true)).await.unwrap();
    assert_eq!(page(&house, &path, &other).await.status(), 403);
    let path = format!("other/{}/1.webp", taken.deck);
    assert_eq!(page(&house, &path, &other).await.status(), 404, "it is not shown there");
    let cookie = opened(&house, "%E8%AF%BE", &room_token("课", true)).await.unwrap();
    assert_eq!(
        page(&house, &format!("%E8%AF%BE/{}/1.webp", taken.deck), &cookie).await.status(),
        404
    );
    house.recorder.stop().await;
}
