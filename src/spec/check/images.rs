//! Images: each is one thing, and stays the same.

use crate::diag::{Diagnostics, code};
use crate::library::types::Setting;
use crate::spec::Picture;

use super::Running;

pub(super) fn check(running: &Running, diags: &mut Diagnostics) {
    let workload = running.workload;
    check_picture(&workload.image, diags);
    for (_, sidecar) in workload.sidecars.value.sound() {
        check_picture(&sidecar.image, diags);
    }
}

fn check_picture(setting: &Setting<Option<Picture>>, diags: &mut Diagnostics) {
    let Some(Some(picture)) = setting.sound() else { return };
    let (Some(repository), Some(image)) = (picture.repository.sound(), picture.image.sound()) else {
        return;
    };
    match (repository, image) {
        (Some(_), Some(_)) => {
            let message = "`repository` and `image` exclude each other";
            let fault = diags.report(code::CONFLICTING_KEYS, picture.image.place(), message);
            fault.note(picture.repository.place(), "the other one");
        }
        (Some(_), None) => {
            if picture.credentials.sound().is_some_and(Option::is_some) {
                let message = "a repository of your own needs no credentials";
                diags.report(code::CONFLICTING_KEYS, picture.credentials.place(), message);
            }
        }
        (None, Some(image)) => {
            // The tag stands after the last `/`, so that a registry's port is not taken for one.
            let name = image.0.rsplit('/').next().unwrap_or("");
            let tag = name.split_once(':').map(|(_, tag)| tag);
            if !image.0.contains('@') && matches!(tag, None | Some("latest")) {
                let message = match tag {
                    Some(_) => format!("`{}` is another image tomorrow", image.0),
                    None => format!(
                        "`{}` names no version, so it is `latest`, another image tomorrow",
                        image.0
                    ),
                };
                let fault = diags.report(code::MUTABLE_TAG, picture.image.span, message);
                let base = image.0.trim_end_matches(":latest");
                fault.hint(format!("write `{base}:` and a version, or pin its digest"));
            }
        }
        (None, None) => {}
    }
}
