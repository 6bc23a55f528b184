//! Our estimator as what controls a sender of a closed loop.

use estimate::{Estimator, Fate, PathId, Start};
use line::closed::{Control, Rates, Told};

const PATH: PathId = PathId(1);

#[derive(Debug)]
pub(crate) struct Ours(Estimator);

impl Ours {
    pub(crate) fn new(start: Start) -> Self {
        Self(Estimator::new(0, start))
    }
}

impl Control for Ours {
    fn sent(&mut self, now_us: u64, _number: u64, bytes: u32) {
        self.0.sent(now_us, PATH, bytes);
    }

    fn feedback(&mut self, now_us: u64, _first: u64, told: &[Told]) {
        let fates = told.iter().map(|it| Fate { sent_us: it.0, bytes: it.1, arrived_us: it.2 });
        self.0.feedback(now_us, PATH, &fates.collect::<Vec<_>>());
    }

    fn tick(&mut self, now_us: u64) {
        self.0.tick(now_us);
        if std::env::var_os("TRACE").is_some() {
            println!("{:7} {:?}", now_us / 1000, self.0.estimate());
        }
    }

    fn rates(&mut self, now_us: u64) -> Rates {
        let estimate = self.0.estimate().bits_per_second;
        let sending = estimate.min(self.0.pacing_bits_per_second(now_us));
        Rates { sending: sending as f64, estimate: estimate as f64 }
    }
}
