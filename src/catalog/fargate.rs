//! The task sizes that Fargate takes. In: `schema/fargate.csv`. Out: [`Size`]s. Must not know services.

const TEXT: &str = include_str!("../../schema/fargate.csv");

/// A task size.
///
/// Source: the [ECS developer guide](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#task_size).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
    /// CPU units; 1,024 are one vCPU.
    pub cpu: u64,
    /// Memory in MiB.
    pub memory: u64,
    /// Whether Windows tasks may have it too.
    pub windows: bool,
    /// Whether it needs platform version 1.4.0, which `LATEST` is.
    pub needs_platform_1_4: bool,
}

/// All sizes, by CPU units, then by memory.
pub fn sizes() -> impl Iterator<Item = Size> {
    TEXT.lines().skip(1).map(|line| {
        let mut fields = line.split(',');
        let mut next = || fields.next().expect("each row has all columns");
        let number = |text: &str| text.parse().expect("the data has whole numbers in these columns");
        Size {
            cpu: number(next()),
            memory: number(next()),
            windows: next() == "yes",
            needs_platform_1_4: next() == "1.4.0",
        }
    })
}

/// The size of just these CPU units and MiB, if Fargate has it.
pub fn size(cpu: u64, memory: u64) -> Option<Size> {
    sizes().find(|size| (size.cpu, size.memory) == (cpu, memory))
}

/// The memory in MiB that goes with these CPU units; empty when Fargate has no such CPU size.
pub fn memories(cpu: u64) -> Vec<u64> {
    let fitting = sizes().filter(|size| size.cpu == cpu);
    fitting.map(|size| size.memory).collect()
}

/// The smallest size that has at least these CPU units and MiB: what to write when [`size`] has none.
/// `None` when the largest is too small.
pub fn nearest(cpu: u64, memory: u64) -> Option<Size> {
    sizes().find(|size| size.cpu >= cpu && size.memory >= memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_sorted_and_the_nearest_holds_what_is_asked() {
        let all: Vec<Size> = sizes().collect();
        assert!(all.is_sorted() && all.len() == 77);
        let nearest = |cpu, memory| nearest(cpu, memory).map(|size| (size.cpu, size.memory));
        assert_eq!(nearest(256, 512), Some((256, 512)));
        assert_eq!(nearest(256, 4096), Some((512, 4096)));
        assert_eq!(nearest(300, 600), Some((512, 1024)));
        assert_eq!(nearest(1, 300_000), None);
        assert_eq!(memories(256), [512, 1024, 2048]);
        assert_eq!(memories(32768), [61440, 122880, 249856]);
        assert!(size(256, 3072).is_none());
        assert!(memories(100).is_empty());
    }
}
