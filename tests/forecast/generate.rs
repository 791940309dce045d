//! Small systems of all sorts, by number: the same number is always the same system.

use super::explore::{Service, Small, Task};

/// Numbers that look drawn (SplitMix64).
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Draw {
        Draw(seed.wrapping_mul(0xD134_2543_DE82_EF95) ^ 0x2545_F491_4F6C_DD1D)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ word >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ word >> 31
    }

    /// From `least` to `most`, both included.
    pub fn within(&mut self, least: u32, most: u32) -> u32 {
        least + (self.next() % u64::from(most - least + 1)) as u32
    }

    /// Whether something happens that happens `percent` times of 100.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.within(0, 99) < percent
    }

    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.within(0, all.len() as u32 - 1) as usize]
    }
}

/// The percents that matter: those that start first, stop first, do both, round to nothing.
const PERCENTS: &[(u32, u32)] = &[
    (100, 200),
    (100, 200),
    (100, 200),
    (100, 150),
    (100, 134),
    (100, 125),
    (50, 200),
    (50, 100),
    (66, 150),
    (75, 125),
    (80, 120),
    (90, 110),
    (0, 100),
    (0, 200),
    (100, 100),
];

/// The system of a number.
pub fn small(number: u64) -> Small {
    let mut draw = Draw::new(number);
    let count = draw.of(&[1, 2, 2, 3, 3, 3, 4, 4, 4]);
    let mixed = draw.chance(40);
    let coarse = draw.chance(40);
    let scale = if coarse { draw.within(2, 3) } else { draw.within(5, 12) };
    let mut hosts: Vec<(u32, u32)> = Vec::new();
    let first = (draw.within(4, 9), scale + draw.within(0, scale));
    for _ in 0..count {
        let own = (draw.within(2, 9), draw.within(2, 2 * scale));
        let host = if mixed && draw.chance(50) { own } else { first };
        hosts.push(host);
    }
    hosts.sort_unstable();
    let number_of = draw.of(&[1, 1, 2, 2, 2, 2, 3, 3]);
    let shared = number_of > 1 && draw.chance(60);
    let resized = draw.chance(35);
    let most_memory = hosts.iter().map(|host| host.1).max().unwrap_or(1);
    let mut services = Vec::new();
    for at in 0..number_of {
        let (min, max) = if shared { (100, 200) } else { draw.of(PERCENTS) };
        let large = shared && at == 0;
        let size = |draw: &mut Draw| match (large, coarse) {
            (true, _) => draw.within((most_memory / 2).max(1), most_memory),
            (_, true) => draw.within(1, 2),
            _ => draw.within(1, (most_memory / 3).max(1)),
        };
        let old = Task {
            cpu: if draw.chance(50) { 0 } else { draw.within(1, 3) },
            memory: size(&mut draw),
            port: draw.chance(10),
            alone: draw.chance(8),
        };
        let new = match resized && draw.chance(60) {
            true => Task {
                memory: size(&mut draw),
                cpu: if draw.chance(70) { old.cpu } else { draw.within(0, 4) },
                port: old.port && draw.chance(70),
                ..old
            },
            false => old,
        };
        let desired = match large {
            true => 1,
            false => draw.of(&[1, 1, 2, 2, 2, 3, 3, 4, 5, 6]),
        };
        services.push(Service {
            desired,
            today: desired,
            stays: false,
            min,
            max,
            old,
            new,
        });
    }
    Small {
        hosts,
        more: if draw.chance(20) { draw.within(1, 2) } else { 0 },
        services,
        rollout: draw.chance(80),
    }
}
