//! Times as text, the same on the server and in the browser: UTC, and spans.
//!
//! Nothing here reads a clock; `Live::now` does, in the browser alone.

/// `14:05:09 UTC` of a time in milliseconds since 1970.
pub fn clock_utc(at: u64) -> String {
    let seconds = at / 1000 % 86_400;
    format!("{:02}:{:02}:{:02} UTC", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// `2026-11-24 14:05 UTC` of a time in milliseconds since 1970.
pub fn date_utc(at: u64) -> String {
    let (year, month, day) = civil(at / 86_400_000);
    let minutes = at / 60_000 % 1440;
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", minutes / 60, minutes % 60)
}

/// The form that `<time datetime>` asks for.
pub fn machine(at: u64) -> String {
    let (year, month, day) = civil(at / 86_400_000);
    let seconds = at / 1000 % 86_400;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{:03}Z", at % 1000)
}

/// A span as a running clock shows it: `0:07`, `12:30`, `1:02:30`.
pub fn span(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match seconds / 3600 {
        0 => format!("{}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

/// A span in words, as coarse as it is long: `7 s`, `3 min`, `2 h`.
pub fn about(milliseconds: u64) -> String {
    match milliseconds.div_ceil(1000) {
        seconds @ 0..90 => format!("{seconds} s"),
        seconds @ 90..5400 => format!("{} min", (seconds + 30) / 60),
        seconds => format!("{} h", (seconds + 1800) / 3600),
    }
}

/// Year, month and day of a day since 1970-01-01, in the Gregorian calendar.
fn civil(days: u64) -> (u64, u64, u64) {
    // Counted in eras of 400 years from 0000-03-01, so that the leap day is the last of its year.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right_around_a_leap_day() {
        assert_eq!(machine(1_709_164_800_000), "2024-02-29T00:00:00.000Z");
        assert_eq!(date_utc(1_795_478_400_000 + 3_600_000), "2026-11-24 01:00 UTC");
        assert_eq!(machine(0), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn spans_read_like_a_clock_and_like_words() {
        assert_eq!(span(67_000), "1:07");
        assert_eq!(span(3_750_000), "1:02:30");
        assert_eq!(about(200), "1 s");
        assert_eq!(about(150_000), "3 min");
    }
}
