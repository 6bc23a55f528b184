//! What stands behind ICE: DTLS, the keys that follow from it, media in, data channels. Freed when the peer closes.

use bytes::{Bytes, BytesMut};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use super::outputs::{Carries, CloseReason, Output};
use super::round_trip::SentReports;
use crate::dtls::{self, Dtls, Identity};
use crate::ingress::{Ingress, IngressCounters};
use crate::rtp::{self, Header, ReportBlock};
use crate::sctp::{self, Sctp};
use crate::srtp::{Receiver, Sender, SrtpKeys};

/// SCTP packets that are kept while the client's description is still on its way; it repeats what is dropped.
const MAX_EARLY: usize = 8;
#[derive(Debug)]
pub(super) struct DtlsSession {
    identity: Arc<Identity>,
    dtls: Dtls,
    sctp: Sctp,
    expected: Option<String>, // fingerprint from the client's description
    pending: Option<(Box<SrtpKeys>, String)>, // keys of a handshake that ended before that description came
    early: Vec<Bytes>,
    srtp: Option<(Receiver, Sender)>, // `Some` = admitted
    sent_reports: SentReports,
    pub(super) ingress: Ingress,
}

impl DtlsSession {
    pub(super) fn new(identity: Arc<Identity>) -> Self {
        Self {
            dtls: Dtls::new(identity.clone()),
            identity,
            sctp: Sctp::default(),
            expected: None,
            pending: None,
            early: vec![],
            srtp: None,
            sent_reports: SentReports::default(),
            ingress: Ingress::default(),
        }
    }

    pub(super) const fn admitted(&self) -> bool {
        self.srtp.is_some()
    }

    pub(super) fn sender(&mut self) -> Option<&mut Sender> {
        self.srtp.as_mut().map(|(_, tx)| tx)
    }

    pub(super) fn counters(&self) -> IngressCounters {
        let mut counters = self.ingress.counters();
        counters.refused += self.sctp.refused();
        counters
    }

    pub(super) fn table_entries(&self) -> usize {
        let (sources, missing) = self.ingress.table_sizes();
        let replay = self.srtp.as_ref().map_or(0, |(rx, _)| rx.ssrcs());
        sources
            + missing
            + replay
            + self.sctp.channels()
            + self.early.len()
            + self.sent_reports.streams()
    }

    pub(super) fn buffered(&mut self, stream: u16) -> usize {
        self.sctp.buffered(stream)
    }

    pub(super) fn hold(&mut self, stream: u16) {
        self.sctp.hold(stream);
    }

    pub(super) fn release(
        &mut self,
        now: Instant,
        stream: u16,
        to: Option<SocketAddr>,
        out: &mut Vec<Output>,
    ) -> Result<(), CloseReason> {
        let events =
            self.channels(now, to, out, |sctp, now, packets| sctp.release(now, stream, packets));
        report(events, out)
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        [self.dtls.poll_timeout(), self.sctp.poll_timeout(), self.ingress.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Begins the DTLS handshake, if nobody has.
    pub(super) fn begin(&mut self, now: Instant, to: SocketAddr, out: &mut Vec<Output>) {
        let mut records = vec![];
        self.dtls.begin(now, &mut records);
        send(records, to, Carries::Control, out);
    }

    /// Takes a DTLS datagram; answers go to `to`.
    pub(super) fn dtls(
        &mut self,
        now: Instant,
        data: &[u8],
        to: SocketAddr,
        out: &mut Vec<Output>,
    ) -> Result<(), CloseReason> {
        if !self.dtls.takes(data) {
            self.ingress.refused();
            return Ok(());
        }
        let mut records = vec![];
        let events = self.dtls.handle(now, data, &mut records);
        send(records, to, Carries::Control, out);
        for event in events {
            match event {
                dtls::DtlsEvent::Connected { keys, client_fingerprint } => {
                    self.pending = Some((keys, client_fingerprint));
                    self.admit(now, Some(to), out)?;
                }
                dtls::DtlsEvent::Data(data) if self.admitted() => {
                    self.sctp_packet(now, data.freeze(), Some(to), out)?
                }
                dtls::DtlsEvent::Data(data) if self.early.len() < MAX_EARLY => {
                    self.early.push(data.freeze())
                }
                dtls::DtlsEvent::Data(_) => {}
                dtls::DtlsEvent::Closed => return Err(CloseReason::ClosedByClient),
            }
        }
        Ok(())
    }

    pub(super) fn expect(
        &mut self,
        now: Instant,
        fingerprint: &str,
        to: Option<SocketAddr>,
        out: &mut Vec<Output>,
    ) -> Result<(), CloseReason> {
        if self.admitted() && self.expected.as_deref() != Some(fingerprint) {
            return Err(CloseReason::WrongFingerprint);
        }
        self.expected = Some(fingerprint.to_owned());
        self.admit(now, to, out)
    }

    /// Keys are used only after the certificate has been found to be the one that signalling promised.
    fn admit(
        &mut self,
        now: Instant,
        to: Option<SocketAddr>,
        out: &mut Vec<Output>,
    ) -> Result<(), CloseReason> {
        let (Some(expected), Some((keys, fingerprint))) = (&self.expected, &self.pending) else {
            return Ok(());
        };
        if expected != fingerprint {
            return Err(CloseReason::WrongFingerprint);
        }
        let crypto = self.identity.crypto();
        let (Ok(rx), Ok(tx)) = (keys.receiver(crypto), keys.sender(crypto)) else {
            return Err(CloseReason::HandshakeFailed);
        };
        self.srtp = Some((rx, tx));
        self.pending = None;
        out.push(Output::Connected);
        for data in std::mem::take(&mut self.early) {
            self.sctp_packet(now, data, to, out)?;
        }
        Ok(())
    }

    fn sctp_packet(
        &mut self,
        now: Instant,
        data: Bytes,
        to: Option<SocketAddr>,
        out: &mut Vec<Output>,
    ) -> Result<(), CloseReason> {
        let events =
            self.channels(now, to, out, |sctp, now, packets| sctp.handle(now, data, packets));
        report(events, out)
    }

    /// Lets the data channels do something and sends what they have to say.
    pub(super) fn channels<T>(
        &mut self,
        now: Instant,
        to: Option<SocketAddr>,
        out: &mut Vec<Output>,
        act: impl FnOnce(&mut Sctp, Instant, &mut Vec<Bytes>) -> T,
    ) -> T {
        let mut packets = vec![];
        let result = act(&mut self.sctp, now, &mut packets);
        for packet in packets {
            let mut records = vec![];
            self.dtls.send(now, &packet, &mut records);
            let data = sctp::carries_data(&packet);
            if let Some(to) = to {
                send(records, to, if data { Carries::Data } else { Carries::Control }, out);
            }
        }
        result
    }

    /// Takes an RTP or RTCP datagram; what is forged, cut or repeated is counted and dropped.
    pub(super) fn may_own(&self, packet: &[u8]) -> bool {
        self.srtp.as_ref().is_some_and(|(rx, _)| rx.may_own(packet))
    }

    pub(super) fn owns(&self, packet: &[u8]) -> bool {
        self.srtp.as_ref().is_some_and(|(rx, _)| rx.owns(packet))
    }

    pub(super) fn media(&mut self, now: Instant, data: &mut [u8], out: &mut Vec<Output>) {
        let opened = match &mut self.srtp {
            Some((rx, _)) if rtp::is_rtcp(data) => rx.open_rtcp(data).map(|len| (None, len)),
            Some((rx, _)) => {
                Header::parse(data).and_then(|h| Some((Some(h), rx.open_rtp(data, h.len)?)))
            }
            None => None,
        };
        match opened.and_then(|(header, len)| Some((header, data.get(..len)?))) {
            Some((Some(header), packet)) => {
                out.extend(self.ingress.rtp(now, &header, packet).map(Output::Media))
            }
            Some((None, compound)) => self.rtcp(now, compound, out),
            None => self.ingress.refused(),
        }
    }

    fn rtcp(&mut self, now: Instant, compound: &[u8], out: &mut Vec<Output>) {
        let mut told = 0;
        let mut streams_told = false;
        for (format, typ, body) in rtp::rtcp_packets(compound) {
            match (typ, format) {
                (200 | 201, _) => {
                    let info = rtp::sender_info(body).filter(|_| typ == 200);
                    if let Some(info) = info
                        && let Some((track, layer)) = self.ingress.sender_report(now, &info)
                    {
                        out.push(Output::SenderReport {
                            track,
                            layer,
                            ntp: info.ntp,
                            rtp_ts: info.rtp_ts,
                            at: now,
                        });
                    }
                    out.extend(
                        rtp::report_blocks(typ, body).map(|b| self.receiver_report(now, &b)),
                    );
                }
                (206, 1) => {
                    out.extend(rtp::word(body, 4).map(|ssrc| Output::KeyframeWanted { ssrc }))
                }
                (206, 4) => {
                    out.extend(rtp::fir_targets(body).map(|ssrc| Output::KeyframeWanted { ssrc }))
                }
                (206, 15) => {
                    let estimate = rtp::remb(body);
                    out.extend(
                        estimate.map(|bits_per_second| Output::Estimate { bits_per_second }),
                    );
                }
                (205, 1) => out.extend(
                    rtp::word(body, 4)
                        .map(|ssrc| Output::Lost { ssrc, seqs: rtp::nacked(body).collect() }),
                ),
                // One tells of all streams: more in one datagram are none of a client's.
                (205, 11) if streams_told => self.ingress.refused(),
                (205, 11) => match rtp::congestion_feedback(body, rtp::MAX_TOLD - told) {
                    Some(streams) => {
                        streams_told = true;
                        told += streams.iter().map(|stream| stream.arrivals.len()).sum::<usize>();
                        out.push(Output::StreamFeedback(streams));
                    }
                    None => self.ingress.refused(),
                },
                (205, 15) => match rtp::transport_feedback(body, rtp::MAX_TOLD - told) {
                    Some(feedback) => {
                        told += feedback.arrivals.len();
                        out.push(Output::Feedback(feedback));
                    }
                    None => self.ingress.refused(),
                },
                _ => {}
            }
        }
    }

    fn receiver_report(&self, now: Instant, b: &ReportBlock) -> Output {
        Output::ReceiverReport {
            ssrc: b.ssrc,
            fraction_lost: b.fraction_lost,
            cumulative_lost: b.cumulative_lost,
            highest: b.highest,
            jitter: b.jitter,
            round_trip_ms: self.sent_reports.round_trip_ms(now, b),
        }
    }

    pub(super) fn timeout(
        &mut self,
        now: Instant,
        to: Option<SocketAddr>,
        out: &mut Vec<Output>,
    ) -> Result<(), CloseReason> {
        let mut records = vec![];
        self.dtls.handle_timeout(now, &mut records);
        if let Some(to) = to {
            send(records, to, Carries::Control, out);
        }
        let events = self.channels(now, to, out, Sctp::handle_timeout);
        report(events, out)?;
        let mut reports = vec![];
        self.ingress.handle_timeout(now, &mut reports);
        if let (Some(to), Some((_, tx))) = (to, &mut self.srtp) {
            out.extend(reports.iter().map(|p| Output::Send(to, tx.seal_rtcp(p), Carries::Control)));
        }
        Ok(())
    }

    pub(super) fn send_rtcp(
        &mut self,
        now: Instant,
        compound: &[u8],
        to: SocketAddr,
        out: &mut Vec<Output>,
    ) {
        for (_, _, body) in rtp::rtcp_packets(compound).filter(|(_, typ, _)| *typ == 200) {
            if let Some(info) = rtp::sender_info(body) {
                self.sent_reports.note(now, &info);
            }
        }
        if let Some((_, tx)) = &mut self.srtp {
            let sealed = tx.seal_rtcp(compound);
            if !sealed.is_empty() {
                out.push(Output::Send(to, sealed, Carries::Control));
            }
        }
    }

    pub(super) fn request_keyframe(
        &mut self,
        track: usize,
        layer: usize,
        to: SocketAddr,
        out: &mut Vec<Output>,
    ) {
        if let (Some(pli), Some((_, tx))) =
            (self.ingress.keyframe_request(track, layer), &mut self.srtp)
        {
            out.push(Output::Send(to, tx.seal_rtcp(&pli), Carries::Control));
        }
    }

    pub(super) fn close(&mut self, now: Instant, to: SocketAddr, out: &mut Vec<Output>) {
        let mut records = vec![];
        self.dtls.close(now, &mut records);
        send(records, to, Carries::Control, out);
    }
}

fn send(records: Vec<BytesMut>, to: SocketAddr, carries: Carries, out: &mut Vec<Output>) {
    out.extend(records.into_iter().map(|r| Output::Send(to, r.to_vec(), carries)));
}

fn report(events: Vec<sctp::SctpEvent>, out: &mut Vec<Output>) -> Result<(), CloseReason> {
    for event in events {
        out.push(match event {
            sctp::SctpEvent::Up => Output::ChannelsUp,
            sctp::SctpEvent::Open { stream, label } => Output::ChannelOpen(stream, label),
            sctp::SctpEvent::Message { stream, text, data } => {
                Output::ChannelMessage(stream, text, data)
            }
            sctp::SctpEvent::Shut { stream } => Output::ChannelClosed(stream),
            sctp::SctpEvent::Closed => return Err(CloseReason::ChannelsLost),
        });
    }
    Ok(())
}
