//! Data budgets and modes: what tokens claim, what is used and chosen, tokens that are renewed, and gateways that start anew.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use session::{AccessToken, DataBudget, Keys, Megabytes, Mode};
use signalling::Signalling;
use signalling::effect::{ConnectionRole, Effect};
use signalling::ids::{ConnectionId, Numbering, SignalId};
use signalling::input::Input;
use signalling::limits::Limits;
use signalling::words::participant::Abilities;
use signalling::words::request::{Join, Request};
use signalling::words::usage::{RoomSpent, Spent, Used};

use crate::network::start;
use crate::parts::Parts;

const SECRET: &str = "a secret that is long enough for HS256";
const ROOT: &str = "a root that nobody is given, long enough";
/// What the wall clock shows at the start, seconds since 1970.
const WALL_S: u64 = 1_795_420_800;
const PEOPLE: [&str; 4] = ["li", "wang", "zhao", "chen"];
/// No budget is larger: a terabyte.
const MOST: u64 = 1_000_000_000_000;

/// Steps in a row, each a byte that says which and of whom, and what follows.
pub(crate) fn budget(data: &[u8]) {
    let Ok(keys) = Keys::new("test", SECRET, ROOT) else { return };
    let mut ward = Ward::new(keys);
    for step in Parts(data).take(64) {
        let Some((kind, rest)) = step.split_first() else { continue };
        let who = PEOPLE.get(usize::from(kind >> 4) % PEOPLE.len()).copied().unwrap_or_default();
        match kind & 15 {
            0..=3 => ward.claim(who, rest),
            4..=7 => ward.pass_seconds(who, rest),
            8 | 9 => ward.choose(who, rest),
            10 | 11 => ward.renew(who),
            12 => ward.come_again(who),
            13 => ward.leave(who),
            _ => ward.start_again(),
        }
        ward.holds();
    }
}

/// One room, in virtual time, of a gateway that may start anew.
struct Ward {
    keys: Keys,
    core: Signalling,
    now: Instant,
    signals: u64,
    /// Who speaks on which connection, with its last token.
    people: BTreeMap<&'static str, (SignalId, AccessToken)>,
    listening: BTreeMap<String, ConnectionId>,
    admitted: Option<SignalId>,
    renewed: Option<AccessToken>,
    /// What is kept outside, and what each person is known to have used.
    kept: Vec<Spent>,
    used: BTreeMap<String, u64>,
}

/// As a page of ours comes in.
pub(crate) fn join(token: AccessToken, spent: Vec<Spent>) -> Join {
    Join {
        token,
        auto_subscribe: true,
        resume: None,
        or_join: false,
        chosen_ms: None,
        reuses_sections: true,
        finds_by_section: true,
        reads_reasons: true,
        answers_passive: false,
        abilities: Abilities::default(),
        first: None,
        spent,
    }
}

pub(crate) fn core(now: Instant) -> Signalling {
    let limits = Limits {
        rooms_max: 4,
        participants_per_room_max: 8,
        joins_per_s_max: 1_000,
        tracks_per_participant_max: 4,
        tracks_per_connection_max: 8,
        layers_max: 4,
        connect_within: Duration::from_secs(1 << 40),
        resume: Duration::from_secs(15),
        empty_room_s: 1 << 40,
        unled_s: 120,
        recorded_keyframe_s: 10,
        relay_over_tls: false,
    };
    Signalling::new(now, WALL_S * 1_000_000, [7; 32], Numbering::default(), limits)
}

impl Ward {
    fn new(keys: Keys) -> Self {
        let now = start();
        Self {
            keys,
            core: core(now),
            now,
            signals: 0,
            people: BTreeMap::new(),
            listening: BTreeMap::new(),
            admitted: None,
            renewed: None,
            kept: vec![],
            used: BTreeMap::new(),
        }
    }

    fn give(&mut self, input: Input<'_>) {
        let mut out = vec![];
        self.core.handle(self.now, input, &mut out);
        for effect in out {
            match effect {
                Effect::Open(it) if it.role == ConnectionRole::Subscriber => {
                    self.listening.insert(it.identity, it.connection);
                }
                Effect::Close(connection) => self.listening.retain(|_, of| *of != connection),
                Effect::Admit(signal, _) => self.admitted = Some(signal),
                Effect::Renewed(token) => self.renewed = Some(*token),
                _ => {}
            }
        }
    }

    /// Somebody comes with a token in which our own claim is what a stranger wrote.
    fn claim(&mut self, who: &'static str, own: &[u8]) {
        let Ok(own) = std::str::from_utf8(own) else { return };
        let expires_s = WALL_S + 600;
        let claims = format!(
            "{{\"iss\":\"test\",\"sub\":\"{who}\",\"exp\":{expires_s},\
             \"video\":{{\"room\":\"ward\",\"roomJoin\":true}},\"shanqiao\":{own}}}"
        );
        let parts =
            ["{\"alg\":\"HS256\",\"typ\":\"JWT\"}", &claims].map(|it| URL_SAFE_NO_PAD.encode(it));
        let body = parts.join(".");
        let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, body.as_bytes()));
        let read = AccessToken::read(&format!("{body}.{signature}"), &self.keys, WALL_S);
        let Ok(token) = read else { return };
        // What was written may end one claim and begin another.
        if token.identity == who && token.room() == Some("ward") {
            self.come(who, token);
        }
    }

    fn come(&mut self, who: &'static str, token: AccessToken) {
        let budget = token.own.as_ref().and_then(|own| own.data_budget).unwrap_or_default();
        for it in amounts(budget) {
            assert!(it.bytes() <= MOST, "{it:?}");
        }
        self.signals += 1;
        let signal = SignalId(self.signals);
        let join = join(token.clone(), self.kept.clone());
        self.give(Input::Join(signal, Box::new(join)));
        if self.admitted == Some(signal) {
            self.people.insert(who, (signal, token));
        }
    }

    fn come_again(&mut self, who: &'static str) {
        if let Some((_, token)) = self.people.get(who).cloned() {
            self.come(who, token);
        }
    }

    fn leave(&mut self, who: &str) {
        if let Some((signal, _)) = self.people.get(who) {
            self.give(Input::Request(*signal, Request::Leave));
        }
    }

    fn choose(&mut self, who: &str, word: &[u8]) {
        let (Some((signal, _)), Ok(word)) = (self.people.get(who), std::str::from_utf8(word))
        else {
            return;
        };
        let ask = Request::Describe {
            request: 1,
            name: String::new(),
            metadata: String::new(),
            attributes: BTreeMap::from([("mode".to_owned(), word.to_owned())]),
        };
        self.give(Input::Request(*signal, ask));
    }

    /// Some seconds, in the first of which so much is used.
    fn pass_seconds(&mut self, who: &str, figures: &[u8]) {
        let (seconds, rest) = figures.split_first().unwrap_or((&1, &[]));
        let bytes = rest.iter().take(8).fold(0, |so_far, byte| so_far << 8 | u64::from(*byte));
        let mut used = vec![Used { room: "ward".into(), identity: who.into(), bytes }];
        for _ in 0..1 + seconds % 80 {
            self.now += Duration::from_secs(1);
            self.give(Input::Used(&used));
            self.give(Input::Tick);
            used.clear();
        }
    }

    /// A token is renewed: it says what was used, and reads as it was written.
    fn renew(&mut self, who: &'static str) {
        let Some((signal, token)) = self.people.get(who).cloned() else { return };
        self.renewed = None;
        self.give(Input::Renew(signal, Box::new(token)));
        let Some(token) = self.renewed.take() else { return };
        let Ok(text) = token.sign(&self.keys) else { return };
        let read = AccessToken::read(&text, &self.keys, WALL_S);
        let of = |token: &AccessToken| token.own.as_ref().and_then(|own| own.data_budget);
        assert_eq!(read.as_ref().ok().map(of), Some(of(&token)), "{text}");
        if let Some(budget) = of(&token) {
            let used = self.used.get(who).copied().unwrap_or_default();
            let said = budget.used.map_or(0, Megabytes::bytes);
            assert!(said >= used.min(MOST), "{said} of {used}");
        }
        self.people.insert(who, (signal, token));
    }

    /// The gateway is killed, and starts with what was written down last.
    fn start_again(&mut self) {
        self.core = core(self.now);
        self.listening.clear();
    }

    /// What always holds: nobody's use is forgotten, and who has used all of its session is sent nothing.
    fn holds(&mut self) {
        let spent = self.core.spent().into_iter().find(|it| it.room == "ward");
        let Some(RoomSpent { people, .. }) = spent else { return };
        for it in &people {
            let before = self.used.insert(it.identity.clone(), it.used).unwrap_or_default();
            assert!(it.used >= before, "{it:?} had used {before}");
        }
        self.give(Input::Used(&[]));
        for (who, (_, token)) in &self.people {
            let budget = token.own.as_ref().and_then(|own| own.data_budget);
            let session = budget.and_then(|it| it.session).map(Megabytes::bytes);
            let used = people.iter().find(|it| it.identity == *who).map_or(0, |it| it.used);
            if let (Some(session), Some(connection)) = (session, self.listening.get(*who))
                && used >= session
            {
                assert_eq!(self.core.mode_on(*connection), Mode::Stills, "{used} of {session}");
            }
        }
        self.kept = people;
    }
}

fn amounts(budget: DataBudget) -> impl Iterator<Item = Megabytes> {
    [budget.session, budget.month_left, budget.used].into_iter().flatten()
}
