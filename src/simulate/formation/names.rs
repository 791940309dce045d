//! Where a stack is, and how things are named there. In: region, account, chance. Out: ARNs, UUIDs, zones.

use fastrand::Rng;

/// A region of an account.
pub(super) struct Place {
    /// The region, such as `eu-west-1`.
    pub region: String,
    /// The account's number.
    pub account: String,
}

impl Place {
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub fn partition(&self) -> &'static str {
        match self.region.split('-').next() {
            Some("cn") => "aws-cn",
            Some("us") if self.region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// The end of AWS's host names.
    pub fn suffix(&self) -> &'static str {
        match self.partition() {
            "aws-cn" => "amazonaws.com.cn",
            _ => "amazonaws.com",
        }
    }

    /// The zones that `Fn::GetAZs` gives. Three: our choice, regions have three to six.
    pub fn zones(&self, region: &str) -> Vec<String> {
        let region = if region.is_empty() { &self.region } else { region };
        ["a", "b", "c"].map(|letter| format!("{region}{letter}")).to_vec()
    }

    /// The ARN of something of a service.
    pub fn arn(&self, service: &str, rest: &str) -> String {
        let Place { region, account } = self;
        format!("arn:{}:{service}:{region}:{account}:{rest}", self.partition())
    }
}

/// A UUID.
pub(super) fn uuid(chance: &mut Rng) -> String {
    let digits = format!("{:032x}", chance.u128(..));
    let parts = [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ];
    parts.join("-")
}
