//! Descriptions as clients write them, and descriptions that nobody writes.

use super::*;
use crate::error::Error;
use proptest::prelude::*;

/// A publisher's offer in the manner of Chromium: simulcast, H.264 in three forms, Opus, data channels.
const OFFER: &str = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2\r\n\
a=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n\
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:EsAw\r\n\
a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=ice-options:trickle\r\n\
a=fingerprint:sha-256 aa:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99\r\n\
a=setup:actpass\r\na=mid:0\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level vad=on\r\n\
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n\
a=extmap:3/sendonly http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n\
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=sendonly\r\na=msid:- 1ea24f1b-3c2f-4b51-8b5c-13b8b1e0e2f4\r\n\
a=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n\
a=ssrc:3735928559 cname:x\r\na=ssrc:3735928559 msid:- 1ea24f1b\r\n\
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 105 45\r\na=mid:1\r\na=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n\
a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n\
a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\na=sendrecv\r\na=msid:stream track\r\n\
a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtpmap:102 H264/90000\r\n\
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f\r\na=rtpmap:103 rtx/90000\r\n\
a=fmtp:103 apt=102\r\na=rtpmap:104 H264/90000\r\n\
a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f\r\na=rtpmap:45 AV1/90000\r\n\
a=rid:q send\r\na=rid:h send\r\na=rid:f send max-width=1280\r\na=simulcast:send q;~h;f\r\n\
m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\na=sctp-port:5000\r\n";

fn credentials() -> Credentials {
    Credentials { ufrag: "UFRAG".to_owned(), pwd: "PWD".to_owned() }
}

fn rendered(media: &[Media], setup: Setup) -> String {
    let credentials = credentials();
    let print = ["AB"; 32].join(":");
    let udp = |text: &str| Candidate { address: text.parse().unwrap(), carrier: Carrier::Udp };
    let mut candidates = vec![udp("192.0.2.1:7882"), udp("[2001:db8::1]:7882")];
    candidates.push(Candidate { carrier: Carrier::Tcp, ..candidates[0] });
    candidates.push(Candidate { carrier: Carrier::Tcp, ..udp("192.0.2.1:443") });
    let local = Local {
        credentials: &credentials,
        fingerprint: &print,
        candidates: &candidates,
        session: 4,
        version: 2,
        setup,
    };
    render(&local, media)
}

fn send(active: bool) -> Media {
    Media::Send {
        mid: "1".to_owned(),
        kind: Kind::Video,
        codec: Codec::offered(CodecKind::Vp8),
        extensions: vec![(4, MID.to_owned())],
        tells: Tells::Nothing,
        ssrc: 1000,
        rtx_ssrc: 1001,
        stream: "PA_x|cam era".to_owned(),
        track: "TR_y\r\na=evil".to_owned(),
        active,
    }
}

#[test]
fn the_first_of_several_lines_for_a_payload_type_counts() {
    let lines = "a=rtpmap:96 VP8/90000\r\na=rtpmap:96 H264/90000\r\na=rtpmap:97 rtx/90000\r\n\
                 a=rtpmap:98 rtx/90000\r\na=fmtp:97 apt=96\r\na=fmtp:97 apt=1\r\na=fmtp:98 apt=96\r\n";
    let one = format!("a=mid:x\r\nm=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n{lines}");
    let remote = parse(&OFFER.replacen("a=mid:1\r\n", &one, 1));
    let codecs = &remote.unwrap().sections[2].codecs;
    let [codec] = &codecs[..] else { panic!("{codecs:?}") };
    assert_eq!((codec.kind, codec.rtx, codec.fmtp.as_str()), (CodecKind::Vp8, Some(97), ""));
}

/// Ten million lines would be read if each one were looked for in all the others.
#[test]
fn a_long_list_is_read_once() {
    let lines: String = (0..10_000)
        .map(|n| format!("a=rtpmap:{} rtx/90000\r\na=fmtp:{} apt=1\r\n", n % 128, n % 128))
        .collect();
    let formats = " 96".repeat(20_000);
    let one = format!("a=mid:x\r\nm=video 9 UDP/TLS/RTP/SAVPF{formats}\r\n{lines}");
    let remote = parse(&OFFER.replacen("a=mid:1\r\n", &one, 1)).unwrap();
    assert_eq!(remote.sections.len(), 4);
}

#[test]
fn an_offer_is_read() {
    let remote = parse(OFFER).unwrap();
    assert!(remote.fits() && remote.setup == Setup::ActPass && !remote.ice_lite);
    assert!(remote.fingerprint.starts_with("AA:BB:CC") && remote.ice_ufrag == "EsAw");
    let [audio, video, data] = &remote.sections[..] else { panic!("three sections") };
    assert_eq!(
        (audio.mid.as_str(), audio.kind, audio.sends, audio.receives),
        ("0", Kind::Audio, true, false)
    );
    assert_eq!(audio.codecs, [Codec::offered(CodecKind::Opus)]);
    let ids: Vec<u8> = audio.extensions.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, [1, 3, 4]);
    assert_eq!(audio.track.as_deref(), Some("1ea24f1b-3c2f-4b51-8b5c-13b8b1e0e2f4"));
    assert_eq!(audio.ssrcs, [Ssrcs { ssrc: 3_735_928_559, rtx: None }]);
    let codecs: Vec<_> = video.codecs.iter().map(|c| (c.kind, c.pt, c.rtx)).collect();
    let h264 = (CodecKind::H264, 102, Some(103));
    assert_eq!(codecs, [(CodecKind::Vp8, 96, Some(97)), h264, (CodecKind::Av1, 45, None)]);
    assert_eq!(video.rids, ["q", "h", "f"]);
    assert!(video.sends && video.receives && !video.rejected);
    assert_eq!((data.kind, data.mid.as_str(), data.codecs.len()), (Kind::Data, "2", 0));
}

#[test]
fn what_shares_the_path_is_known() {
    let bundled = |sdp: &str| -> Vec<bool> {
        parse(sdp).unwrap().sections.iter().map(|it| it.bundled).collect()
    };
    assert_eq!(bundled(OFFER), [true; 3]);
    assert_eq!(bundled(&OFFER.replace("BUNDLE 0 1 2", "BUNDLE 0 2")), [true, false, true]);
    assert_eq!(bundled(&OFFER.replace("a=mid:1", "a=mid:0")), [true, false, true]);
    assert_eq!(bundled(&OFFER.replace("a=group:", "a=grope:")), [false; 3]);
    let muxed: Vec<bool> = parse(OFFER).unwrap().sections.iter().map(|it| it.muxed).collect();
    assert_eq!(muxed, [true, false, false]);
}

#[test]
fn h264_in_single_packets_is_taken_from_who_sends_it_and_has_nothing_better() {
    let codecs = |direction: &str, fmtps: &[&str]| -> Vec<(u8, String)> {
        let mut lines = "m=video 9 UDP/TLS/RTP/SAVPF 100 101 102\r\na=mid:v\r\n".to_owned();
        lines += &format!("a={direction}\r\n");
        for (pt, fmtp) in (100..).zip(fmtps) {
            lines += &format!("a=rtpmap:{pt} H264/90000\r\n");
            if !fmtp.is_empty() {
                lines += &format!("a=fmtp:{pt} {fmtp}\r\n");
            }
        }
        let remote = parse(&(OFFER.to_owned() + &lines)).unwrap();
        remote.sections[3].codecs.iter().map(|it| (it.pt, it.fmtp.clone())).collect()
    };
    for (fmtp, sent, received) in [
        ("profile-level-id=42e01f", 1, 0),
        ("", 1, 0),
        ("packetization-mode=0", 1, 0),
        ("packetization-mode=1; profile-level-id=640c1f", 1, 1),
        ("packetization-mode=2", 0, 0),
        ("packetization-mode=1;profile-level-id=7a0029", 0, 0),
        ("packetization-mode=1;profile-level-id=F4001f", 0, 0),
        ("packetization-mode=1;profile-level-id=4D001f", 1, 1),
    ] {
        let found = (codecs("sendonly", &[fmtp]).len(), codecs("recvonly", &[fmtp]).len());
        assert_eq!(found, (sent, received), "{fmtp}");
    }
    let both = codecs("sendonly", &["packetization-mode=0", "packetization-mode=1"]);
    assert_eq!(both, [(101, "packetization-mode=1".to_owned())]);
}

#[test]
fn announced_streams_fold_their_retransmissions() {
    let sdp = OFFER.replace(
        "a=rid:q send\r\n",
        "a=ssrc-group:FID 7 8\r\na=ssrc:7 cname:a\r\na=ssrc:8 cname:a\r\na=ssrc:7 msid:s t\r\n",
    );
    assert_eq!(parse(&sdp).unwrap().sections[1].ssrcs, [Ssrcs { ssrc: 7, rtx: Some(8) }]);
}

#[test]
fn what_cannot_be_used_is_refused_by_name() {
    let long = "x".repeat(MAX_SDP + 1);
    let many = format!("{OFFER}{}", "m=audio 9 RTP/AVP 0\r\n".repeat(MAX_SECTIONS));
    for (sdp, why) in [
        (long, "too long"),
        (many, "too many m-sections"),
        (OFFER.replace("v=0", "v=1"), "v=0"),
        (OFFER.replace("sha-256", "sha-1"), "fingerprint"),
        (OFFER.replace("aa:BB", "aa:ZZ"), "fingerprint"),
        (OFFER.replace("a=setup:actpass\r\n", ""), "a=setup"),
        (OFFER.replace("a=ice-ufrag:EsAw\r\n", ""), "a=ice-ufrag"),
        (OFFER.replace("a=ice-pwd:", "a=ice-pwt:"), "a=ice-pwd"),
        (OFFER.replace("a=mid:1", "a=mid:1\tx"), "control character"),
        (OFFER.replace("a=mid:1", "a=mid:1 x"), "a name"),
        (OFFER.replace("m=video 9", "m=video nine"), "port"),
        (
            OFFER
                .replace("a=rid:f", "a=rid:1 send\r\na=rid:2 send\r\na=rid:f")
                .replace("a=simulcast:", "a=x:"),
            "layers",
        ),
    ] {
        match parse(&sdp) {
            Err(Error::Sdp(reason)) => assert!(reason.contains(why), "{reason} / {why}"),
            other => panic!("{why}: {other:?}"),
        }
    }
}

#[test]
fn a_passive_or_lite_client_does_not_fit() {
    assert!(!parse(&OFFER.replace("actpass", "passive")).unwrap().fits());
    assert!(!parse(&OFFER.replace("a=extmap-allow-mixed", "a=ice-lite")).unwrap().fits());
}

#[test]
fn port_zero_is_a_refusal_unless_bundled() {
    let stopped = OFFER.replace("m=video 9", "m=video 0");
    assert!(parse(&stopped).unwrap().sections[1].rejected);
    assert!(
        !parse(&stopped.replace("a=mid:1", "a=mid:1\r\na=bundle-only")).unwrap().sections[1]
            .rejected
    );
}

#[test]
fn an_answer_keeps_order_and_names() {
    let offer = parse(OFFER).unwrap();
    let [audio, video, _] = &offer.sections[..] else { panic!("three sections") };
    let receive = |s: &Section, active| Media::Receive {
        mid: s.mid.clone(),
        kind: s.kind,
        codec: s.codecs[0].clone(),
        extensions: s.extensions.clone(),
        rids: s.rids.clone(),
        active,
    };
    let media = [
        Media::Reject { mid: audio.mid.clone(), kind: Kind::Audio },
        receive(video, true),
        Media::Data { mid: "2".to_owned() },
    ];
    let text = rendered(&media, Setup::Passive);
    assert!(text.contains("a=group:BUNDLE 1 2\r\n"));
    assert!(text.contains("m=audio 0 UDP/TLS/RTP/SAVPF 0\r\n"));
    assert!(text.contains("a=simulcast:recv q;h;f\r\n"));
    let back = parse(&text).unwrap();
    let mids: Vec<_> = back.sections.iter().map(|s| (s.mid.as_str(), s.rejected)).collect();
    assert_eq!(mids, [("0", true), ("1", false), ("2", false)]);
    assert_eq!(back.sections[1].codecs, video.codecs[..1]);
    assert!(
        !back.sections[1].sends
            && back.sections[1].receives
            && back.ice_lite
            && back.setup == Setup::Passive
    );
    let text = rendered(&[receive(audio, true), receive(video, false)], Setup::Passive);
    assert!(text.contains("a=inactive\r\n") && !text.contains("a=simulcast"));
    assert!(
        text.contains("a=rtcp-fb:111 transport-cc") && !text.contains("a=rtcp-fb:96 transport-cc")
    );
}

#[test]
fn an_offered_stream_is_named_primary_first_and_cannot_break_its_line() {
    let text = rendered(&[send(true)], Setup::ActPass);
    assert!(text.lines().all(|l| l != "a=evil"));
    assert!(text.contains("a=msid:PA_x|cam_era TR_y__a=evil\r\n"));
    assert!(text.find("a=ssrc:1000").unwrap() < text.find("a=ssrc:1001").unwrap());
    let candidates: Vec<&str> = text.lines().filter(|l| l.starts_with("a=candidate:")).collect();
    assert_eq!(
        candidates,
        [
            "a=candidate:1 1 udp 2130706431 192.0.2.1 7882 typ host",
            "a=candidate:2 1 udp 2130706175 2001:db8::1 7882 typ host",
            "a=candidate:3 1 tcp 1520434687 192.0.2.1 7882 typ host tcptype passive",
            "a=candidate:4 1 tcp 1520434431 192.0.2.1 443 typ host tcptype passive",
        ]
    );
    let back = parse(&text).unwrap();
    assert_eq!(back.sections[0].ssrcs, [Ssrcs { ssrc: 1000, rtx: Some(1001) }]);
    assert_eq!(back.sections[0].codecs, [Codec::offered(CodecKind::Vp8)]);
    let text = rendered(&[send(false)], Setup::ActPass);
    assert!(
        text.contains("m=video 9 ") && text.contains("a=inactive\r\n") && !text.contains("a=ssrc")
    );
}

#[test]
fn everything_is_offered_with_numbers() {
    for kind in [CodecKind::Vp8, CodecKind::Av1, CodecKind::Opus] {
        let codec = Codec::offered(kind);
        let offered = Media::Send {
            mid: "0".to_owned(),
            kind: if kind.audio() { Kind::Audio } else { Kind::Video },
            extensions: Codec::offered_extensions(kind),
            tells: Tells::Nothing,
            ssrc: 1,
            rtx_ssrc: 2,
            stream: "s".to_owned(),
            track: "t".to_owned(),
            active: true,
            codec: codec.clone(),
        };
        let answered = rendered(std::slice::from_ref(&offered), Setup::Passive);
        let text = rendered(&[offered], Setup::ActPass);
        let again = format!("a=rtcp-fb:{} nack\r\n", codec.pt);
        assert!(text.contains(&again), "what is lost is sent again: {kind:?}");
        assert_eq!(answered.contains(&again), !kind.audio(), "sound if both say so");
        assert!(text.contains(&format!("a=extmap:3 {TRANSPORT_CC}\r\n")));
        assert!(text.contains(&format!("a=rtcp-fb:{} transport-cc\r\n", codec.pt)));
        let said = parse(&text).unwrap().sections[0].written();
        let dependency = if kind.scalable() { DEPENDENCY_ID } else { 0 };
        assert_eq!(
            said,
            Written { dependency, transport_cc: TRANSPORT_CC_ID, ..Written::default() },
            "{kind:?}"
        );
    }
}

#[test]
fn what_the_client_can_tell_is_agreed_to_where_it_has_no_transport_wide_feedback() {
    let remb = "a=rtcp-fb:96 goog-remb\r\n";
    let ccfb = "a=rtcp-fb:* ack ccfb\r\n";
    for (said, tells, agreed) in [
        ("", Tells::Nothing, ""),
        ("a=rtcp-fb:96 nack\r\na=rtcp-fb:96 ack rpsi\r\n", Tells::Nothing, ""),
        (remb, Tells::Estimate, remb),
        ("a=rtcp-fb:* ack ccfb\r\na=rtcp-fb:96 goog-remb\r\n", Tells::Packets, ccfb),
        ("a=rtcp-fb:96 ack ccfb\r\n", Tells::Packets, ccfb),
    ] {
        let line = "a=rtpmap:96 VP8/90000\r\n";
        let remote = parse(&OFFER.replacen(line, &format!("{line}{said}"), 1)).unwrap();
        assert_eq!(remote.sections[1].tells, tells, "{said}");
        for (numbered, extension) in [(false, MID), (true, TRANSPORT_CC)] {
            let mut media = send(true);
            if let Media::Send { extensions, tells, .. } = &mut media {
                *extensions = vec![(4, extension.to_owned())];
                *tells = remote.sections[1].tells;
            }
            let text = rendered(&[media], Setup::Passive);
            let kinds = ["transport-cc", "goog-remb", "ack ccfb"];
            let of = |line: &&str| kinds.iter().any(|kind| line.ends_with(kind));
            let lines: Vec<&str> = text.lines().filter(of).collect();
            let expected = if numbered { "a=rtcp-fb:96 transport-cc" } else { agreed.trim_end() };
            assert_eq!(lines.join(""), expected, "{said}");
            let back = parse(&text).unwrap().sections[0].written();
            assert_eq!(back.is_told(), numbered || tells == Tells::Packets, "{said}");
        }
    }
}

#[test]
fn copies_and_silence_of_sound_are_agreed() {
    let offered = Codec::offered(CodecKind::Opus);
    let answer = |codec: Codec| {
        let (mid, kind, extensions, rids) = ("0".to_owned(), Kind::Audio, vec![], vec![]);
        rendered(
            &[Media::Receive { mid, kind, codec, extensions, rids, active: true }],
            Setup::Passive,
        )
    };
    let first = |text: &str| parse(text).unwrap().sections.swap_remove(0).codecs.swap_remove(0);
    let text = answer(offered.clone());
    assert!(
        text.contains("m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\n"),
        "copies are preferred: {text}"
    );
    assert_eq!(first(&text), offered);
    let plain = offered.clone().without_red(true);
    let text = answer(plain.clone());
    assert!(text.contains("SAVPF 111\r\n") && !text.contains("red/"));
    assert_eq!(first(&text), plain);
    // Copies in another codec than the sound are none.
    let mixed = answer(offered).replace("111/111", "111/0");
    assert_eq!(first(&mixed), plain);
    let silent = plain.with_silence(true);
    assert_eq!(silent.fmtp, "minptime=10;useinbandfec=1;usedtx=1");
    assert_eq!(silent.clone().with_silence(true), silent, "said once");
    assert_eq!(Codec::offered(CodecKind::Vp8).with_silence(true).fmtp, "");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(v=0\r\n)?([amcv]=[ -~]{0,60}\r\n){0,12}", noise: String) {
        let _ = parse(&text);
        let _ = parse(&noise);
    }

    #[test]
    fn a_changed_offer_is_read_or_refused(changes in proptest::collection::vec((0..OFFER.len(), any::<char>()), 1..12), cut in 0..OFFER.len()) {
        let mut chars: Vec<char> = OFFER.chars().collect();
        for (at, c) in changes {
            chars[at] = c;
        }
        let text: String = chars.iter().collect();
        if let Ok(remote) = parse(&text) {
            prop_assert!(remote.sections.iter().all(|s| s.rids.len() <= MAX_LAYERS && s.codecs.len() <= MAX_CODECS));
        }
        let _ = parse(&chars.iter().take(cut).collect::<String>());
    }
}
