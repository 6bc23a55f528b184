//! Parts of SQL that both databases read.

use std::fmt::Write as _;

/// `$first, $first+1, …` for as many values; `columns` of them in a row, each row in brackets if there are several.
/// One text for each number of values: ask with [`persistent(false)`](sqlx::query::Query::persistent).
pub(super) fn placeholders(first: usize, rows: usize, columns: usize) -> String {
    let mut text = String::new();
    for row in 0..rows {
        let separator = if row == 0 { "" } else { ", " };
        let _ = write!(text, "{separator}");
        let numbers = (0..columns).map(|column| format!("${}", first + row * columns + column));
        let numbers: Vec<String> = numbers.collect();
        let _ = match columns {
            1 => write!(text, "{}", numbers.join(", ")),
            _ => write!(text, "({})", numbers.join(", ")),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::placeholders;

    #[test]
    fn are_numbered_on() {
        assert_eq!(placeholders(1, 3, 1), "$1, $2, $3");
        assert_eq!(placeholders(6, 2, 2), "($6, $7), ($8, $9)");
        assert_eq!(placeholders(1, 0, 2), "");
    }
}
