//! What is inside SRTP: a client with keys may put anything there.

use std::time::Duration;

use transport::dependency::Dependencies;
use transport::ingress::Ingress;
use transport::payload::{CodecKind, Counters, keyframe, red, size};
use transport::rtp::{self, Header};
use transport::sdp::{self, Codec, Kind};

use crate::network::start;
use crate::parts::Parts;

const EXTENSIONS: [&str; 5] =
    [sdp::MID, sdp::RID, sdp::REPAIRED_RID, sdp::TRANSPORT_CC, sdp::AUDIO_LEVEL];

/// RTP headers and extensions (RFC 3550, 8285), and the demultiplexer behind them: packets one after the other to a
/// client that sends one voice and one picture in three layers.
pub(crate) fn rtp(data: &[u8]) {
    let ids: Vec<(u8, String)> = (1..).zip(EXTENSIONS.map(str::to_owned)).collect();
    let rids = ["q", "h", "f"].map(str::to_owned);
    let mut ingress = Ingress::default();
    let voice = ingress.add("0", Kind::Audio, &[Codec::offered(CodecKind::Opus)], &ids, &[]);
    let codecs = [CodecKind::Vp8, CodecKind::H264].map(Codec::offered);
    let picture = ingress.add("1", Kind::Video, &codecs, &ids, &rids);
    assert!(voice.is_ok() && picture.is_ok());
    let (mut now, mut reports) = (start(), vec![]);
    for packet in Parts(data) {
        now += Duration::from_millis(7);
        if rtp::is_rtcp(packet) {
            compound(packet);
            continue;
        }
        let Some(header) = Header::parse(packet) else { continue };
        assert!(header.len <= packet.len());
        for id in 0..=u8::MAX {
            let value = header.extension(packet, id);
            assert!(value.is_none_or(|it| it.len() <= 255));
        }
        if let Some(found) = ingress.rtp(now, &header, packet) {
            let (begin, end) = found.payload;
            assert!(begin <= end && end <= packet.len());
            let payload = packet.get(begin..end).unwrap_or_default();
            let _ = codecs.iter().any(|codec| keyframe(codec.kind, payload));
            let _ = codecs.iter().filter_map(|codec| size(codec.kind, payload)).count();
        }
        if ingress.poll_timeout().is_some_and(|at| at <= now) {
            ingress.handle_timeout(now, &mut reports);
        }
        let (sources, missing) = ingress.table_sizes();
        // Of each layer, and what arrivals remember: reported at once, and lost.
        assert!(sources <= 8 && missing <= 4 * 512 + 5_000, "{sources} sources, {missing} missing");
    }
}

/// RTCP compounds (RFC 3550, 4585, 5104, 8888).
pub(crate) fn rtcp(data: &[u8]) {
    let _ = rtp::is_rtcp(data);
    compound(data);
}

fn compound(data: &[u8]) {
    let mut ingress = Ingress::default();
    for (format, typ, body) in rtp::rtcp_packets(data) {
        assert!(format < 32 && body.len() % 4 == 0);
        let asked: Vec<u16> = rtp::nacked(body).collect();
        assert!(asked.len() <= rtp::MAX_NACKED);
        let again = rtp::nack(7, asked.get(..asked.len().min(17)).unwrap_or_default());
        assert!(rtp::rtcp_packets(&again).count() == 1);
        let _ = rtp::fir_targets(body).count();
        if let Some(told) = rtp::transport_feedback(body, rtp::MAX_TOLD) {
            assert!((1..=rtp::MAX_TOLD).contains(&told.arrivals.len()));
        }
        let streams = rtp::congestion_feedback(body, rtp::MAX_TOLD).unwrap_or_default();
        assert!(streams.len() <= 64);
        assert!(streams.iter().map(|it| it.arrivals.len()).sum::<usize>() <= rtp::MAX_TOLD);
        let blocks: Vec<_> = rtp::report_blocks(typ, body).collect();
        assert!(blocks.len() <= 31);
        let report = rtp::receiver_report(&blocks);
        let read = rtp::rtcp_packets(&report).next();
        assert!(read.is_some_and(|(_, typ, body)| rtp::report_blocks(typ, body).eq(blocks)));
        if let Some(info) = rtp::sender_info(body) {
            ingress.sender_report(start(), &info);
        }
    }
}

/// What the gateway reads inside a payload, and writes there (VP8 descriptors, types of RED blocks).
pub(crate) fn payload(data: &[u8]) {
    for codec in [CodecKind::Opus, CodecKind::H264, CodecKind::Vp9, CodecKind::Av1] {
        let _ = (keyframe(codec, data), size(codec, data));
        let _ = Counters::of(codec, data).read(data);
    }
    let sized = size(CodecKind::Vp8, data).is_some();
    assert!(keyframe(CodecKind::Vp8, data) || !sized, "only a key frame says its size");
    if let Some(blocks) = data.first().and_then(|first| red::read(data, first & 0x7f)) {
        let sound = |(begin, end)| data.get(begin..end).unwrap_or_default();
        let copies = blocks.copies.iter().map(|it| (it.offset, sound(it.place)));
        let copies = copies.filter(|(offset, sound)| red::fits(*offset, sound.len()));
        let primary = sound((blocks.primary, data.len()));
        let length = red::length(copies.clone().map(|(_, sound)| sound.len()), primary.len());
        let mut again = vec![0; length];
        assert!(red::write(&mut again, 96, copies, primary).is_some());
        assert!(red::read(&again, 96).is_some_and(|it| again.get(it.primary..) == Some(primary)));
    }
    let _ = Dependencies::default().read(data);
    let Some(vp8) = Counters::vp8(data) else { return };
    assert!(vp8.descriptor_len() < data.len());
    let mut moved = data.to_vec();
    let (id, tl0) = vp8.read(data);
    vp8.shift(&mut moved, (1, 1));
    let lowered = vp8.read(&moved);
    assert!(lowered.0 == id || lowered.0 == id.wrapping_sub(1) & 0x7fff);
    assert!(lowered.1 == tl0 || lowered.1 == tl0.wrapping_sub(1));
    let rest = (data.get(vp8.descriptor_len()..), moved.get(vp8.descriptor_len()..));
    assert_eq!(rest.0, rest.1, "the picture itself is as it was");
}
