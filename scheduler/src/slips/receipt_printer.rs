//! Slips for a receipt printer that takes ESC/POS, in Chinese.
//!
//! The few commands are written here: the `escpos` crate (0.20) knows no Chinese mode and no GB18030, and brings drivers of USB and
//! serial lines with it, while the bytes leave as a file. Printers that are sold in China take GB18030 after `FS &`.

use super::words::{Slip, bring, kind_word, when};
use crate::register::sheet::gb18030;

/// ESC @: as after it was switched on.
const RESET: &[u8] = &[0x1b, 0x40];
/// FS &: two bytes and more are a Chinese character.
const CHINESE: &[u8] = &[0x1c, 0x26];
/// GS ! and FS !: characters twice as high and wide, and back.
const LARGE: &[u8] = &[0x1d, 0x21, 0x11, 0x1c, 0x21, 0x0c];
const USUAL: &[u8] = &[0x1d, 0x21, 0x00, 0x1c, 0x21, 0x00];
/// GS V 66 0: feeds the paper to the knife and cuts it; a printer without one only feeds.
const CUT: &[u8] = &[0x1d, 0x56, 0x42, 0x00];

/// The bytes that print these slips one after the other, each cut off.
pub(crate) fn printed<'a>(slips: impl Iterator<Item = Slip<'a>>) -> Vec<u8> {
    let mut bytes = [RESET, CHINESE].concat();
    for slip in slips {
        bytes.extend_from_slice(LARGE);
        line(&mut bytes, slip.name);
        line(&mut bytes, &when(&slip));
        bytes.extend_from_slice(USUAL);
        line(&mut bytes, kind_word(slip.kind, slip.language));
        line(&mut bytes, &format!("地点：{}", slip.place));
        line(&mut bytes, &format!("请带：{}", bring(slip.kind, slip.language)));
        bytes.extend_from_slice(CUT);
    }
    bytes
}

/// One line. A name cannot hold a command: signs that control are left out.
fn line(bytes: &mut Vec<u8>, text: &str) {
    let text: String = text.chars().filter(|sign| !sign.is_control()).collect();
    bytes.extend_from_slice(&gb18030(&text));
    bytes.push(b'\n');
}

#[cfg(test)]
mod tests {
    use booking::UnixS;
    use session::{Kind, Language};

    use super::*;
    use crate::civil::Zone;

    #[test]
    fn a_slip_is_chinese_is_cut_and_holds_no_command_of_a_name() {
        let zone = Zone::named("Asia/Shanghai").unwrap();
        let slip = Slip {
            name: "王\u{1b}@大爷",
            kind: Kind::Consultation,
            starts: UnixS(1_795_482_000),
            place: "林皋远程诊室",
            language: Language::Chinese,
            zone: &zone,
        };
        let bytes = printed([slip, slip].into_iter());
        assert!(bytes.starts_with(&[0x1b, 0x40, 0x1c, 0x26]));
        assert_eq!(bytes.windows(4).filter(|it| *it == CUT).count(), 2);
        // 王@大爷 in GB18030.
        let name = [0xcd, 0xf5, 0x40, 0xb4, 0xf3, 0xd2, 0xaf, 0x0a];
        assert!(bytes.windows(name.len()).any(|it| it == name), "{bytes:x?}");
        assert_eq!(when(&slip), "11月24日 星期二 09:00");
    }
}
