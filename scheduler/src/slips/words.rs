//! The words of reminders and slips, in Chinese or in English.

use booking::UnixS;
use session::{Kind, Language};

use crate::civil::{Zone, weekday_words};

/// What one person is told of one session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slip<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
    pub(crate) starts: UnixS,
    pub(crate) place: &'a str,
    pub(crate) language: Language,
    pub(crate) zone: &'a Zone,
}

const fn in_language<'t>(language: Language, zh: &'t str, en: &'t str) -> &'t str {
    if matches!(language, Language::English) { en } else { zh }
}

/// What the session is to who takes part.
pub(crate) const fn kind_word(kind: Kind, language: Language) -> &'static str {
    match kind {
        Kind::Consultation => in_language(language, "远程会诊", "remote consultation"),
        Kind::Class => in_language(language, "远程课", "remote class"),
        Kind::Training => in_language(language, "远程培训", "remote training"),
        Kind::Broadcast => in_language(language, "直播", "broadcast"),
    }
}

/// What to bring.
pub(crate) const fn bring(kind: Kind, language: Language) -> &'static str {
    match kind {
        Kind::Consultation => in_language(
            language,
            "身份证、医保卡、病历、正在吃的药",
            "identity card, insurance card, records, what medicine you take",
        ),
        Kind::Class => in_language(language, "课本、笔、本子", "book, pen, paper"),
        Kind::Training | Kind::Broadcast => in_language(language, "笔、本子", "pen, paper"),
    }
}

/// The day and time as the wall of the zone shows it, such as `11月24日 星期二 09:00`.
pub(crate) fn when(slip: &Slip<'_>) -> String {
    let at = slip.zone.local(slip.starts);
    let (zh, en) = weekday_words(at.weekday());
    let (month, day, hour, minute) = (at.month(), at.day(), at.hour(), at.minute());
    match slip.language {
        Language::English => format!("{en} {day} {} {hour:02}:{minute:02}", at.strftime("%b")),
        _ => format!("{month}月{day}日 {zh} {hour:02}:{minute:02}"),
    }
}

/// The text of a message, and what a call reads out.
pub(crate) fn message(slip: &Slip<'_>) -> String {
    let (when, what) = (when(slip), kind_word(slip.kind, slip.language));
    let Slip { name, place, .. } = slip;
    match slip.language {
        Language::English => {
            format!("{name}: your {what} begins on {when} at {place}. Please come in time.")
        }
        _ => format!("{name}，您好：您的{what}在{when}开始，地点：{place}。请按时到场。"),
    }
}

/// The subject of a mail.
pub(crate) fn subject(slip: &Slip<'_>) -> String {
    let (when, what) = (when(slip), kind_word(slip.kind, slip.language));
    match slip.language {
        Language::English => format!("Reminder: {what}, {when}"),
        _ => format!("提醒：{what}（{when}）"),
    }
}
