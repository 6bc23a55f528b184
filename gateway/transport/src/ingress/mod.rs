//! Ingress of one client: SSRC demultiplexing by mid, rid and repaired-rid, RTX, NACK, transport-wide feedback, receiver
//! reports.

mod arrivals;
mod layer;
mod retry;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::rtp::{self, Header, SenderInfo, half};
use crate::sdp::{self, Codec, Kind, MAX_LAYERS, Ssrcs};
use arrivals::Arrivals;
pub use layer::IngressLayer;
use layer::Noted;
use retry::Retry;

/// Most tracks that one client sends at a time.
pub const MAX_TRACKS: usize = 64;
const REPORT: Duration = Duration::from_secs(1);
/// SSRC under which the gateway reports.
const GATEWAY: u32 = 1;

/// One packet of media, ready to be forwarded. The payload lies in the caller's datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaPacket {
    /// As answered by `add_track`.
    pub track: usize,
    /// Place in the track's list of layers.
    pub layer: usize,
    /// Extended sequence number of the original stream; its low 16 bits are those on the wire, and it goes on growing
    /// when the client begins the layer anew under another SSRC.
    pub seq: u64,
    /// RTP timestamp in ticks of the codec's clock.
    pub ts: u32,
    /// Marker bit.
    pub marker: bool,
    /// Payload type of the codec, also for a retransmission and for RED.
    pub pt: u8,
    /// The payload is RED (RFC 2198) with blocks of the codec.
    pub red: bool,
    /// SSRC of the original stream, also for a retransmission.
    pub ssrc: u32,
    /// Begin and end of the payload in the caller's datagram.
    pub payload: (usize, usize),
    /// Loudness in -dBov, 0 (loud) to 127 (silence), where the client tells it (RFC 6464).
    pub audio_level: Option<u8>,
    /// Begin and end of the dependency descriptor in the caller's datagram, where the client writes one.
    pub dependency: Option<(usize, usize)>,
}

/// What the client sends in one m-section.
#[derive(Debug)]
pub struct Track {
    /// Name of the m-section.
    pub mid: String,
    /// Audio or video.
    pub kind: Kind,
    /// Codecs that the client may use here.
    pub codecs: Vec<Codec>,
    /// Its layers, one without simulcast.
    pub layers: Vec<IngressLayer>,
}

impl Track {
    fn codec(&self, pt: u8) -> Option<&Codec> {
        self.codecs.iter().find(|c| c.pt == pt || c.rtx == Some(pt) || c.red == Some(pt))
    }
}

/// What was received and dropped, counted since the beginning.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct IngressCounters {
    /// Media packets given to the caller.
    pub received: u64,
    /// Of them: came by retransmission.
    pub recovered: u64,
    /// Dropped: their number had been received before.
    pub duplicates: u64,
    /// Dropped: neither SSRC nor extensions nor payload type name a track.
    pub unknown: u64,
    /// Numbers asked for again.
    pub nacked: u64,
    /// Dropped: forged, cut or repeated RTP and RTCP, media before the handshake was done, DTLS beyond its bounds.
    pub refused: u64,
}

#[derive(Clone, Copy, Debug)]
struct SsrcOwner {
    track: usize,
    layer: usize,
    rtx: bool,
}

/// Numbers of the header extensions in this session; 0 = not negotiated.
#[derive(Default, Debug)]
struct ExtensionIds {
    mid: u8,
    rid: u8,
    repaired: u8,
    transport_cc: u8,
    audio_level: u8,
    dependency: u8,
}

/// Everything that one client sends.
#[derive(Default, Debug)]
pub struct Ingress {
    tracks: Vec<Option<Track>>,
    sources: HashMap<u32, SsrcOwner>, // at most two for each layer
    ids: ExtensionIds,
    arrivals: Arrivals,
    retry: Retry,
    next_report: Option<Instant>,
    counters: IngressCounters,
}

impl Ingress {
    /// A new m-section that the client sends in; the answer is the track's number, free numbers are used again.
    ///
    /// # Errors
    /// [`Error::TooMany`] over [`MAX_TRACKS`] or with more than [`MAX_LAYERS`] layers.
    pub fn add(
        &mut self,
        mid: &str,
        kind: Kind,
        codecs: &[Codec],
        extensions: &[(u8, String)],
        rids: &[String],
    ) -> Result<usize, Error> {
        if rids.len() > MAX_LAYERS {
            return Err(Error::TooMany("layers"));
        }
        let free = self.tracks.iter().position(Option::is_none);
        if free.is_none() && self.tracks.len() >= MAX_TRACKS {
            return Err(Error::TooMany("tracks"));
        }
        let ids = &mut self.ids;
        for (id, uri) in extensions {
            match uri.as_str() {
                sdp::MID => ids.mid = *id,
                sdp::RID => ids.rid = *id,
                sdp::REPAIRED_RID => ids.repaired = *id,
                sdp::TRANSPORT_CC => ids.transport_cc = *id,
                sdp::AUDIO_LEVEL => ids.audio_level = *id,
                sdp::DEPENDENCY => ids.dependency = *id,
                _ => {}
            }
        }
        let layers = match rids {
            [] => vec![IngressLayer::named(None)],
            _ => rids.iter().map(|r| IngressLayer::named(Some(r.clone()))).collect(),
        };
        let track = Some(Track { mid: mid.to_owned(), kind, codecs: codecs.to_vec(), layers });
        let index = free.unwrap_or(self.tracks.len());
        match self.tracks.get_mut(index) {
            Some(slot) => *slot = track,
            None => self.tracks.push(track),
        }
        Ok(index)
    }

    /// Streams that a section without rids announces: the first is layer 0, with its retransmissions.
    pub fn announce(&mut self, track: usize, ssrcs: &[Ssrcs]) {
        let simple = self
            .track(track)
            .is_some_and(|t| t.layers.len() == 1 && t.layers.iter().all(|l| l.rid.is_none()));
        if let Some(first) = ssrcs.first().filter(|_| simple) {
            self.bind(first.ssrc, SsrcOwner { track, layer: 0, rtx: false });
            if let Some(rtx) = first.rtx {
                self.bind(rtx, SsrcOwner { track, layer: 0, rtx: true });
            }
        }
    }

    /// Forgets a track and its streams.
    pub fn remove(&mut self, track: usize) {
        if let Some(slot) = self.tracks.get_mut(track) {
            *slot = None;
            self.sources.retain(|_, s| s.track != track);
        }
    }

    /// The tracks and their numbers.
    pub fn tracks(&self) -> impl Iterator<Item = (usize, &Track)> {
        self.tracks.iter().enumerate().filter_map(|(i, t)| Some((i, t.as_ref()?)))
    }

    /// One track.
    pub fn track(&self, track: usize) -> Option<&Track> {
        self.tracks.get(track)?.as_ref()
    }

    /// What was received and dropped so far.
    pub const fn counters(&self) -> IngressCounters {
        self.counters
    }

    pub(crate) const fn refused(&mut self) {
        self.counters.refused += 1;
    }

    /// Entries in the tables that a client can grow: SSRCs, and missed packets of all layers.
    pub fn table_sizes(&self) -> (usize, usize) {
        let missing: usize =
            self.tracks().flat_map(|(_, t)| &t.layers).map(IngressLayer::missing).sum();
        (self.sources.len(), missing + self.arrivals.entries())
    }

    /// Takes one opened RTP packet.
    pub fn rtp(&mut self, now: Instant, header: &Header, packet: &[u8]) -> Option<MediaPacket> {
        if let Some(seq) = header.extension(packet, self.ids.transport_cc).and_then(|e| half(e, 0))
        {
            self.arrivals.note(now, seq, packet.len());
        }
        let source = self.sources.get(&header.ssrc).copied().or_else(|| self.learn(header, packet));
        let known = source.and_then(|s| Some((s, self.tracks.get_mut(s.track)?.as_mut()?)));
        let Some((source, track)) = known else {
            self.counters.unknown += 1;
            return None;
        };
        let Some(codec) = track.codec(header.pt) else {
            self.counters.unknown += 1;
            return None;
        };
        let (pt, red, clock_rate) = (codec.pt, codec.red == Some(header.pt), codec.clock_rate());
        let layer = track.layers.get_mut(source.layer)?;
        let end = header.payload_end(packet)?;
        let (seq, start) = match source.rtx {
            true if end < header.len + 2 => return None, // an RTX padding probe
            true => (half(packet, header.len)?, header.len + 2),
            // Padding comes out as an empty payload: it takes a number, and whoever renumbers must know.
            false => (header.seq, header.len),
        };
        let Some(Noted { seq, asked }) = layer.note(now, seq) else {
            self.counters.duplicates += 1;
            return None;
        };
        if !source.rtx {
            layer.jitter(now, header.ts, clock_rate);
        } else if let Some(asked) = asked {
            self.retry.answered(now.saturating_duration_since(asked));
        }
        layer.recovered += u64::from(source.rtx);
        self.counters.recovered += u64::from(source.rtx);
        self.counters.received += 1;
        self.next_report.get_or_insert(now + REPORT);
        Some(MediaPacket {
            track: source.track,
            layer: source.layer,
            seq,
            ts: header.ts,
            marker: header.marker,
            pt,
            red,
            ssrc: layer.ssrc.unwrap_or(header.ssrc),
            payload: (start, end),
            audio_level: header
                .extension(packet, self.ids.audio_level)
                .and_then(<[u8]>::first)
                .map(|b| b & 0x7f),
            dependency: header.extension_at(packet, self.ids.dependency),
        })
    }

    /// A packet that has not come is taken from a copy in a later one (RED); should it come after all, it is a duplicate.
    /// `false` if it has come, or is not missed any more. The client's line has lost it all the same.
    pub fn recover(&mut self, now: Instant, track: usize, layer: usize, seq: u64) -> bool {
        let track = self.tracks.get_mut(track).and_then(Option::as_mut);
        let layer = track.and_then(|track| track.layers.get_mut(layer));
        layer.is_some_and(|layer| layer.recover(now, seq))
    }

    /// First packet of an SSRC: its track and layer are in the header extensions, or follow from its payload type.
    fn learn(&mut self, header: &Header, packet: &[u8]) -> Option<SsrcOwner> {
        let text = |id: u8| header.extension(packet, id).and_then(|b| std::str::from_utf8(b).ok());
        let (mid, rid, repaired) =
            (text(self.ids.mid), text(self.ids.rid), text(self.ids.repaired));
        let knows = |t: &Track| t.codec(header.pt).is_some();
        let track = match mid {
            Some(mid) => self.tracks().find(|(_, t)| t.mid == mid && knows(t))?.0,
            None => {
                let mut fitting = self.tracks().filter(|(_, t)| knows(t));
                let first = fitting.next()?.0;
                if fitting.next().is_some() {
                    return None; // the layer will be named by its own packets
                }
                first
            }
        };
        let t = self.track(track)?;
        let rtx = t.codec(header.pt)?.rtx == Some(header.pt);
        let layer = match if rtx { repaired.or(rid) } else { rid } {
            Some(name) => t.layers.iter().position(|l| l.rid.as_deref() == Some(name))?,
            None if t.layers.len() == 1 => 0,
            None => return None, // a layer that has not named itself yet
        };
        let source = SsrcOwner { track, layer, rtx };
        self.bind(header.ssrc, source);
        Some(source)
    }

    /// Gives an SSRC to a layer; the one that the layer had is forgotten.
    fn bind(&mut self, ssrc: u32, source: SsrcOwner) {
        let slot = self
            .tracks
            .get_mut(source.track)
            .and_then(Option::as_mut)
            .and_then(|t| t.layers.get_mut(source.layer));
        let Some(layer) = slot else { return };
        let field = if source.rtx { &mut layer.rtx_ssrc } else { &mut layer.ssrc };
        let old = field.replace(ssrc).filter(|old| *old != ssrc);
        if old.is_some() && !source.rtx {
            layer.restart();
        }
        if let Some(old) = old {
            self.sources.remove(&old);
        }
        self.sources.insert(ssrc, source);
    }

    /// Takes the client's sender report and answers which track and layer it describes.
    pub fn sender_report(&mut self, now: Instant, info: &SenderInfo) -> Option<(usize, usize)> {
        let source = self.sources.get(&info.ssrc).filter(|s| !s.rtx)?;
        let layer = self.tracks.get_mut(source.track)?.as_mut()?.layers.get_mut(source.layer)?;
        layer.sender_report(now, info);
        Some((source.track, source.layer))
    }

    /// A PLI for one layer, if its SSRC is known.
    pub fn keyframe_request(&self, track: usize, layer: usize) -> Option<Vec<u8>> {
        self.track(track)?.layers.get(layer)?.ssrc.map(rtp::pli)
    }

    /// When RTCP is due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let video = self.tracks().filter(|(_, t)| t.kind == Kind::Video);
        let nack = video.flat_map(|(_, t)| &t.layers).filter_map(IngressLayer::next_nack).min();
        [nack, self.arrivals.poll_timeout(), self.next_report].into_iter().flatten().min()
    }

    /// RTCP that is due now, not yet sealed.
    pub fn handle_timeout(&mut self, now: Instant, out: &mut Vec<Vec<u8>>) {
        let video = self.tracks.iter_mut().flatten().filter(|t| t.kind == Kind::Video);
        for layer in video.flat_map(|t| &mut t.layers) {
            let Some(ssrc) = layer.ssrc else { continue };
            let lost = layer.due(now, &self.retry);
            if !lost.is_empty() {
                self.counters.nacked += lost.len() as u64;
                out.push(rtp::nack(ssrc, &lost));
            }
        }
        let mut layers = self.tracks.iter().flatten().flat_map(|t| &t.layers);
        let media = layers.find_map(|l| l.ssrc).unwrap_or(0);
        out.extend(self.arrivals.feedback(now, GATEWAY, media));
        if self.next_report.is_some_and(|t| t <= now) {
            self.next_report = Some(now + REPORT);
            let layers = self.tracks.iter_mut().flatten().flat_map(|t| &mut t.layers);
            let blocks: Vec<_> = layers.filter_map(|l| l.report(now)).collect();
            out.extend(blocks.chunks(31).map(rtp::receiver_report));
        }
    }
}
