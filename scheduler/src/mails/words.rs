//! What a mail says to people, in Chinese or in English.

use booking::UnixS;
use calendar::Method;
use jiff::civil::DateTime;
use session::{Language, Names};

use super::agreed::{Agreed, Part, Telling};
use super::calendar_part::called;
use crate::civil::{Zone, weekday_words};

/// Most times of a series that are listed.
const LISTED_MAX: usize = 12;

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) plain: String,
    pub(super) html: String,
    /// One sentence for the calendar.
    pub(super) description: String,
}

/// What the words are made of beside what is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) zone: &'a Zone,
    pub(super) language: Language,
    /// Of the person who is written to.
    pub(super) name: &'a str,
    pub(super) reason: Option<&'a str>,
    pub(super) url: &'a str,
    /// Where mails are turned off.
    pub(super) account_url: &'a str,
    pub(super) now: UnixS,
}

impl Setting<'_> {
    /// The one of two texts that the person reads.
    const fn say<'t>(&self, zh: &'t str, en: &'t str) -> &'t str {
        if self.english() { en } else { zh }
    }

    /// Mails are written in Chinese and in English.
    const fn english(&self) -> bool {
        matches!(self.language, Language::English)
    }

    fn local(&self, at_s: u64) -> DateTime {
        self.zone.local(UnixS(at_s))
    }

    fn day(&self, at: DateTime) -> String {
        let (year, month, day) = (at.year(), at.month(), at.day());
        let (zh, en) = weekday_words(at.weekday());
        if self.english() {
            format!("{en} {day} {} {year}", at.strftime("%b"))
        } else {
            format!("{year}年{month}月{day}日 {zh}")
        }
    }

    /// From when until when, as the county's clocks show it.
    fn when(&self, part: &Part) -> String {
        let (start, end) = (self.local(part.starts_s), self.local(part.ends_s));
        let comma = self.say(" ", ", ");
        let until = if start.date() == end.date() {
            clock(end)
        } else {
            format!("{}{comma}{}", self.day(end), clock(end))
        };
        format!("{}{comma}{}–{until}", self.day(start), clock(start))
    }

    fn people(&self, people: &[Names]) -> String {
        called(people, self.language)
    }
}

fn clock(at: DateTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// What a mail says of `telling`.
pub(super) fn letter(telling: &Telling, setting: &Setting<'_>) -> Letter {
    let s = setting;
    let agreed = &telling.agreed;
    let to_come = agreed.parts.iter().filter(|part| part.ends_s > s.now.0);
    let to_come: Vec<&Part> = to_come.collect();
    let first = to_come.first().copied().or(agreed.parts.last());
    let title = first.map_or("", |part| part.title.as_str());
    let (opening, word) = match (telling.method, &telling.before) {
        (Method::Cancel, _) => (
            s.say(
                "您不用参加了：已取消，或不再需要您。",
                "You need not come: it is cancelled, or goes without you.",
            ),
            s.say("取消", "Cancelled"),
        ),
        (Method::Request, Some(_)) => (
            s.say(
                "您要参加的有变动，现在是这样：",
                "What you take part in has changed. It is now:",
            ),
            s.say("变动", "Changed"),
        ),
        (Method::Request, None) => {
            (s.say("请您参加：", "You are asked to take part:"), s.say("邀请", "Invitation"))
        }
    };
    let mut rows = vec![(s.say("名称", "What"), title.to_owned())];
    let when = times(&to_come, agreed, telling.series.is_some(), s);
    rows.push((s.say("时间", "When"), format!("{when}{}", zone_note(s))));
    let place = first.map_or_else(String::new, |part| called(&part.rooms, s.language));
    if !place.is_empty() {
        rows.push((s.say("地点", "Where"), place));
    }
    rows.push((s.say("参加人", "Who"), s.people(&agreed.people)));
    if let Some(before) = &telling.before {
        let was = was(before, agreed, s);
        if !was.is_empty() {
            rows.push((s.say("原来", "Before"), was));
        }
    }
    if let Some(reason) = s.reason {
        rows.push((s.say("原因", "Why"), reason.to_owned()));
    }
    let subject_when = first.map_or_else(String::new, |part| s.when(part));
    let subject = format!(
        "{word}{}{title}{}{subject_when}{}",
        s.say("：", ": "),
        s.say("（", ", "),
        s.say("）", "")
    );
    let description = match telling.method {
        Method::Request => s.say(
            "到时间请打开链接参加，要先登录。",
            "When it begins, open the link to take part; you are asked to log in.",
        ),
        Method::Cancel => "",
    };
    written(telling.method, (opening, &rows), (subject, description), s)
}

fn zone_note(s: &Setting<'_>) -> String {
    match (s.zone.name(), s.english()) {
        ("Asia/Shanghai", false) => "（北京时间）".to_owned(),
        ("Asia/Shanghai", true) => " (Beijing time)".to_owned(),
        (name, false) => format!("（{name} 时间）"),
        (name, true) => format!(" ({name})"),
    }
}

/// When it is: of a series the next times.
fn times(to_come: &[&Part], agreed: &Agreed, is_series: bool, s: &Setting<'_>) -> String {
    let shown: Vec<String> = match to_come {
        [] => agreed.parts.iter().rev().take(1).map(|part| s.when(part)).collect(),
        parts => parts.iter().take(LISTED_MAX).map(|part| s.when(part)).collect(),
    };
    let list = shown.join(s.say("；", "; "));
    let more = to_come.len().saturating_sub(LISTED_MAX);
    match (is_series, more, s.english()) {
        (false, ..) => list,
        (true, 0, false) => format!("共 {} 次：{list}", to_come.len()),
        (true, 0, true) => format!("{} times: {list}", to_come.len()),
        (true, more, false) => format!("共 {} 次：{list}；以及另外 {more} 次", to_come.len()),
        (true, more, true) => format!("{} times: {list}; and {more} more", to_come.len()),
    }
}

/// What was otherwise before, of what the person was told.
fn was(before: &Agreed, now: &Agreed, s: &Setting<'_>) -> String {
    let mut words = Vec::new();
    let [old] = before.parts.as_slice() else { return String::new() };
    let [new] = now.parts.as_slice() else { return String::new() };
    if old.title != new.title {
        words.push(old.title.clone());
    }
    if (old.starts_s, old.ends_s) != (new.starts_s, new.ends_s) {
        words.push(s.when(old));
    }
    if old.rooms != new.rooms {
        words.push(called(&old.rooms, s.language));
    }
    if before.people != now.people {
        words.push(s.people(&before.people));
    }
    words.retain(|word| !word.is_empty());
    words.join(s.say("；", "; "))
}

/// The letter as plain text and as HTML.
fn written(
    method: Method,
    (opening, rows): (&str, &[(&str, String)]),
    (subject, description): (String, &str),
    s: &Setting<'_>,
) -> Letter {
    let greeting = format!("{}{}", one_line(s.name), s.say("：", ","));
    let colon = s.say("：", ": ");
    let mut plain = format!("{greeting}\n\n{opening}\n\n");
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><body>\n<p>{}</p>\n<p>{opening}</p>\n<dl>\n",
        s.say("zh-CN", "en"),
        escaped(&greeting),
    );
    for (label, value) in rows {
        let value = one_line(value);
        plain.push_str(&format!("{label}{colon}{value}\n"));
        html.push_str(&format!("<dt><b>{label}</b></dt><dd>{}</dd>\n", escaped(&value)));
    }
    html.push_str("</dl>\n");
    if method == Method::Request {
        let label =
            s.say("到时间请打开（要先登录）", "Open this when it begins (you are asked to log in)");
        plain.push_str(&format!("\n{label}{colon}\n{}\n", s.url));
        let url = escaped(s.url);
        html.push_str(&format!("<p>{label}{colon}<br><a href=\"{url}\">{url}</a></p>\n"));
    }
    let ending = s.say(
        "请不要回复这封邮件，没有人看。不能参加，请告诉约您的人。不想再收邮件，可以在“我的账号”里关掉：",
        "Please do not answer this mail: nobody reads it. If you cannot come, tell who asked you. To get no more mails, turn them off under “My account”:",
    );
    plain.push_str(&format!("\n{ending}\n{}\n", s.account_url));
    let url = escaped(s.account_url);
    html.push_str(&format!(
        "<p><small>{ending} <a href=\"{url}\">{url}</a></small></p>\n</body></html>\n"
    ));
    Letter { subject: one_line(&subject), plain, html, description: description.to_owned() }
}

/// Without what could end a line or steer a program that shows it.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|sign| if sign.is_control() || "\u{2028}\u{2029}".contains(sign) { ' ' } else { sign })
        .collect()
}

fn escaped(text: &str) -> String {
    let mut whole = String::new();
    for sign in text.chars() {
        match sign {
            '&' => whole.push_str("&amp;"),
            '<' => whole.push_str("&lt;"),
            '>' => whole.push_str("&gt;"),
            '"' => whole.push_str("&quot;"),
            other => whole.push(other),
        }
    }
    whole
}
