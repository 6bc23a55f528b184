//! The words of cells, as people write them.

use crate::register::entry::Table;

/// A word without what does not matter in it: case, blanks, dashes, a star for what must be filled in.
pub(super) fn plain(word: &str) -> String {
    let matters = |sign: &char| !sign.is_whitespace() && !matches!(sign, '-' | '*' | '\u{feff}');
    word.chars().filter(matters).flat_map(char::to_lowercase).collect()
}

pub(super) fn table(word: &str) -> Option<Table> {
    match plain(word).as_str() {
        "area" | "areas" | "区划" | "行政区划" | "地区" => Some(Table::Area),
        "organization" | "organizations" | "organisation" | "site" | "sites" | "机构" | "单位"
        | "站点" => Some(Table::Organization),
        "room" | "rooms" | "房间" | "诊室" | "会诊室" | "教室" => Some(Table::Room),
        "person" | "people" | "人员" | "人" | "用户" => Some(Table::Person),
        "terminal" | "terminals" | "device" | "devices" | "终端" | "设备" => {
            Some(Table::Terminal)
        }
        "line" | "lines" | "link" | "links" | "线路" | "专线" | "宽带" | "网络" => {
            Some(Table::Line)
        }
        _ => None,
    }
}

/// The kind of terminal that a word means; the word itself if it means none.
pub(super) fn terminal_kind(word: &str) -> String {
    let kind = match plain(word).as_str() {
        "screen" | "大屏" | "一体机" | "会诊终端" | "会议终端" | "电视" => "screen",
        "computer" | "电脑" | "计算机" | "笔记本" => "computer",
        "tablet" | "平板" | "平板电脑" => "tablet",
        "phone" | "手机" => "phone",
        _ => word,
    };
    kind.to_owned()
}

/// The kind that a word means; the word itself if it means none.
pub(super) fn kind(word: &str) -> String {
    let kind = match plain(word).as_str() {
        "health" | "医疗" | "卫生" | "医院" | "卫生院" | "卫生室" => "health",
        "education" | "教育" | "学校" | "教学点" => "education",
        _ => word,
    };
    kind.to_owned()
}

/// Signs that stand between two roles.
const BETWEEN: &[char] = &[',', '，', ';', '；', '、', '/', '|', '+'];

/// The roles of a cell; a word that means none stays as it is.
pub(super) fn roles(cell: &str) -> Vec<String> {
    cell.split(BETWEEN).map(str::trim).filter(|word| !word.is_empty()).map(role).collect()
}

fn role(word: &str) -> String {
    let role = match plain(word).replace('_', "").as_str() {
        "scheduler" | "调度员" | "调度" => "scheduler",
        "specialist" | "专家" | "会诊专家" => "specialist",
        "villagedoctor" | "乡村医生" | "村医" => "village_doctor",
        "leadteacher" | "主讲教师" | "主讲老师" => "lead_teacher",
        "classroom" | "教室" | "村教室" => "classroom",
        "interpreter" | "翻译" | "口译" | "译员" | "手语翻译" => "interpreter",
        _ => word,
    };
    role.to_owned()
}

/// The pairs of languages of a cell; a word that means none stays as it is.
pub(super) fn languages(cell: &str) -> Vec<String> {
    cell.split(BETWEEN).map(str::trim).filter(|word| !word.is_empty()).map(language_pair).collect()
}

fn language_pair(word: &str) -> String {
    let pair = match word {
        "藏汉" | "汉藏" | "藏语" => "bo-zh",
        "维汉" | "汉维" | "维吾尔语" => "ug-zh",
        "蒙汉" | "汉蒙" | "蒙古语" => "mn-zh",
        "哈汉" | "汉哈" | "哈萨克语" => "kk-zh",
        "彝汉" | "汉彝" | "彝语" => "ii-zh",
        "壮汉" | "汉壮" | "壮语" => "za-zh",
        "手语" | "中国手语" => "csl-zh",
        _ => return word.to_lowercase(),
    };
    pair.to_owned()
}

/// Yes or no; an empty cell is a no.
pub(super) fn truth(word: &str) -> Option<bool> {
    match plain(word).as_str() {
        "yes" | "y" | "true" | "1" | "是" | "停用" | "retired" => Some(true),
        "" | "no" | "n" | "false" | "0" | "否" => Some(false),
        _ => None,
    }
}
