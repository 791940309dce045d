//! Whether the rollout of one service ends, on capacity that does not change. In: percents, a desired count, slots. Out: a
//! verdict, and how many waves. Must not know what makes a slot.

use super::bounds::Percents;

/// One service that is alone on its capacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// How many copies shall run.
    pub desired: i64,
    /// Between which bounds.
    pub percents: Percents,
    /// How many copies there is room for, old ones included.
    pub slots: i64,
}

/// Whether a rollout ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Converges {
        /// How many copies are replaced at once.
        batch: i64,
        /// How many times that happens.
        waves: i64,
    },
    /// There is no room even without a rollout.
    NoRoom {
        /// How many copies run all the same.
        running: i64,
        /// How many are never placed.
        unplaced: i64,
    },
    /// The rounded percents allow neither a start nor a stop.
    NoMove,
    /// There is no room for a new copy, and no old one may stop.
    NoSpare,
}

impl Case {
    /// The verdict. It follows from what ECS documents of the percents and of placement: a copy starts while fewer than the
    /// upper bound run and there is a slot, an old one stops while more than the lower bound are healthy. As long as one of
    /// both is possible at the desired count, each wave frees what the next one needs.
    pub fn verdict(self) -> Verdict {
        let Case {
            desired,
            percents,
            slots,
        } = self;
        if desired == 0 {
            // Nothing starts; what runs is only stopped.
            return Verdict::Converges { batch: 0, waves: 0 };
        }
        if slots < desired {
            return Verdict::NoRoom {
                running: slots,
                unplaced: desired - slots,
            };
        }
        if percents.is_stuck(desired) {
            return Verdict::NoMove;
        }
        let (lower, most) = (percents.lower(desired), percents.upper(desired).min(slots));
        if most <= desired && lower >= desired {
            return Verdict::NoSpare;
        }
        let batch = most - lower;
        Verdict::Converges {
            batch,
            waves: (desired + batch - 1) / batch,
        }
    }

    /// Whether instances can be emptied, where [`Case::slots`] are those of the instances that stay. Copies of a draining
    /// instance are replaced between the same bounds
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-draining.html>); each has a place
    /// that nothing else can take, so that room for all on the others is room for a new copy too.
    pub fn drains(self) -> bool {
        self.slots >= self.desired && !self.percents.is_stuck(self.desired)
    }

    /// The same at another desired count.
    pub fn at(self, desired: i64) -> Case {
        Case { desired, ..self }
    }

    /// Whether room is what it lacks.
    pub fn lacks_room(self) -> bool {
        matches!(self.verdict(), Verdict::NoRoom { .. } | Verdict::NoSpare)
    }
}
