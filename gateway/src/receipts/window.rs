//! What one connection was sent, and what its client tells to have got of it, in windows of ten seconds.
//!
//! A packet belongs to the window in which it was sent, whenever the client tells of it; so a window is complete only
//! [`TOLD_US`] after its end. Nothing counts as received because somebody has joined, or because something was sent.

use std::collections::VecDeque;

use session::Mode;
use signalling::words::stream::Cause;

use super::flow::{Flow, MEDIA, Medium, PacketCount, WINDOW_US};

/// A client may tell of a packet for so long after it was sent: packets are remembered for as long (`egress::log`).
pub(crate) const TOLD_US: u64 = 4_000_000;
/// A client that told anything in so long a time before counts as listening, also to silence.
const ALIVE_US: u64 = 5_000_000;
/// Windows of one connection that are kept beside the present one: one, and more only if nobody takes them.
const WINDOWS_MAX: usize = 3;

/// One window of one connection, or of all connections of one participant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Window {
    /// Windows since the shard began.
    pub(crate) number: u64,
    /// When the connection was there, in microseconds since the shard began.
    pub(crate) from_us: u64,
    pub(crate) until_us: u64,
    flows: [Flow; MEDIA],
    /// The client told something of what it gets.
    pub(crate) told: bool,
    /// Packets of sound that were lost and came as copies; times that packets began to be lost in a row.
    pub(crate) recovered: u64,
    pub(crate) bursts: u64,
    /// What was sent on the wire, for whatever purpose.
    pub(crate) wire_bytes: u64,
    /// Of it, messages of data channels that the client has acknowledged.
    pub(crate) data_bytes: u64,
    /// What came from the client on the wire, for whatever purpose.
    pub(crate) up_bytes: u64,
    /// Round trips that were measured: their sum in milliseconds, and how many.
    trips: (u64, u64),
    /// How much of the session it is sent, as it was last.
    pub(crate) mode: Mode,
    /// Why a picture was not sent, the last time that there was a reason.
    pub(crate) cause: Option<Cause>,
}

impl Window {
    pub(crate) const fn flow(&self, medium: Medium) -> &Flow {
        let [sound, picture, screen] = &self.flows;
        match medium {
            Medium::Sound => sound,
            Medium::Picture => picture,
            Medium::Screen => screen,
        }
    }

    const fn flow_mut(&mut self, medium: Medium) -> &mut Flow {
        let [sound, picture, screen] = &mut self.flows;
        match medium {
            Medium::Sound => sound,
            Medium::Picture => picture,
            Medium::Screen => screen,
        }
    }

    /// The mean round trip; `None` if none was measured.
    pub(crate) fn round_trip_ms(&self) -> Option<u64> {
        let (sum, trips) = self.trips;
        sum.checked_div(trips)
    }

    /// Packets of all media that were sent and whose fate the client told, and those of them that were lost; before
    /// copies and repair. `None` if it told nothing.
    pub(crate) fn loss(&self) -> Option<(u64, u64)> {
        let all = self.flows.iter().map(|flow| (flow.known(), flow.lost()));
        let (known, lost) = all.fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        (self.told && known > 0).then_some((known, lost))
    }

    /// What is known of it while the client may still tell more: it has told of what was sent until `settled_us`.
    fn so_far(&self, settled_us: Option<u64>) -> Self {
        let begins_us = self.number * WINDOW_US;
        let settled_us = settled_us.and_then(|at| at.checked_sub(begins_us));
        let flows = self.flows.map(|flow| flow.so_far(settled_us));
        Self { flows, ..self.clone() }
    }

    /// The same window of another connection of the same participant.
    pub(crate) fn join(&mut self, other: &Self) {
        self.from_us = self.from_us.min(other.from_us);
        self.until_us = self.until_us.max(other.until_us);
        self.flows.iter_mut().zip(&other.flows).for_each(|(own, its)| own.join(its));
        self.told |= other.told;
        self.recovered += other.recovered;
        self.bursts += other.bursts;
        self.wire_bytes = self.wire_bytes.saturating_add(other.wire_bytes);
        self.data_bytes += other.data_bytes;
        self.up_bytes = self.up_bytes.saturating_add(other.up_bytes);
        self.trips = (self.trips.0 + other.trips.0, self.trips.1 + other.trips.1);
        self.mode = other.mode;
        self.cause = self.cause.or(other.cause);
    }
}

/// The windows of one connection that are not complete. Times are microseconds since the shard began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    /// The present one, once anything was noted.
    present: Window,
    begun: bool,
    /// Those before it of which the client may still tell.
    before: VecDeque<Window>,
    /// When the client told anything last, and when the newest packet was sent of which it told.
    told_us: Option<u64>,
    settled_us: Option<u64>,
    /// What had come from the client at the last look.
    from_client: FromClient,
}

/// A medium of which there is something to be had.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Offer {
    pub(crate) medium: Medium,
    /// Why nothing of it is sent.
    pub(crate) paused: Option<Cause>,
    /// Since when nothing has come from those who would send it, whose lines are lost.
    pub(crate) away_since_us: Option<u64>,
}

/// What has come from a client since its connection began, in bytes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct FromClient {
    /// Of messages that were sent to it, those that it has acknowledged.
    pub(crate) acknowledged: u64,
    /// On the wire.
    pub(crate) wire: u64,
}

impl Received {
    /// A packet of media leaves for the first time; `numbered` if the client will tell of it by its number.
    pub(crate) fn sent(&mut self, now_us: u64, medium: Medium, numbered: bool) {
        self.at(now_us).flow_mut(medium).sent(now_us, numbered);
    }

    /// So many bytes leave on the wire, in the present window.
    pub(crate) const fn wire(&mut self, bytes: u64) {
        self.present.wire_bytes = self.present.wire_bytes.saturating_add(bytes);
    }

    /// They did not leave after all.
    pub(crate) const fn take_back(&mut self, bytes: u64) {
        self.present.wire_bytes = self.present.wire_bytes.saturating_sub(bytes);
    }

    /// The client tells that a packet came which was sent at `sent_us` in `layer`.
    pub(crate) fn came(&mut self, sent_us: u64, medium: Medium, layer: usize, bytes: u64) {
        self.settled_us = self.settled_us.max(Some(sent_us));
        if let Some(window) = self.of(sent_us) {
            window.told = true;
            window.flow_mut(medium).came(sent_us, layer, bytes);
        }
    }

    /// The client tells that a packet came which was sent again at `sent_us`.
    pub(crate) fn repaired(&mut self, sent_us: u64, medium: Medium, bytes: u64) {
        if let Some(window) = self.of(sent_us) {
            window.told = true;
            // A second of which all sound came again was not heard: it came too late.
            window.flow_mut(medium).repaired(sent_us, bytes, medium != Medium::Sound);
        }
    }

    /// The client tells that a packet was lost which was sent at `sent_us`; `first` of those of a voice in a row.
    pub(crate) fn lost(&mut self, sent_us: u64, medium: Medium, first: bool) {
        self.settled_us = self.settled_us.max(Some(sent_us));
        if let Some(window) = self.of(sent_us) {
            window.told = true;
            window.flow_mut(medium).lose();
            window.bursts += u64::from(first);
        }
    }

    /// What was told to be lost came after all.
    pub(crate) fn found(&mut self, sent_us: u64, medium: Medium) {
        self.of(sent_us).into_iter().for_each(|window| window.flow_mut(medium).find());
    }

    /// The packet of sound that was sent at `sent_us` brought copies of so many that were lost.
    pub(crate) fn recovered(&mut self, sent_us: u64, packets: u64) {
        self.of(sent_us).into_iter().for_each(|window| window.recovered += packets);
    }

    /// A receiver report tells how many packets of a stream without numbers came since the one before, and how many were
    /// lost.
    pub(crate) fn reported(&mut self, now_us: u64, medium: Medium, came: PacketCount, lost: u64) {
        let since_us = self.told_us.unwrap_or(now_us).max(now_us.saturating_sub(ALIVE_US));
        self.settled_us = self.settled_us.max(Some(now_us));
        self.at(now_us).flow_mut(medium).reported(now_us, came, lost);
        if came.packets == 0 {
            return;
        }
        // What came may have come in any second since.
        for us in (since_us..=now_us).step_by(1_000_000) {
            self.of(us).into_iter().for_each(|window| window.flow_mut(medium).heard(us));
        }
    }

    /// The client has told something, with a round trip if that shows one.
    pub(crate) fn told(&mut self, now_us: u64, round_trip_ms: Option<u32>) {
        self.told_us = Some(now_us);
        let window = self.at(now_us);
        window.told = true;
        if let Some(ms) = round_trip_ms {
            window.trips = (window.trips.0 + u64::from(ms), window.trips.1 + 1);
        }
    }

    /// A look, once a second: in this mode it is offered these media, and so much has come from the client.
    pub(crate) fn look(
        &mut self,
        now_us: u64,
        (mode, offers): (Mode, &[Offer]),
        from_client: FromClient,
    ) {
        let alive = self.told_us.is_some_and(|at| now_us.saturating_sub(at) <= ALIVE_US);
        self.at(now_us);
        self.client_sent(from_client);
        let window = &mut self.present;
        window.mode = mode;
        for Offer { medium, paused, .. } in offers {
            window.flow_mut(*medium).offered(now_us, alive, paused.is_some());
            window.cause = paused.or(window.cause);
        }
        for (medium, since_us) in
            offers.iter().filter_map(|offer| Some((offer.medium, offer.away_since_us?)))
        {
            // It takes a while until a line is known to be lost.
            let since_us = since_us.max(now_us.saturating_sub(WINDOW_US));
            for us in (since_us..=now_us).step_by(1_000_000) {
                self.of(us).into_iter().for_each(|window| window.flow_mut(medium).away(us));
            }
        }
    }

    /// So much has come from the client by now: what is more than at the last look belongs to the present window.
    pub(crate) fn client_sent(&mut self, now: FromClient) {
        let FromClient { acknowledged, wire } = self.from_client;
        self.from_client = FromClient {
            acknowledged: now.acknowledged.max(acknowledged),
            wire: now.wire.max(wire),
        };
        let more = now.acknowledged.saturating_sub(acknowledged);
        self.present.data_bytes = self.present.data_bytes.saturating_add(more);
        self.present.up_bytes = self.present.up_bytes.saturating_add(now.wire.saturating_sub(wire));
    }

    /// The next window that is complete.
    pub(crate) fn complete(&mut self, now_us: u64) -> Option<Window> {
        let ends_us = end_us(self.before.front()?.number);
        let window = self.before.pop_front_if(|_| ends_us.saturating_add(TOLD_US) <= now_us)?;
        Some(Window { until_us: ends_us, ..window })
    }

    /// All windows that are not complete, as far as they are known: if the gateway ended now, this would be their end.
    pub(crate) fn open(&self, now_us: u64) -> impl Iterator<Item = Window> {
        let present = self.begun.then_some(&self.present);
        self.before.iter().chain(present).map(move |window| {
            let until_us = end_us(window.number).min(now_us);
            Window { until_us, ..window.so_far(self.settled_us) }
        })
    }

    /// The connection has ended: all that is left.
    pub(crate) fn end(mut self, now_us: u64) -> impl Iterator<Item = Window> {
        if self.present.wire_bytes.max(self.present.up_bytes) > 0 {
            // It may have ended before it was looked at once.
            self.at(now_us);
        }
        let present = self.begun.then_some(self.present);
        let all = self.before.into_iter().chain(present);
        all.map(move |window| Window { until_us: end_us(window.number).min(now_us), ..window })
    }

    /// The window of this moment.
    fn at(&mut self, now_us: u64) -> &mut Window {
        let number = now_us / WINDOW_US;
        if !self.begun {
            let Window { wire_bytes, up_bytes, .. } = self.present;
            let from_us = now_us;
            self.present = Window { number, from_us, wire_bytes, up_bytes, ..Window::default() };
            self.begun = true;
        } else if self.present.number < number {
            // A connection that was there before is there from the beginning of the window on.
            let next = Window { number, from_us: number * WINDOW_US, ..Window::default() };
            self.before.push_back(std::mem::replace(&mut self.present, next));
            if self.before.len() > WINDOWS_MAX {
                self.before.pop_front();
            }
        }
        &mut self.present
    }

    /// The window in which something was sent, unless it is closed.
    fn of(&mut self, sent_us: u64) -> Option<&mut Window> {
        let number = sent_us / WINDOW_US;
        let all = std::iter::once(&mut self.present).chain(self.before.iter_mut().rev());
        all.into_iter().find(|window| window.number == number)
    }
}

/// When a window ends.
const fn end_us(number: u64) -> u64 {
    number.saturating_add(1).saturating_mul(WINDOW_US)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::receipts::flow::Spans;

    const S: u64 = 1_000_000;
    const SOUND: &[Offer] = &[offer(Medium::Sound, None)];

    const fn offer(medium: Medium, paused: Option<Cause>) -> Offer {
        Offer { medium, paused, away_since_us: None }
    }

    /// A listener whose voice and reports go on from second to second; `fate` says of a second whether packets are sent,
    /// whether they come, and whether the client reports.
    fn listens(seconds: u64, fate: impl Fn(u64) -> (bool, bool, bool)) -> Vec<Window> {
        let mut it = Received::default();
        let mut done = vec![];
        for second in 0..seconds {
            let at_us = second * S + S / 2;
            let (sent, comes, reports) = fate(second);
            it.look(at_us, (Mode::Full, SOUND), FromClient::default());
            if sent {
                it.sent(at_us, Medium::Sound, true);
            }
            if sent && comes {
                it.came(at_us, Medium::Sound, 0, 100);
            }
            if reports {
                it.told(at_us, Some(80));
            }
            done.extend(it.complete(at_us));
        }
        done.extend(it.end(seconds * S));
        done
    }

    fn sound(window: &Window) -> (u64, u64, u64) {
        let spans = window.flow(Medium::Sound).spans(Medium::Sound, window.told);
        let Spans { received, missed, unknown, .. } = spans;
        (received, missed, unknown)
    }

    fn sounds(windows: &[Window]) -> Vec<(u64, u64, u64)> {
        windows.iter().map(sound).collect()
    }

    #[test]
    fn a_hole_is_missed_and_who_tells_nothing_is_not_known_to_be_there() {
        let whole = listens(20, |_| (true, true, true));
        assert_eq!(sounds(&whole), [(10, 0, 0), (10, 0, 0)]);
        assert_eq!(whole[0].round_trip_ms(), Some(80));
        let cut = listens(30, |at| (true, !(14..26).contains(&at), !(14..26).contains(&at)));
        assert_eq!(sounds(&cut), [(10, 0, 0), (4, 6, 0), (4, 6, 0)], "twelve seconds in all");
        let mute = listens(20, |_| (true, false, false));
        assert_eq!(sounds(&mute), [(0, 0, 10), (0, 0, 10)]);
        assert_eq!(mute[0].loss(), None);
    }

    #[test]
    fn a_silence_is_heard_by_who_is_there() {
        let silence = listens(10, |at| (false, false, at % 4 == 0));
        assert_eq!(sounds(&silence), [(9, 1, 0)], "from its first report on");
        let gone = listens(20, |at| (false, false, at == 1));
        assert_eq!(sounds(&gone)[1], (0, 0, 10), "but not by who was there once");
    }

    #[test]
    fn what_is_told_late_counts_where_it_was_sent() {
        let mut it = Received::default();
        it.sent(9 * S, Medium::Picture, true);
        it.sent(9 * S + 1, Medium::Picture, true);
        it.wire(70);
        it.look(10 * S, (Mode::Full, &[]), FromClient::default());
        it.wire(30);
        it.came(9 * S, Medium::Picture, 1, 500);
        it.repaired(9 * S + 2, Medium::Picture, 600);
        assert_eq!(it.complete(14 * S - 1), None, "the client may still tell");
        let window = it.complete(14 * S).unwrap();
        let flow = window.flow(Medium::Picture);
        assert_eq!((flow.layers[1], flow.again), (count(1, 500), count(1, 600)));
        assert_eq!((window.loss(), window.wire_bytes), (Some((2, 1)), 70));
        it.came(9 * S, Medium::Picture, 1, 500);
        assert_eq!(it.complete(24 * S), None);
        assert_eq!(it.end(14 * S).map(|it| it.wire_bytes).sum::<u64>(), 30);
    }

    #[test]
    fn what_ends_before_it_is_looked_at_has_its_bytes() {
        let mut it = Received::default();
        it.wire(30);
        it.client_sent(FromClient { acknowledged: 0, wire: 70 });
        let windows: Vec<Window> = it.end(14 * S).collect();
        let bytes = windows.iter().map(|it| (it.number, it.wire_bytes, it.up_bytes));
        assert!(bytes.eq([(1, 30, 70)]), "{windows:?}");
        assert_eq!(Received::default().end(14 * S).count(), 0);
    }

    fn count(packets: u64, bytes: u64) -> PacketCount {
        PacketCount { packets, bytes }
    }

    #[test]
    fn receipts_of_a_paused_picture_say_so() {
        let mut it = Received::default();
        for second in 0..10 {
            let paused = (second >= 4).then_some(Cause::ThinLine);
            it.told(second * S, None);
            let offers = [offer(Medium::Picture, paused), offer(Medium::Screen, None)];
            let (acknowledged, wire) = (10 * second, 100 * second);
            it.look(second * S, (Mode::Full, &offers), FromClient { acknowledged, wire });
        }
        let window = it.end(10 * S).next().unwrap();
        let spans = |medium| window.flow(medium).spans(medium, window.told);
        let picture = Spans { missed: 4, paused: 6, ..Spans::default() };
        assert_eq!(spans(Medium::Picture), picture, "a camera that sends nothing is not seen");
        assert_eq!(
            spans(Medium::Screen),
            Spans { received: 10, ..Spans::default() },
            "a still one"
        );
        assert_eq!((window.cause, window.data_bytes), (Some(Cause::ThinLine), 90));
        assert_eq!(window.up_bytes, 900);
    }

    #[test]
    fn while_the_publisher_is_away_nothing_is_heard_and_nothing_missed() {
        let mut it = Received::default();
        for second in 0..20 {
            let away = second >= 8;
            if second < 6 {
                it.sent(second * S, Medium::Sound, true);
                it.came(second * S, Medium::Sound, 0, 100);
                it.sent(second * S, Medium::Picture, true);
                it.came(second * S, Medium::Picture, 0, 100);
            }
            it.told(second * S, None);
            let since_us = away.then_some(6 * S);
            let offers = [Medium::Sound, Medium::Picture]
                .map(|medium| Offer { away_since_us: since_us, ..offer(medium, None) });
            it.look(second * S, (Mode::Full, &offers), FromClient::default());
        }
        for (window, received, away) in it.end(20 * S).zip([6, 0]).map(|(it, r)| (it, r, 10 - r)) {
            for medium in [Medium::Sound, Medium::Picture] {
                let spans = window.flow(medium).spans(medium, window.told);
                assert_eq!(spans, Spans { received, away, ..Spans::default() }, "{medium:?}");
            }
        }
    }

    #[test]
    fn what_the_client_could_not_tell_yet_is_neither_lost_nor_missed() {
        let mut it = Received::default();
        for second in 0..=16 {
            it.look(second * S, (Mode::Full, SOUND), FromClient::default());
            it.sent(second * S + 1, Medium::Sound, true);
            it.sent(second * S + 2, Medium::Sound, true);
        }
        for second in 0..14 {
            it.came(second * S + 1, Medium::Sound, 0, 100);
            it.lost(second * S + 2, Medium::Sound, true);
        }
        it.found(4 * S + 2, Medium::Sound);
        it.came(4 * S + 2, Medium::Sound, 0, 100);
        it.lost(14 * S + 1, Medium::Sound, false);
        let open: Vec<Window> = it.open(17 * S).collect();
        assert_eq!(sounds(&open), [(10, 0, 0), (4, 1, 2)]);
        assert_eq!(
            open.iter().map(Window::loss).collect::<Vec<_>>(),
            [Some((20, 9)), Some((9, 5))]
        );
        assert_eq!([open[0].until_us, open[1].until_us], [10 * S, 17 * S]);
        let closed: Vec<Window> = it.end(17 * S).collect();
        assert_eq!(sounds(&closed), [(10, 0, 0), (4, 3, 0)], "then all others did not come");
    }

    #[test]
    fn reports_alone_tell_of_what_came_since_the_one_before() {
        let mut it = Received::default();
        it.sent(0, Medium::Sound, false);
        it.reported(S, Medium::Sound, count(40, 4_000), 0);
        it.told(S, None);
        (2..6).for_each(|second| it.sent(second * S, Medium::Sound, false));
        it.reported(6 * S, Medium::Sound, count(200, 20_000), 10);
        it.told(6 * S, None);
        (7..9).for_each(|second| it.sent(second * S, Medium::Sound, false));
        it.reported(9 * S, Medium::Sound, PacketCount::default(), 0);
        let window = it.end(10 * S).next().unwrap();
        assert_eq!(sound(&window), (6, 3, 0), "the first second, then all but what is stuck");
        assert_eq!(window.loss(), Some((250, 10)));
    }

    proptest! {
        /// Whatever is noted in whatever order: no second counts twice, bytes are all there, and what is kept is bounded.
        #[test]
        fn windows_add_up(steps in prop::collection::vec((0u64..3_000_000, 0usize..6, any::<u16>(), any::<bool>()), 1..400)) {
            let (mut it, mut now_us, mut wire, mut done) = (Received::default(), 0, 0, vec![]);
            let media = [Medium::Sound, Medium::Picture, Medium::Screen];
            for (more_us, what, odd, flag) in steps {
                now_us += more_us;
                let medium = media[usize::from(odd) % 3];
                let before_us = now_us.saturating_sub(u64::from(odd) * 100);
                match what {
                    0 => it.sent(now_us, medium, flag),
                    1 => it.came(before_us, medium, odd.into(), odd.into()),
                    2 => it.repaired(before_us, medium, odd.into()),
                    3 => it.reported(now_us, medium, count(odd.into(), 1), u64::from(flag)),
                    4 => it.told(now_us, flag.then_some(odd.into())),
                    _ => {
                        let from_client = FromClient { acknowledged: odd.into(), wire: odd.into() };
                        let mut offer = offer(medium, flag.then_some(Cause::Mode));
                        offer.away_since_us = (odd % 3 == 0).then_some(before_us);
                        it.look(now_us, (Mode::Voice, &[offer]), from_client);
                    }
                }
                it.wire(u64::from(odd));
                wire += u64::from(odd);
                prop_assert!(it.before.len() <= WINDOWS_MAX);
                while let Some(window) = it.complete(now_us) {
                    done.push(window);
                }
            }
            let lost_over_bound = it.before.len() == WINDOWS_MAX;
            done.extend(it.end(now_us));
            for window in &done {
                prop_assert!(window.from_us <= window.until_us, "{window:?}");
                for medium in media {
                    let it = window.flow(medium).spans(medium, window.told);
                    let all = it.received + it.missed + it.unknown + it.paused + it.away;
                    prop_assert!(all <= 10, "{it:?}");
                }
                let mut twice = window.clone();
                twice.join(window);
                prop_assert_eq!(sound(&twice), sound(window), "two connections are one listener");
            }
            let numbers: Vec<u64> = done.iter().map(|it| it.number).collect();
            prop_assert!(numbers.windows(2).all(|it| it[0] < it[1]));
            if !lost_over_bound {
                prop_assert_eq!(done.iter().map(|it| it.wire_bytes).sum::<u64>(), wire);
            }
        }
    }
}
