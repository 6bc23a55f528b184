//! What clients write in their session descriptions.

use super::security::identity;

const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
const RID: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
const REPAIRED: &str = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id";
const TRANSPORT_CC: &str =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

/// Numbers of header extensions in what the model publisher sends.
pub(super) const MID_ID: u8 = 4;
pub(super) const RID_ID: u8 = 10;
pub(super) const REPAIRED_ID: u8 = 11;
pub(super) const TRANSPORT_CC_ID: u8 = 3;
pub(super) const LEVEL_ID: u8 = 1;

fn head(mids: &[&str], setup: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {}\r\na=ice-ufrag:mine\r\n\
         a=ice-pwd:0123456789abcdef01234567\r\na=fingerprint:sha-256 {}\r\na=setup:{setup}\r\n",
        mids.join(" "),
        identity().fingerprint
    )
}

/// A voice, with copies of its own or without, and a camera in layers of these names.
pub(super) fn offer(red: bool, rids: &[&str]) -> String {
    let (types, redundant) = match red {
        true => ("63 111", "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n"),
        false => ("111", ""),
    };
    let extensions =
        format!("a=extmap:{MID_ID} {MID}\r\na=extmap:{TRANSPORT_CC_ID} {TRANSPORT_CC}\r\n");
    let mut text = head(&["0", "1"], "actpass");
    text += &format!(
        "m=audio 9 UDP/TLS/RTP/SAVPF {types}\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendonly\r\na=rtcp-mux\r\n\
         a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n{redundant}{extensions}\
         a=extmap:{LEVEL_ID} {LEVEL}\r\na=msid:stream voice\r\na=ssrc:{VOICE_SSRC} cname:me\r\n"
    );
    if rids.is_empty() {
        return text.replace("BUNDLE 0 1", "BUNDLE 0");
    }
    text += &format!(
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendonly\r\na=rtcp-mux\r\n\
         a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n\
         a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n{extensions}\
         a=extmap:{RID_ID} {RID}\r\na=extmap:{REPAIRED_ID} {REPAIRED}\r\na=msid:stream camera\r\n"
    );
    rids.iter().for_each(|rid| text += &format!("a=rid:{rid} send\r\n"));
    text + &format!("a=simulcast:send {}\r\n", rids.join(";"))
}

/// The stream of the model publisher's voice.
pub(super) const VOICE_SSRC: u32 = 1_001;

/// What of an offer the answer of a browser repeats.
const TAKEN: &[&str] =
    &["m=", "a=mid:", "a=rtpmap:", "a=fmtp:", "a=extmap:", "a=rtcp-fb:", "a=rtcp-mux"];

/// The answer of a client that takes all sections of an offer, with their extensions and repair.
pub(super) fn accept(offer: &str) -> String {
    let mids: Vec<&str> = offer.lines().filter_map(|line| line.strip_prefix("a=mid:")).collect();
    let mut answer = head(&mids, "active");
    for line in offer.lines() {
        match line {
            "a=sendonly" => answer += "a=recvonly\r\n",
            "a=inactive" => answer += "a=inactive\r\n",
            _ if TAKEN.iter().any(|it| line.starts_with(it)) => answer += &format!("{line}\r\n"),
            _ => {}
        }
    }
    answer
}

/// A value of a description, such as `ice-ufrag`.
pub(super) fn value<'a>(sdp: &'a str, key: &str) -> &'a str {
    let start = format!("a={key}:");
    sdp.lines().find_map(|line| line.strip_prefix(start.as_str())).unwrap_or_default()
}
