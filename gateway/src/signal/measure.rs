//! The measure of a description, taken by the client's own task: what would cost the shard time out
//! of proportion never gets there.

/// Lines of one section, at most: a browser with all its codecs writes some 300.
const LINES: usize = 1_000;
/// Formats in an m-line, and `rtpmap` and `fmtp` lines of a section: RTP has 128 payload types.
const FORMATS: usize = 128;
/// `rid` lines of a section, and names in its `simulcast` line.
const RIDS: usize = 32;

#[derive(Default)]
struct SectionSize {
    lines: usize,
    maps: usize,
    parameters: usize,
    rids: usize,
}

/// Whether a description has the measure of one that a client could mean.
pub(crate) fn fits(sdp: &str) -> bool {
    let mut section = SectionSize::default();
    sdp.lines().all(|line| {
        if let Some(media) = line.strip_prefix("m=") {
            section = SectionSize::default();
            return media.split_ascii_whitespace().nth(FORMATS + 3).is_none();
        }
        section.lines += 1;
        if let Some(order) = line.strip_prefix("a=simulcast:") {
            return order.split([' ', ';', ',']).nth(RIDS + 3).is_none();
        }
        section.maps += usize::from(line.starts_with("a=rtpmap:"));
        section.parameters += usize::from(line.starts_with("a=fmtp:"));
        section.rids += usize::from(line.starts_with("a=rid:"));
        section.lines <= LINES
            && section.maps.max(section.parameters) <= FORMATS
            && section.rids <= RIDS
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn video(formats: usize, lines: &str) -> String {
        format!("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF{}\r\n{lines}", " 7".repeat(formats))
    }

    #[test]
    fn what_a_browser_writes_fits_however_many_sections_it_has() {
        let codec = "a=rtpmap:7 VP8/90000\r\na=rtcp-fb:7 nack\r\na=fmtp:7 x=1\r\n";
        let layers = "a=rid:q send\r\na=simulcast:send q;h;f\r\na=ssrc:1 cname:x\r\n";
        assert!(fits(&video(60, &(codec.repeat(60) + layers)).repeat(400)));
        assert!(fits(""));
    }

    #[test]
    fn long_lists_do_not() {
        let many = [
            video(129, ""),
            video(1, &"a=rtpmap:7 VP8/90000\r\n".repeat(129)),
            video(1, &"a=fmtp:7 x=1\r\n".repeat(129)),
            video(1, &"a=rid:q send\r\n".repeat(33)),
            video(1, &format!("a=simulcast:send {}", "q;".repeat(40))),
            video(1, &"a=x\r\n".repeat(1_001)),
            "a=x\r\n".repeat(1_001),
        ];
        assert!(many.iter().all(|sdp| !fits(sdp)));
    }
}
