//! The sizes that Fargate has.

/// Whether Fargate has tasks of this many CPU units and this much memory, in MiB.
pub(super) fn has(cpu: u32, memory: u32) -> bool {
    let steps = |low: u32, high: u32, step: u32| {
        (low..=high).contains(&memory) && (memory - low).is_multiple_of(step)
    };
    match cpu {
        256 => [512, 1024, 2048].contains(&memory),
        512 => steps(1024, 4096, 1024),
        1024 => steps(2048, 8192, 1024),
        2048 => steps(4096, 16_384, 1024),
        4096 => steps(8192, 30_720, 1024),
        8192 => steps(16_384, 61_440, 4096),
        16_384 => steps(32_768, 122_880, 8192),
        32_768 => [61_440, 122_880, 249_856].contains(&memory),
        _ => false,
    }
}

/// CPU units, from `256` or `.25 vCPU`.
pub(super) fn cpu_units(text: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    match lower.strip_suffix("vcpu") {
        Some(number) => number.trim().parse::<f64>().ok().map(|n| (n * 1024.0) as u32),
        None => lower.trim().parse().ok(),
    }
}

/// MiB, from `512` or `1 GB`.
pub(super) fn mebibytes(text: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    match lower.strip_suffix("gb") {
        Some(number) => number.trim().parse::<f64>().ok().map(|n| (n * 1024.0) as u32),
        None => lower.trim().parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_that_of_aws() {
        assert!(has(256, 512) && has(256, 2048) && !has(256, 4096) && !has(256, 513));
        assert!(has(4096, 30_720) && !has(4096, 31_744));
        assert!(has(8192, 20_480) && !has(8192, 17_408));
        assert!(has(32_768, 249_856) && !has(128, 512));
    }

    #[test]
    fn sizes_are_read_in_both_forms() {
        assert_eq!(cpu_units(".25 vCPU"), Some(256));
        assert_eq!(mebibytes("1 GB"), Some(1024));
        assert_eq!(mebibytes("x"), None);
    }
}
