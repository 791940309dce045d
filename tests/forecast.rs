//! What `forecast` claims, against the truth of small systems and against what must hold always.

mod afloat;
mod agreement;
mod edges;
mod explore;
mod fixes;
mod generate;
mod page;
mod places;
mod soundness;
