//! Areas of China on five levels: how their codes and names are read, and by which words they are found.

use pinyin::{ToPinyin, ToPinyinMulti};

/// Most readings of one name: of characters that are read in several ways, such as 重 in 重庆 (chong, zhong).
const READINGS_MAX: usize = 8;
/// Most characters of a name.
const NAME_CHARS_MAX: usize = 60;
/// The level below which a name is found by its usual reading alone.
const COUNTY: i64 = 3;

/// An area: its code of the National Bureau of Statistics, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) code: String,
    pub(crate) name: String,
}

impl Area {
    /// A line of the list: code, tab, name.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let (code, name) = line.split_once('\t')?;
        let name = name.trim();
        let good = level(code).is_some()
            && (1..=NAME_CHARS_MAX).contains(&name.chars().count())
            && !name.chars().any(char::is_control);
        good.then(|| Self { code: code.to_owned(), name: name.to_owned() })
    }

    /// Every word by which it is found: its name, its name as it is spoken, and the first letters of that.
    pub(crate) fn words(&self) -> Vec<String> {
        let name = plain(&self.name);
        let wide = level(&self.code).is_some_and(|level| level <= COUNTY);
        let spoken = if wide { readings(&name) } else { vec![usual(&name)] };
        let mut words = vec![name];
        for reading in spoken {
            words.push(reading.iter().map(|(whole, _)| whole.as_str()).collect());
            words.push(reading.iter().map(|(_, first)| first.as_str()).collect());
        }
        words.sort();
        words.dedup();
        words
    }
}

/// 1 province, 2 city, 3 county, 4 township, 5 village; none if this is no code.
pub(crate) fn level(code: &str) -> Option<i64> {
    let level = match code.len() {
        2 => 1,
        4 => 2,
        6 => 3,
        9 => 4,
        12 => 5,
        _ => return None,
    };
    code.bytes().all(|byte| byte.is_ascii_digit()).then_some(level)
}

/// The codes of the areas that this one lies in, the widest first.
pub(crate) fn above(code: &str) -> impl Iterator<Item = &str> {
    [2, 4, 6, 9]
        .into_iter()
        .filter(|length| *length < code.len())
        .filter_map(|length| code.get(..length))
}

/// A word without what does not matter in it: blanks, case, and how ü is typed.
pub(crate) fn plain(text: &str) -> String {
    let matters = text.chars().filter(|sign| !sign.is_whitespace() && *sign != '\'');
    matters.flat_map(char::to_lowercase).map(|sign| if sign == 'ü' { 'v' } else { sign }).collect()
}

/// One character as it is spoken: whole, and its first letter.
type Spoken = (String, String);

fn usual(name: &str) -> Vec<Spoken> {
    let spoken = |sign: char| match sign.to_pinyin() {
        Some(sound) => (plain(sound.plain()), sound.first_letter().to_owned()),
        None => itself(sign),
    };
    name.chars().filter(|sign| sign.is_alphanumeric()).map(spoken).collect()
}

/// Every reading of a name, at most [`READINGS_MAX`].
fn readings(name: &str) -> Vec<Vec<Spoken>> {
    let mut readings: Vec<Vec<Spoken>> = vec![Vec::new()];
    for sign in name.chars().filter(|sign| sign.is_alphanumeric()) {
        let mut ways: Vec<Spoken> = sign.to_pinyin_multi().map_or_else(Vec::new, |sounds| {
            sounds
                .into_iter()
                .map(|sound| (plain(sound.plain()), sound.first_letter().to_owned()))
                .collect()
        });
        if ways.is_empty() {
            ways.push(itself(sign));
        }
        ways.dedup();
        if readings.len() * ways.len() > READINGS_MAX {
            ways.truncate(1);
        }
        let longer = |reading: &Vec<Spoken>| -> Vec<Vec<Spoken>> {
            ways.iter()
                .map(|way| [reading.as_slice(), std::slice::from_ref(way)].concat())
                .collect()
        };
        readings = readings.iter().flat_map(longer).collect();
    }
    readings
}

fn itself(sign: char) -> Spoken {
    (sign.to_string(), sign.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(code: &str, name: &str) -> Vec<String> {
        Area { code: code.into(), name: name.into() }.words()
    }

    #[test]
    fn a_name_is_found_as_it_is_written_spoken_and_by_first_letters() {
        let found = words("610527", "白水县");
        for word in ["白水县", "baishuixian", "bsx"] {
            assert!(found.contains(&word.to_owned()), "{found:?}");
        }
        assert!(words("50", "重庆市").contains(&"chongqingshi".to_owned()));
        assert!(words("3502", "厦门市").contains(&"xiamenshi".to_owned()));
        assert!(words("330726100", "吕山乡").contains(&"lvshanxiang".to_owned()));
        assert!(words("110101001002", "黄寺大街24号社区").contains(&"hsdj24hsq".to_owned()));
        assert!(words("610527", &"重".repeat(60)).len() <= 1 + 2 * READINGS_MAX);
    }

    #[test]
    fn what_is_no_line_is_none() {
        for line in
            ["", "11", "1\t北", "11\t", "1x\t北京", "11\t\u{7}", "1111111111111\t北", "６１\t陕"]
        {
            assert_eq!(Area::read(line), None, "{line:?}");
        }
        assert!(Area::read(&format!("11\t{}", "长".repeat(61))).is_none());
        assert_eq!(Area::read("11\t北京市\r").unwrap().name, "北京市");
        assert_eq!(
            above("610527100001").collect::<Vec<_>>(),
            ["61", "6105", "610527", "610527100"]
        );
    }
}
