use super::body::{Body, Rtp, SenderReport};
use alloc::vec::Vec;
use serde::{Serialize, de::DeserializeOwned};

/// The longest record on the wire, in bytes after `len`. A data packet of 64 KiB in base64 fits.
pub const MAX_RECORD: usize = 128 * 1024;

/// Bytes of kind, room, seq and time.
const HEAD: usize = 1 + 4 + 8 + 8;
/// Bytes of an RTP header without CSRC and extension.
const RTP_HEAD: usize = 12;

/// One thing that happened in one room.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record<'a> {
    /// Number of the room, given by the gateway, unique within its run.
    pub room: u32,
    /// Place in the gateway's run: one more than that of the record before, over all rooms.
    pub seq: u64,
    /// When the gateway received it, microseconds since 1970 (UTC).
    pub at_us: u64,
    /// What happened.
    pub body: Body<'a>,
}

/// A record that cannot be put on the wire. The output is as it was before.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unfit {
    /// Longer than [`MAX_RECORD`].
    #[error("a tap record of {0} bytes is longer than {MAX_RECORD}")]
    TooLong(usize),
    /// A JSON body that could not be written.
    #[error("a tap record's body cannot be written as JSON")]
    Json,
}

/// A frame that is not made of whole records.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Malformed {
    /// The frame ends in the middle of a record.
    #[error("a tap frame ends within a record")]
    Cut,
    /// A record is longer than [`MAX_RECORD`] or shorter than its head.
    #[error("a tap record says that it has {0} bytes")]
    Length(u32),
    /// A binary body of kind `.0` is too short.
    #[error("the body of a tap record of kind {0} is too short")]
    Short(u8),
    /// A JSON body of kind `.0` cannot be read.
    #[error("the body of a tap record of kind {0} is not the JSON that it should be")]
    Json(u8),
}

/// Appends `record` to `out`.
///
/// # Errors
/// [`Unfit`] if it is too long; `out` is then unchanged.
pub fn encode(record: &Record<'_>, out: &mut Vec<u8>) -> Result<(), Unfit> {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    let written = head(record, out).and_then(|()| {
        let bytes = out.len() - start - 4;
        if bytes > MAX_RECORD { Err(Unfit::TooLong(bytes)) } else { Ok(bytes) }
    });
    match written {
        Ok(bytes) => {
            let len = u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
            if let Some(place) = out.get_mut(start..start + 4) {
                place.copy_from_slice(&len);
            }
            Ok(())
        }
        Err(unfit) => {
            out.truncate(start);
            Err(unfit)
        }
    }
}

fn head(record: &Record<'_>, out: &mut Vec<u8>) -> Result<(), Unfit> {
    out.push(record.body.kind());
    out.extend_from_slice(&record.room.to_le_bytes());
    out.extend_from_slice(&record.seq.to_le_bytes());
    out.extend_from_slice(&record.at_us.to_le_bytes());
    match &record.body {
        Body::RoomOpened(it) => json(it, out),
        Body::TrackPublished(it) => json(it, out),
        Body::ParticipantJoined(it) => json(it, out),
        Body::ParticipantLeft(it) => json(it, out),
        Body::Data(it) => json(it, out),
        Body::TrackMuted(it) => json(it, out),
        Body::TrackUnpublished(it) => json(it, out),
        Body::RoomClosed(it) => json(it, out),
        Body::ClockSet(it) => json(it, out),
        Body::Missed(it) => json(it, out),
        Body::Rtp(rtp) => {
            out.extend_from_slice(&rtp.track.to_le_bytes());
            out.push(rtp.layer);
            out.extend_from_slice(rtp.packet);
            Ok(())
        }
        Body::SenderReport(report) => {
            out.extend_from_slice(&report.track.to_le_bytes());
            out.push(report.layer);
            out.extend_from_slice(&report.ntp.to_le_bytes());
            out.extend_from_slice(&report.rtp_ts.to_le_bytes());
            Ok(())
        }
        Body::Other { bytes, .. } => {
            out.extend_from_slice(bytes);
            Ok(())
        }
    }
}

fn json<T: Serialize>(body: &T, out: &mut Vec<u8>) -> Result<(), Unfit> {
    let text = serde_json::to_vec(body).map_err(|_| Unfit::Json)?;
    out.extend_from_slice(&text);
    Ok(())
}

impl<'a> Record<'a> {
    /// Reads one record from the bytes after its `len`.
    ///
    /// # Errors
    /// [`Malformed`] if they are not one record.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let said = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        if bytes.len() > MAX_RECORD {
            return Err(Malformed::Length(said));
        }
        let mut rest = bytes;
        let short = Malformed::Length(said);
        let [kind] = take(&mut rest).ok_or(short)?;
        let room = u32::from_le_bytes(take(&mut rest).ok_or(short)?);
        let seq = u64::from_le_bytes(take(&mut rest).ok_or(short)?);
        let at_us = u64::from_le_bytes(take(&mut rest).ok_or(short)?);
        Ok(Self { room, seq, at_us, body: body(kind, rest)? })
    }
}

fn body(kind: u8, bytes: &[u8]) -> Result<Body<'_>, Malformed> {
    Ok(match kind {
        1 => Body::RoomOpened(parse(kind, bytes)?),
        2 => Body::TrackPublished(parse(kind, bytes)?),
        3 => {
            let mut rest = bytes;
            let track = u32::from_le_bytes(take(&mut rest).ok_or(Malformed::Short(kind))?);
            let [layer] = take(&mut rest).ok_or(Malformed::Short(kind))?;
            if rest.len() < RTP_HEAD {
                return Err(Malformed::Short(kind));
            }
            Body::Rtp(Rtp { track, layer, packet: rest })
        }
        4 => {
            let mut rest = bytes;
            let short = Malformed::Short(kind);
            let track = u32::from_le_bytes(take(&mut rest).ok_or(short)?);
            let [layer] = take(&mut rest).ok_or(short)?;
            let ntp = u64::from_le_bytes(take(&mut rest).ok_or(short)?);
            let rtp_ts = u32::from_le_bytes(take(&mut rest).ok_or(short)?);
            Body::SenderReport(SenderReport { track, layer, ntp, rtp_ts })
        }
        5 => Body::ParticipantJoined(parse(kind, bytes)?),
        6 => Body::ParticipantLeft(parse(kind, bytes)?),
        7 => Body::Data(parse(kind, bytes)?),
        8 => Body::TrackMuted(parse(kind, bytes)?),
        9 => Body::TrackUnpublished(parse(kind, bytes)?),
        10 => Body::RoomClosed(parse(kind, bytes)?),
        11 => Body::ClockSet(parse(kind, bytes)?),
        200 => Body::Missed(parse(kind, bytes)?),
        _ => Body::Other { kind, bytes },
    })
}

fn parse<T: DeserializeOwned>(kind: u8, bytes: &[u8]) -> Result<T, Malformed> {
    serde_json::from_slice(bytes).map_err(|_| Malformed::Json(kind))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*first)
}

/// Reads the records of one frame, in order. After an error it yields nothing more.
///
/// A body that cannot be read is an error of that frame as a whole: both ends are of one house,
/// so it means a mixed-up stream and not a record to skip.
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    rest: &'a [u8],
}

impl<'a> Decoder<'a> {
    /// Begins to read `frame`.
    #[must_use]
    pub const fn new(frame: &'a [u8]) -> Self {
        Self { rest: frame }
    }

    /// The next record's bytes after its `len`, not looked into; what a journal keeps.
    ///
    /// # Errors
    /// [`Malformed::Cut`] or [`Malformed::Length`].
    pub fn next_bytes(&mut self) -> Option<Result<&'a [u8], Malformed>> {
        if self.rest.is_empty() {
            return None;
        }
        let bytes = self.cut();
        if bytes.is_err() {
            self.rest = &[];
        }
        Some(bytes)
    }

    fn cut(&mut self) -> Result<&'a [u8], Malformed> {
        let len = u32::from_le_bytes(take(&mut self.rest).ok_or(Malformed::Cut)?);
        let bytes = usize::try_from(len).unwrap_or(usize::MAX);
        if !(HEAD..=MAX_RECORD).contains(&bytes) {
            return Err(Malformed::Length(len));
        }
        let (record, rest) = self.rest.split_at_checked(bytes).ok_or(Malformed::Cut)?;
        self.rest = rest;
        Ok(record)
    }
}

impl<'a> Iterator for Decoder<'a> {
    type Item = Result<Record<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.next_bytes()?.and_then(Record::decode);
        if record.is_err() {
            self.rest = &[];
        }
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        DataPacket, Hello, KnownRoom, Missed, ParticipantJoined, RoomOpened, TrackPublished,
    };
    use super::*;
    use alloc::string::{String, ToString as _};
    use alloc::vec;
    use proptest::prelude::*;

    fn any_body(kind: u8, text: String, bytes: &'static [u8], number: u32) -> Body<'static> {
        match kind {
            0 => Body::RoomOpened(RoomOpened {
                run: text.clone(),
                title: text,
                record: true,
                ..RoomOpened::default()
            }),
            1 => Body::TrackPublished(TrackPublished {
                identity: text,
                track: number,
                layers: 3,
                ..TrackPublished::default()
            }),
            2 => Body::Rtp(Rtp { track: number, layer: 2, packet: bytes }),
            3 => Body::SenderReport(SenderReport {
                track: number,
                layer: 1,
                ntp: u64::from(number) << 20,
                rtp_ts: number,
            }),
            4 => Body::Data(DataPacket {
                identity: text,
                topic: String::new(),
                payload: bytes.to_vec(),
            }),
            5 => Body::Missed(Missed { reason: text, ..Missed::default() }),
            6 => Body::ParticipantJoined(ParticipantJoined {
                identity: text,
                ..ParticipantJoined::default()
            }),
            _ => Body::Other { kind: 77, bytes },
        }
    }

    proptest! {
        #[test]
        fn records_come_back_as_they_were_sent(
            kinds in prop::collection::vec((0..8_u8, ".{0,20}", any::<u32>(), any::<u64>()), 0..20)
        ) {
            const BYTES: &[u8] = &[0x80; 40];
            let mut frame = Vec::new();
            let mut sent = Vec::new();
            for (kind, text, number, seq) in kinds {
                let body = any_body(kind, text, BYTES, number);
                let record = Record { room: number, seq, at_us: seq ^ 5, body };
                encode(&record, &mut frame).unwrap();
                sent.push(record);
            }
            let got: Result<Vec<_>, _> = Decoder::new(&frame).collect();
            prop_assert_eq!(got.unwrap(), sent);
        }

        #[test]
        fn nonsense_is_refused_within_its_own_length(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let mut seen = 0;
            for record in Decoder::new(&bytes) {
                seen += 1;
                if record.is_err() { break }
            }
            prop_assert!(seen <= bytes.len() / HEAD + 1);
        }
    }

    #[test]
    fn a_cut_frame_is_an_error_and_ends_the_reading() {
        let body = Body::Other { kind: 99, bytes: &[1, 2, 3] };
        let mut frame = Vec::new();
        encode(&Record { room: 1, seq: 2, at_us: 3, body }, &mut frame).unwrap();
        for cut in 1..frame.len() {
            let mut decoder = Decoder::new(&frame[..cut]);
            assert_eq!(decoder.next(), Some(Err(Malformed::Cut)), "cut at {cut}");
            assert_eq!(decoder.next(), None);
        }
    }

    #[test]
    fn a_record_over_the_bound_leaves_the_frame_as_it_was() {
        let long = vec![0; MAX_RECORD];
        let body = Body::Other { kind: 99, bytes: &long };
        let mut frame = vec![7];
        let unfit = encode(&Record { room: 1, seq: 2, at_us: 3, body }, &mut frame);
        assert_eq!(unfit, Err(Unfit::TooLong(MAX_RECORD + HEAD)));
        assert_eq!(frame, [7]);
        let mut huge = u32::MAX.to_le_bytes().to_vec();
        huge.extend_from_slice(&[0; 64]);
        assert_eq!(Decoder::new(&huge).next(), Some(Err(Malformed::Length(u32::MAX))));
    }

    #[test]
    fn json_bodies_have_the_names_of_the_contract() {
        let body = Body::TrackPublished(TrackPublished {
            track: 4,
            sid: "TR_x".to_string(),
            identity: "dr-wang".to_string(),
            clock_rate: 48_000,
            payload_type: 111,
            layers: 1,
            ..TrackPublished::default()
        });
        let mut frame = Vec::new();
        encode(&Record { room: 1, seq: 2, at_us: 3, body }, &mut frame).unwrap();
        assert_eq!(
            core::str::from_utf8(&frame[4 + HEAD..]).unwrap(),
            r#"{"track":4,"sid":"TR_x","identity":"dr-wang","name":"","source":"unknown","media":"audio","codec":"other","clockRate":48000,"payloadType":111,"layers":1}"#
        );
        let hello: Hello = serde_json::from_str(
            r#"{"run":"a","oldest":1,"next":9,"rooms":[{"room":7,"wholeFrom":4,"open":true}]}"#,
        )
        .unwrap();
        assert_eq!(hello.rooms, [KnownRoom { room: 7, whole_from: 4, open: true, opened: 0 }]);
    }

    #[test]
    fn a_codec_or_source_of_tomorrow_is_kept_as_other() {
        let text = br#"{"track":1,"identity":"x","media":"video","codec":"h267","clockRate":90000,"payloadType":96,"source":"x-ray","more":1}"#;
        let track: TrackPublished = serde_json::from_slice(text).unwrap();
        assert_eq!(track.codec, super::super::Codec::Other);
        assert_eq!(track.layers, 1);
    }
}
