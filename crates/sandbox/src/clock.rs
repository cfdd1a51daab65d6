//! Time in AWS seconds: how long ago the sandbox started, had AWS taken its real time.
//!
//! Every duration in this crate is a real one and is compared with this clock, which runs
//! `speed` times faster than the wall. Timestamps shown to callers are wall-clock times.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// AWS seconds since the sandbox started.
pub(crate) type Moment = f64;

#[derive(Debug, Clone)]
pub(crate) struct Clock {
    started: Instant,
    started_epoch: f64,
    speed: f64,
}

impl Clock {
    pub(crate) fn start(speed: f64) -> Self {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        Self { started: Instant::now(), started_epoch: epoch, speed }
    }

    pub(crate) fn now(&self) -> Moment {
        self.started.elapsed().as_secs_f64() * self.speed
    }

    /// The wall-clock time of a moment, in seconds since 1970, to the millisecond as AWS gives it.
    pub(crate) fn epoch(&self, moment: Moment) -> f64 {
        ((self.started_epoch + moment / self.speed) * 1000.0).round() / 1000.0
    }

    /// The moment of a wall-clock time; negative when it lies before the start.
    pub(crate) fn moment(&self, epoch: f64) -> Moment {
        (epoch - self.started_epoch) * self.speed
    }

    /// The wall-clock time of a moment as XML protocols write it.
    pub(crate) fn iso(&self, moment: Moment) -> String {
        let millis = (self.epoch(moment) * 1000.0) as i64;
        jiff::Timestamp::from_millisecond(millis)
            .map(|time| time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_and_its_wall_time_are_the_same_point() {
        let clock = Clock::start(20.0);
        let epoch = clock.epoch(100.0);
        assert!((clock.moment(epoch) - 100.0).abs() < 0.02);
        assert!((epoch - clock.epoch(0.0) - 5.0).abs() < 0.002);
    }

    #[test]
    fn iso_times_carry_milliseconds_and_the_zone() {
        let text = Clock::start(1.0).iso(0.0);
        assert_eq!(text.len(), "2026-01-01T00:00:00.000Z".len());
        assert!(text.ends_with('Z'));
    }
}
