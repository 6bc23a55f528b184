//! The first line: which column is where.

use csv::StringRecord;
use session::Language;

use super::no_table::NoTable;
use super::words::plain;
use crate::register::fault::{CHINESE, Column, shown};

/// The columns of one file.
#[derive(Debug, Default)]
pub(super) struct Headers {
    /// Each column with its place and its name as the file writes it.
    found: Vec<(Column, usize, String)>,
    ignored: Vec<String>,
    columns: usize,
}

/// Most names of columns that are not read and yet told.
const IGNORED_MAX: usize = 20;

const fn names(column: Column) -> &'static [&'static str] {
    match column {
        Column::Table => &["table", "表", "类别", "类型", "数据类型", "what"],
        Column::Id => &["id", "编号", "代码", "标识", "code"],
        Column::Name(Language::Chinese) => &["name", "名称", "姓名", "名字", "中文名"],
        Column::Name(Language::English) => {
            &["nameen", "nameinenglish", "英文名", "英文名称", "英文姓名", "englishname"]
        }
        Column::Name(Language::Tibetan) => {
            &["namebo", "nameintibetan", "藏文名", "藏文名称", "藏文姓名", "藏语名称"]
        }
        Column::Name(Language::Uyghur) => &[
            "nameug",
            "nameinuyghur",
            "维文名",
            "维文名称",
            "维文姓名",
            "维吾尔文名",
            "维吾尔文名称",
            "维吾尔文姓名",
        ],
        Column::Kind => &["kind", "机构类型", "终端类型", "行业", "性质", "sector"],
        Column::Organization => &[
            "organization",
            "organisation",
            "site",
            "organizationid",
            "机构",
            "所属机构",
            "单位",
            "所在单位",
        ],
        Column::Roles => &["roles", "role", "角色", "职责", "身份"],
        Column::Retired => &["retired", "停用", "已停用", "离职", "撤销"],
        Column::Area => &["area", "areacode", "区划", "行政区划", "区划代码", "所在区划"],
        Column::Room => &["room", "roomid", "房间", "所在房间", "所在诊室", "所在教室"],
        Column::Interprets => {
            &["interprets", "interpreting", "languages", "翻译语种", "翻译", "口译", "语种", "语言"]
        }
        Column::DownKbps => {
            &["downkbps", "down", "下行", "下行kbps", "下行kbit/s", "下行速率", "下行带宽"]
        }
        Column::UpKbps => {
            &["upkbps", "up", "上行", "上行kbps", "上行kbit/s", "上行速率", "上行带宽"]
        }
        Column::MonthMb => &["monthmb", "mbamonth", "每月mb", "每月流量", "月流量", "月流量mb"],
        Column::Tariff => &["tariff", "资费", "费率", "分时资费", "每mb资费"],
        Column::Mail => &[
            "mail",
            "email",
            "e-mail",
            "mailaddress",
            "emailaddress",
            "邮箱",
            "邮件",
            "电子邮箱",
            "电子邮件",
            "邮箱地址",
        ],
    }
}

fn column(name: &str) -> Option<Column> {
    let name = plain(name).replace('_', "");
    Column::ALL.into_iter().find(|column| names(*column).contains(&name.as_str()))
}

impl Headers {
    pub(super) fn read(record: &StringRecord) -> Self {
        let mut headers = Self { columns: record.len(), ..Self::default() };
        for (place, name) in record.iter().enumerate() {
            match column(name) {
                Some(column) => headers.found.push((column, place, name.trim().to_owned())),
                None if name.trim().is_empty() => {}
                None if headers.ignored.len() < IGNORED_MAX => {
                    headers.ignored.push(shown(name.trim()))
                }
                None => {}
            }
        }
        headers
    }

    /// How many columns are known.
    pub(super) const fn known(&self) -> usize {
        self.found.len()
    }

    pub(super) const fn columns(&self) -> usize {
        self.columns
    }

    pub(super) fn ignored(&self) -> &[String] {
        &self.ignored
    }

    pub(super) fn written(&self, column: Column) -> Option<&str> {
        self.found.iter().find(|found| found.0 == column).map(|found| found.2.as_str())
    }

    /// The text of a cell, trimmed; empty where the line is too short, none where the file has no such column.
    pub(super) fn cell<'r>(&self, record: &'r StringRecord, column: Column) -> Option<&'r str> {
        let (_, place, _) = self.found.iter().find(|found| found.0 == column)?;
        Some(record.get(*place).unwrap_or_default().trim())
    }

    /// Whether the columns are there that every line needs, each once.
    pub(super) fn check(&self) -> Result<(), NoTable> {
        for (nth, (column, _, name)) in self.found.iter().enumerate() {
            if self.found.iter().take(nth).any(|(other, ..)| other == column) {
                let detail = format!("two columns are `{}`; take one away", column.as_str());
                return Err(NoTable::new("column-twice", detail).param("id", name.as_str()));
            }
        }
        for column in [Column::Table, CHINESE] {
            if self.written(column).is_none() {
                let detail =
                    format!("there is no column `{}`; add it to the first line", column.as_str());
                return Err(NoTable::new("column-missing", detail).param("id", column.as_str()));
            }
        }
        Ok(())
    }
}
