//! Ids and jitter: random to look at, the same for the same seed and the same order of calls.

#[derive(Debug, Clone)]
pub(crate) struct Ids {
    state: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed ^ 0x5117_3a9d_c0ff_ee00 }
    }

    /// The next number of a splitmix64 run: tiny, and good enough for names.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// `length` lower-case hexadecimal digits.
    pub(crate) fn hex(&mut self, length: usize) -> String {
        let mut text = String::with_capacity(length + 16);
        while text.len() < length {
            text.push_str(&format!("{:016x}", self.next()));
        }
        text.truncate(length);
        text
    }

    /// `length` upper-case letters and digits, the form of Route 53's ids.
    pub(crate) fn upper(&mut self, length: usize) -> String {
        const LETTERS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        (0..length).map(|_| char::from(LETTERS[(self.next() % 36) as usize])).collect()
    }

    /// An EC2 id such as `vpc-0123456789abcdef0`.
    pub(crate) fn ec2(&mut self, prefix: &str) -> String {
        format!("{prefix}-0{}", self.hex(16))
    }

    pub(crate) fn uuid(&mut self) -> String {
        let hex = self.hex(32);
        format!("{}-{}-4{}-a{}-{}", &hex[0..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
    }

    pub(crate) fn digits(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(b'0' + (self.next() % 10) as u8)).collect()
    }

    /// `seconds`, give or take a tenth.
    pub(crate) fn about(&mut self, seconds: f64) -> f64 {
        let unit = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        seconds * (0.9 + 0.2 * unit)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids() {
        let (mut first, mut second) = (Ids::new(7), Ids::new(7));
        assert_eq!(first.ec2("vpc"), second.ec2("vpc"));
        assert_eq!(first.uuid(), second.uuid());
        assert_ne!(first.uuid(), Ids::new(8).uuid());
    }

    #[test]
    fn jitter_stays_within_a_tenth() {
        let mut ids = Ids::new(1);
        for _ in 0..1000 {
            let about = ids.about(100.0);
            assert!((90.0..=110.0).contains(&about));
        }
    }
}
