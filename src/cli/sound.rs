//! A project that can be deployed. In: a path. Out: what it compiles to; nothing where it has errors, which are then shown.

use super::failure::Failure;
use super::{Output, Session};
use crate::Compiled;
use crate::Request;
use crate::compile;
use crate::diag::{Diagnostic, Severity};
use crate::template::Format;

/// Compiles a project for a deployment.
pub(super) fn sound(session: &Session, path: &str, cluster: Option<String>) -> Result<Option<Compiled>, Failure> {
    let request = Request {
        path: path.to_string(),
        cluster,
        format: Format::Json,
    };
    let compiled = compile(&session.disk, &request)?;
    let is_error = |fault: &Diagnostic| fault.code.severity() == Severity::Error;
    let faulty = compiled.diagnostics.iter().any(is_error);
    if !compiled.diagnostics.is_empty() {
        let faults = session.terminal.faults(&compiled.diagnostics, &compiled.sources);
        match session.terminal.output {
            Output::Text => session.terminal.remark(&faults),
            // Only one document may be printed.
            _ if faulty => session.terminal.print(&faults)?,
            _ => {}
        }
    }
    Ok((!faulty).then_some(compiled))
}
