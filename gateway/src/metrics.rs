//! What the gateway counts. Labels come from closed lists, never from people.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Why something was not done.
#[derive(Clone, Copy, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(crate) struct Reason {
    /// One of the fixed words in this crate.
    pub(crate) reason: &'static str,
}

/// What something was sent for.
#[derive(Clone, Copy, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
pub(crate) struct SentFor {
    /// One of the names of `egress::kind`.
    pub(crate) kind: &'static str,
}

/// What a client told of a packet.
#[derive(Clone, Copy, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct FateLabels {
    /// One of the fixed words of `egress::totals`.
    fate: &'static str,
}

/// Which shard.
#[derive(Clone, Copy, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct ShardLabels {
    shard: u8,
}

/// The labels under which shards count on their own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labels<'a> {
    /// What is sent.
    pub(crate) kinds: &'a [&'static str],
    /// What clients tell of it.
    pub(crate) fates: &'a [&'static str],
}

/// Counters of one gateway; cheap to clone, shared by its threads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics {
    /// Rooms open now: is this machine in use?
    pub(crate) rooms: Gauge,
    /// Participants now.
    pub(crate) participants: Gauge,
    /// TCP connections that carry media now.
    pub(crate) links: Gauge,
    /// TURN allocations now.
    pub(crate) relays: Gauge,
    /// Entries in the tables of people, connections and tracks, once a second: 0 when nobody is here.
    pub(crate) entries: Gauge,
    /// Datagrams received.
    pub(crate) datagrams: Counter,
    /// Datagrams that came to the socket of another shard than their client's.
    pub(crate) crossed: Counter,
    /// Addresses whose datagrams the system gives to their shard since it was told.
    pub(crate) steered: Gauge,
    /// RTP packets received from publishers.
    pub(crate) packets_in: Counter,
    /// RTP packets sent to listeners: the gateway's work.
    pub(crate) packets_out: Counter,
    /// Datagrams sent to clients, by kind.
    pub(crate) sent_datagrams: Family<SentFor, Counter>,
    /// Their bytes as they are on the wire, headers of all layers included: what the lines pay for.
    pub(crate) sent_bytes: Family<SentFor, Counter>,
    /// Packets of which clients have told one by one (transport-wide feedback, RFC 8888), by what they told.
    told: Family<FateLabels, Counter>,
    /// Packets that are remembered for that, once a second.
    pub(crate) logged: Gauge,
    /// Packets sent again on request: how bad the lines are.
    pub(crate) resent: Counter,
    /// Packets of sound that were lost on the way up and came as copies in later ones.
    pub(crate) recovered: Counter,
    pub(crate) held_back: Counter,
    /// Keyframes asked of publishers.
    pub(crate) keyframe_requests: Counter,
    /// Data packets passed on.
    pub(crate) data_packets: Counter,
    /// Datagrams, messages and packets not used, by reason: shows attacks and overflows.
    pub(crate) dropped: Family<Reason, Counter>,
    /// Joins refused, by reason.
    pub(crate) refused: Family<Reason, Counter>,
    /// Joins that had to wait for their turn: everybody comes at once.
    pub(crate) joins_waited: Counter,
    /// Connections followed to a new address by their media, before a check: lines that change.
    pub(crate) handed_over: Counter,
    /// Strangers' packets on which no keys were tried, over the budget; they are dropped as strangers'.
    pub(crate) untried: Counter,
    /// Receipts that wait for the scheduler.
    pub(crate) receipts: Gauge,
    /// Records given to the tap.
    pub(crate) tap_records: Counter,
    /// Recorders connected to the tap.
    pub(crate) tap_readers: Gauge,
}

impl Metrics {
    /// The same counters, but those of its own of what each shard has or counts by the million.
    pub(crate) fn of_shard(&self) -> Self {
        Self {
            rooms: Gauge::default(),
            participants: Gauge::default(),
            entries: Gauge::default(),
            datagrams: Counter::default(),
            crossed: Counter::default(),
            packets_in: Counter::default(),
            packets_out: Counter::default(),
            sent_datagrams: Family::default(),
            sent_bytes: Family::default(),
            told: Family::default(),
            resent: Counter::default(),
            ..self.clone()
        }
    }

    /// The same counters, with what the shards count of their own under these labels.
    fn with(&self, shards: &[Self], labels: Labels<'_>) -> Self {
        let all = self.of_shard();
        for shard in shards {
            all.rooms.inc_by(shard.rooms.get());
            all.participants.inc_by(shard.participants.get());
            all.entries.inc_by(shard.entries.get());
            all.datagrams.inc_by(shard.datagrams.get());
            all.crossed.inc_by(shard.crossed.get());
            all.packets_in.inc_by(shard.packets_in.get());
            all.packets_out.inc_by(shard.packets_out.get());
            all.resent.inc_by(shard.resent.get());
            for kind in labels.kinds {
                let ((all_datagrams, all_bytes), (datagrams, bytes)) =
                    (all.sent(kind), shard.sent(kind));
                all_datagrams.inc_by(datagrams.get());
                all_bytes.inc_by(bytes.get());
            }
            labels.fates.iter().for_each(|fate| _ = all.told(fate).inc_by(shard.told(fate).get()));
        }
        all
    }

    /// All counters of a gateway with these shards in Prometheus' text form.
    pub(crate) fn text_with(&self, shards: &[Self], labels: Labels<'_>) -> String {
        let (rooms, packets) =
            (Family::<ShardLabels, Gauge>::default(), Family::<ShardLabels, Counter>::default());
        for (number, own) in (0..u8::MAX).zip(shards) {
            rooms.get_or_create(&ShardLabels { shard: number }).set(own.rooms.get());
            packets.get_or_create(&ShardLabels { shard: number }).inc_by(own.packets_out.get());
        }
        let mut registry = self.with(shards, labels).registry();
        registry.register("shard_rooms", "Rooms open now, by shard", rooms);
        registry.register("shard_packets_out", "RTP packets sent, by shard", packets);
        text(&registry)
    }

    /// The counter of one reason, for those who drop by the million.
    pub(crate) fn dropped(&self, reason: &'static str) -> Counter {
        self.dropped.get_or_create(&Reason { reason }).clone()
    }

    pub(crate) fn drop_one(&self, reason: &'static str) {
        self.dropped.get_or_create(&Reason { reason }).inc();
    }

    /// The counters of datagrams and bytes of one kind.
    pub(crate) fn sent(&self, kind: &'static str) -> (Counter, Counter) {
        let (datagrams, bytes) = (&self.sent_datagrams, &self.sent_bytes);
        let kind = SentFor { kind };
        (datagrams.get_or_create(&kind).clone(), bytes.get_or_create(&kind).clone())
    }

    /// The counter of packets of which clients told this.
    pub(crate) fn told(&self, fate: &'static str) -> Counter {
        self.told.get_or_create(&FateLabels { fate }).clone()
    }

    pub(crate) fn refuse(&self, reason: &'static str) {
        self.refused.get_or_create(&Reason { reason }).inc();
    }

    /// All counters in Prometheus' text form.
    #[cfg(test)]
    pub(crate) fn text(&self) -> String {
        text(&self.registry())
    }

    fn registry(&self) -> Registry {
        let mut registry = Registry::with_prefix("gateway");
        registry.register("rooms", "Rooms open now", self.rooms.clone());
        registry.register("participants", "Participants now", self.participants.clone());
        registry.register("links", "TCP connections now", self.links.clone());
        registry.register("relays", "TURN allocations now", self.relays.clone());
        registry.register("entries", "Entries in all tables", self.entries.clone());
        registry.register("datagrams", "Datagrams received", self.datagrams.clone());
        let crossed = "Datagrams that came to another shard's socket";
        registry.register("crossed", crossed, self.crossed.clone());
        registry.register("steered", "Addresses told to the system", self.steered.clone());
        registry.register("packets_in", "RTP packets received", self.packets_in.clone());
        registry.register("packets_out", "RTP packets sent", self.packets_out.clone());
        let datagrams = self.sent_datagrams.clone();
        registry.register("sent_datagrams", "Datagrams sent to clients, by kind", datagrams);
        let bytes = "Bytes on the wire to clients, IP headers included, by kind";
        registry.register("sent_bytes", bytes, self.sent_bytes.clone());
        let told = "Packets of which clients told one by one, by what they told";
        registry.register("told_packets", told, self.told.clone());
        registry.register("logged_packets", "Packets remembered for feedback", self.logged.clone());
        let recovered = "Packets of sound that were lost on the way up and came as copies";
        registry.register("sound_recovered", recovered, self.recovered.clone());
        registry.register("resent", "Packets sent again", self.resent.clone());
        let held_back =
            "Times that a sender of reliable data had to wait for a listener or for its rate";
        registry.register("data_held_back", held_back, self.held_back.clone());
        let keyframes = self.keyframe_requests.clone();
        registry.register("keyframe_requests", "Keyframes asked of publishers", keyframes);
        registry.register("data_packets", "Data packets passed on", self.data_packets.clone());
        registry.register("dropped", "Not used, by reason", self.dropped.clone());
        registry.register("refused", "Joins refused, by reason", self.refused.clone());
        let waited = self.joins_waited.clone();
        registry.register("joins_waited", "Joins that waited for their turn", waited);
        let moved = self.handed_over.clone();
        registry.register("handed_over", "Connections followed to a new address", moved);
        registry.register("untried", "Strangers' packets over the trials", self.untried.clone());
        let receipts = "Receipts that wait for the scheduler";
        registry.register("receipts_kept", receipts, self.receipts.clone());
        registry.register("tap_records", "Records given to the tap", self.tap_records.clone());
        registry.register("tap_readers", "Recorders connected", self.tap_readers.clone());
        registry
    }
}

fn text(registry: &Registry) -> String {
    let mut text = String::new();
    match prometheus_client::encoding::text::encode(&mut text, registry) {
        Ok(()) => text,
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_each_shard_counts_on_its_own_is_told_as_one_sum() {
        let all = Metrics::default();
        let shards = [all.of_shard(), all.of_shard()];
        for (own, count) in shards.iter().zip([1, 20]) {
            own.resent.inc_by(count);
            own.told("lost").inc_by(2 * count);
            let (datagrams, bytes) = own.sent("sound");
            datagrams.inc_by(3 * count);
            bytes.inc_by(4 * count);
            own.rooms.set(5);
            own.drop_one("stranger");
        }
        assert_eq!(shards.each_ref().map(|it| it.resent.get()), [1, 20], "nothing is shared");
        let labels = Labels { kinds: &["sound", "data"], fates: &["lost"] };
        // Twice: what is told is not counted again.
        for _ in 0..2 {
            let text = all.text_with(&shards, labels);
            for line in [
                "gateway_resent_total 21",
                "gateway_told_packets_total{fate=\"lost\"} 42",
                "gateway_sent_datagrams_total{kind=\"sound\"} 63",
                "gateway_sent_bytes_total{kind=\"sound\"} 84",
                "gateway_sent_bytes_total{kind=\"data\"} 0",
                "gateway_rooms 10",
                "gateway_dropped_total{reason=\"stranger\"} 2",
            ] {
                assert!(text.lines().any(|it| it == line), "{line} in {text}");
            }
        }
    }
}
