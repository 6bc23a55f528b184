//! What can be a mail address.

use super::fault::{Column, Fault, shown};

/// Longest address, bytes (RFC 5321, section 4.5.3.1.3, without the brackets).
const MAIL_BYTES_MAX: usize = 254;
/// Longest part before the @, bytes.
const LOCAL_BYTES_MAX: usize = 64;
/// Longest word of a domain between two dots, bytes (RFC 1035).
const LABEL_BYTES_MAX: usize = 63;

/// Whether mail can be sent there: `Local-part "@" Domain` of RFC 5321 in ASCII, without quotation marks, comments and
/// addresses of machines.
pub(super) fn check_mail(text: &str) -> Result<(), Fault> {
    if is_address(text) {
        return Ok(());
    }
    let detail = format!(
        "`{}` is no mail address; write it as name@example.org in Latin letters, or leave it empty",
        shown(text)
    );
    Err(Fault::new(Column::Mail, "mail-malformed", detail).param("id", text))
}

fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    let label = |word: &str| {
        (1..=LABEL_BYTES_MAX).contains(&word.len())
            && !word.starts_with('-')
            && !word.ends_with('-')
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.len() <= MAIL_BYTES_MAX
        && local.len() <= LOCAL_BYTES_MAX
        && local.split('.').all(|word| !word.is_empty() && word.bytes().all(atom))
        && domain.contains('.')
        && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_name_and_one_domain_of_plain_letters() {
        for good in ["chen@example.org", "o'neil+county.7@mail-1.example.cn", "a@xn--fiqs8s.cn"] {
            assert_eq!(check_mail(good), Ok(()), "{good}");
        }
        let long = format!("{}@example.org", "a".repeat(65));
        let longer = format!("a@{}org", "example.".repeat(32));
        for bad in [
            "",
            "chen",
            "chen@",
            "@example.org",
            "chen@example",
            "chen@@example.org",
            "a b@example.org",
            "chen@example..org",
            ".chen@example.org",
            "chen@-a.org",
            "陈@example.org",
            "chen@例子.中国",
            "chen@example.org\r\nRCPT TO:<other@example.org>",
            "<chen@example.org>",
            "chen@example.org,other@example.org",
            "\"a b\"@example.org",
            "chen@[127.0.0.1]",
            &long,
            &longer,
        ] {
            let fault = check_mail(bad).unwrap_err();
            assert_eq!((fault.column, fault.code), (Column::Mail, "mail-malformed"), "{bad}");
        }
    }
}
