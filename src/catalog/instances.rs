//! EC2 instance types as ECS sees them. In: `schema/instances.csv`. Out: [`Instance`]s. Must not know clusters.

const TEXT: &str = include_str!("../../schema/instances.csv");

/// An EC2 instance type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its name, such as `m7g.large`.
    pub name: &'static str,
    /// The processor architecture that its images must have.
    pub architecture: Architecture,
    /// Virtual processors.
    pub vcpu: u32,
    /// Nominal memory in MiB.
    pub memory: u64,
    /// The least memory in MiB that it registers with ECS, before `ECS_RESERVED_MEMORY`.
    pub registered: u64,
    /// Where [`Instance::registered`] comes from.
    pub basis: Basis,
    /// Network interfaces at most.
    pub enis: u32,
    /// How many tasks of network mode `awsvpc` fit by interfaces, without trunking.
    pub slots: u32,
    /// The same with the account setting `awsvpcTrunking`; `None` when it is not known to work on this type.
    pub trunk_slots: Option<u32>,
    /// GPUs.
    pub gpus: u32,
}

/// A processor architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Architecture {
    /// 64-bit ARM (Graviton).
    Arm64,
    /// 64-bit x86.
    X86_64,
}

impl Architecture {
    /// As `RuntimePlatform.CpuArchitecture` of a task definition writes it.
    pub fn name(self) -> &'static str {
        match self {
            Architecture::Arm64 => "ARM64",
            Architecture::X86_64 => "X86_64",
        }
    }
}

/// Where a lower bound of registered memory comes from; `schema/README.md` has the formulas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The lowest reading of this very type, less 16 MiB for drift between images.
    Measured,
    /// The bound fitted to readings of types on the Nitro hypervisor; none of them was Graviton.
    Nitro,
    /// The bound fitted to readings of types on Xen.
    Xen,
    /// The bound for t3, t3a and t4g up to 4 GiB, from two readings: low confidence.
    SmallBurstable,
    /// The bound of Nitro, used for bare metal, of which there is no reading: low confidence.
    Metal,
}

impl Basis {
    /// In words, for a person.
    pub fn about(self) -> &'static str {
        match self {
            Basis::Measured => "measured, less 16 MiB for drift between images",
            Basis::Nitro => "a lower bound fitted to readings of Nitro types",
            Basis::Xen => "a lower bound fitted to readings of Xen types",
            Basis::SmallBurstable => "a lower bound from two readings of small t3 types",
            Basis::Metal => "the lower bound of Nitro types; bare metal was never measured",
        }
    }
}

impl Instance {
    /// CPU units that it registers: 1,024 a vCPU.
    pub fn cpu(&self) -> u64 {
        u64::from(self.vcpu) * 1024
    }

    /// The most memory in MiB that it can register: the kernel always takes some of the nominal memory.
    pub fn registered_at_most(&self) -> u64 {
        self.memory - 1
    }

    fn parse(line: &'static str) -> Instance {
        let mut fields = line.split(',');
        let mut next = || fields.next().expect("each row has all columns");
        Instance {
            name: next(),
            architecture: match next() {
                "arm64" => Architecture::Arm64,
                "x86_64" => Architecture::X86_64,
                other => unreachable!("architecture `{other}`"),
            },
            vcpu: number(next()),
            memory: number(next()),
            registered: number(next()),
            basis: match next() {
                "measured" => Basis::Measured,
                "nitro" => Basis::Nitro,
                "xen" => Basis::Xen,
                "t3-class" => Basis::SmallBurstable,
                "metal" => Basis::Metal,
                other => unreachable!("basis `{other}`"),
            },
            enis: number(next()),
            slots: number(next()),
            trunk_slots: Some(next()).filter(|text| !text.is_empty()).map(number),
            gpus: number(next()),
        }
    }
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    let parsed = text.parse().ok();
    parsed.expect("the data has whole numbers in these columns")
}

/// The instance type of this name, if there is one that can be a container instance.
pub fn instance(name: &str) -> Option<Instance> {
    super::find_line(rows(), name, key).map(Instance::parse)
}

/// The names of all instance types, sorted.
pub fn instance_names() -> impl Iterator<Item = &'static str> {
    rows().lines().map(key)
}

fn rows() -> &'static str {
    TEXT.split_once('\n').expect("the first line names the columns").1
}

fn key(line: &'static str) -> &'static str {
    line.split(',').next().expect("split gives one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_and_makes_sense() {
        let mut count = 0;
        for name in instance_names() {
            let one = instance(name).expect("each row is found by its name");
            assert_eq!(one.name, name);
            assert!(
                one.registered < one.memory && one.registered > one.memory / 3,
                "{one:?}"
            );
            assert!(one.vcpu > 0 && one.slots < one.enis, "{one:?}");
            count += 1;
        }
        assert!(count > 1300);
        assert_eq!(instance("m7g.larg"), None);
        assert_eq!(instance("type"), None);
    }

    #[test]
    fn a_known_type_has_its_known_numbers() {
        let one = instance("m5.large").expect("in the data");
        assert_eq!((one.cpu(), one.memory, one.registered), (2048, 8192, 7664));
        assert_eq!((one.slots, one.trunk_slots, one.basis), (2, Some(10), Basis::Measured));
        assert_eq!(one.architecture.name(), "X86_64");
        assert_eq!(instance("t3.medium").expect("in the data").trunk_slots, None);
    }
}
