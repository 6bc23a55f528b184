//! Whether a page was drawn with its letters, by what poppler complains of.

/// What poppler says of letters that it could not draw, or drew with those of another font.
const COMPLAINTS: &[&str] = &[
    "non-embedded font using identity encoding: ",
    "Couldn't find a font for ",
    "Couldn't create a font for ",
    "Missing language pack for ",
    "Unknown character collection ",
    "No font in show",
];
/// The fonts that every viewer has (ISO 32000-1, 9.6.2.2), by how their names begin.
const STANDARD: &[&str] = &["Helvetica", "Times", "Courier", "Symbol", "ZapfDingbats"];
/// Columns of a font's name in what pdffonts says.
const NAME: usize = 36;
/// The longest name that is told.
const TOLD: usize = 80;

/// Whether letters are missing.
pub(super) fn missing(complaint: &str) -> bool {
    COMPLAINTS.iter().any(|it| complaint.contains(it))
}

/// Whether they are missing because poppler's tables of Asian fonts are not installed.
pub(super) fn tables_missing(complaint: &str) -> bool {
    complaint.contains("Missing language pack for ")
}

/// The font that a complaint names.
pub(super) fn named(complaint: &str) -> Option<String> {
    complaint.lines().find_map(|line| {
        let (_, name) = COMPLAINTS.iter().take(3).find_map(|it| line.split_once(it))?;
        let name = name.trim().trim_start_matches('\'');
        told(name.split('\'').next().unwrap_or(name))
    })
}

/// The first font that is not in the PDF, in what pdffonts says.
pub(super) fn not_embedded(said: &str) -> Option<String> {
    said.lines().skip(2).find_map(|line| {
        let (name, rest) = line.split_at_checked(NAME)?;
        let mut columns = rest.split_ascii_whitespace().rev().skip(4);
        let name = name.trim();
        let standard = STANDARD.iter().any(|it| name.starts_with(it));
        if columns.next() == Some("no") && !standard { told(name) } else { None }
    })
}

/// The first name of a font in the PDF's bytes that is not a standard one: where poppler drops a
/// font it does not tell its name.
pub(super) fn in_bytes(pdf: &[u8]) -> Option<String> {
    let key = b"/BaseFont";
    let mut rest = pdf;
    while let Some(at) = rest.windows(key.len()).position(|it| it == key) {
        rest = rest.get(at + key.len()..).unwrap_or_default();
        let name = rest.trim_ascii_start();
        let Some(name) = name.strip_prefix(b"/") else { continue };
        let end = name.iter().position(|it| !it.is_ascii_graphic() || b"/<>[]()%".contains(it));
        let name = String::from_utf8_lossy(name.get(..end.unwrap_or(0)).unwrap_or_default());
        if !STANDARD.iter().any(|it| name.starts_with(it))
            && let Some(name) = told(&name)
        {
            return Some(name);
        }
    }
    None
}

/// A name as people are told it: of a subset without the six letters before it.
fn told(name: &str) -> Option<String> {
    let own = name.split_once('+').filter(|it| it.0.len() == 6).map_or(name, |it| it.1);
    let own: String = own.chars().filter(|it| !it.is_control()).take(TOLD).collect();
    (!own.is_empty()).then_some(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_poppler_says_of_letters_is_understood() {
        let whole = "Syntax Error (428): Missing 'endstream' or incorrect stream length\n";
        assert!(!missing(whole) && !missing(""));
        let identity = "Syntax Error: non-embedded font using identity encoding: SimSun\n";
        assert!(missing(identity));
        assert_eq!(named(identity).as_deref(), Some("SimSun"));
        let none = "Syntax Error: Couldn't find a font for 'ABCDEF+FangSong'\n";
        assert_eq!(named(none).as_deref(), Some("FangSong"));
        let tables = "Syntax Error: Missing language pack for 'Adobe-GB1' mapping\n";
        assert!(missing(tables) && tables_missing(tables));
        assert_eq!(named(tables), None);
    }

    #[test]
    fn a_font_that_is_not_in_the_pdf_is_found() {
        let said = "\
name                                 type              encoding         emb sub uni object ID
------------------------------------ ----------------- ---------------- --- --- --- ---------
Helvetica                            Type 1            Standard         no  no  no       3  0
ABCDEF+Inside                        TrueType          WinAnsi          yes yes no       4  0
STSong-Light                         CID Type 0        UniGB-UCS2-H     no  no  no       5  0
";
        assert_eq!(not_embedded(said).as_deref(), Some("STSong-Light"));
        assert_eq!(not_embedded("name\n---\n"), None);
        let pdf = b"<< /BaseFont /Helvetica >> \xff << /BaseFont/STSong-Light/Encoding /X >>";
        assert_eq!(in_bytes(pdf).as_deref(), Some("STSong-Light"));
        assert_eq!(in_bytes(b"/BaseFont"), None);
        assert_eq!(in_bytes(b"/BaseFont /"), None);
    }
}
