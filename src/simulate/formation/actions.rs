//! What a job asks the account for: make, change, restore, delete. In: a site. Out: a resource under way. Must not know when
//! it is done.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::catalog::Replacement;
use crate::cloud::formation::Status;

use super::differences::{names, paths, worst};
use super::job::{Job, Stage, Verb};
use super::site::Site;
use super::stack::Held;
use super::template::Resource;

impl Job {
    /// Begins to make a resource what the release says.
    pub(super) fn bring(&mut self, site: &mut Site) {
        let resource = site.release.resource(&self.logical).expect("a job has a resource");
        let properties = site.resolve(resource, site.release);
        let Some(held) = site.stack.held(&self.logical) else {
            self.bring_first(resource, properties, site);
            return;
        };
        let physical = held.physical.clone();
        let properties = match properties {
            Ok(properties) => properties,
            Err(reason) => return self.fail(Verb::Update, physical.as_deref(), &reason, site),
        };
        let changed: BTreeSet<String> = names(&held.properties, &properties)
            .into_iter()
            .flat_map(|name| paths(name, held.properties.get(name), properties.get(name)))
            .collect();
        if changed.is_empty() {
            let held = site.held(&self.logical);
            let is_noted = held.resource.beside != resource.beside;
            held.resource = resource.clone();
            held.needs.clone_from(&self.needs);
            if !is_noted {
                self.stage = Stage::Done;
                return;
            }
            self.tell(site, physical.as_deref(), "UPDATE_IN_PROGRESS", None);
            return self.run(Verb::Note, physical.unwrap_or_default(), &Value::Null, site);
        }
        // What may or may not replace a resource is done in place: our choice.
        if worst(&self.kind, &changed, site.means.catalog) == Replacement::Always {
            let reason = "Requested update requires the creation of a new physical resource; hence creating one.";
            self.tell(site, physical.as_deref(), "UPDATE_IN_PROGRESS", Some(reason));
            self.stage = Stage::Announced {
                verb: Verb::Replace,
                properties,
            };
            return;
        }
        self.change(resource, properties, self.needs.clone(), site);
    }

    /// Says that a resource will be made; its physical ID comes with the next event.
    fn bring_first(&mut self, resource: &Resource, properties: Result<Map<String, Value>, String>, site: &mut Site) {
        site.stack.held.push(Held {
            resource: resource.clone(),
            needs: self.needs.clone(),
            physical: None,
            attributes: Default::default(),
            properties: Map::new(),
            status: Status::default(),
            revision: 0,
            live: Map::new(),
        });
        self.tell(site, None, "CREATE_IN_PROGRESS", None);
        match properties {
            Err(reason) => self.fail(Verb::Create, None, &reason, site),
            Ok(properties) => {
                self.stage = Stage::Announced {
                    verb: Verb::Create,
                    properties,
                }
            }
        }
    }

    /// Makes a resource, for the first time or for an old one.
    pub(super) fn make(&mut self, verb: Verb, properties: Map<String, Value>, site: &mut Site) {
        let resource = site.release.resource(&self.logical).expect("a job has a resource");
        let value = asked(resource, &properties);
        let (account, now) = (&mut *site.means.account, site.means.now);
        let made = match account.create(&self.kind, &site.stack.name, &self.logical, &value, now) {
            Ok(made) => made,
            Err(reason) => {
                let old = site.held(&self.logical).physical.clone();
                return self.fail(verb, old.as_deref(), &reason, site);
            }
        };
        let held = site.held(&self.logical);
        held.resource = resource.clone();
        held.needs.clone_from(&self.needs);
        held.physical = Some(made.physical.clone());
        held.attributes = made.attributes;
        held.properties = properties;
        held.revision = 1;
        held.live.clear();
        let status = format!("{}_IN_PROGRESS", verb.word());
        self.tell(site, Some(&made.physical), &status, Some("Resource creation Initiated"));
        self.run(verb, made.physical, &value, site);
    }

    /// Changes a resource in place.
    fn change(&mut self, resource: &Resource, properties: Map<String, Value>, needs: Vec<String>, site: &mut Site) {
        let value = asked(resource, &properties);
        let held = site.held(&self.logical);
        held.resource = resource.clone();
        held.needs = needs;
        held.properties = properties;
        held.revision += 1;
        held.live.clear();
        let physical = held.physical.clone().unwrap_or_default();
        self.tell(site, Some(&physical), "UPDATE_IN_PROGRESS", None);
        let (account, now) = (&mut *site.means.account, site.means.now);
        match account.update(&self.kind, &physical, &value, now) {
            Err(reason) => self.fail(Verb::Update, Some(&physical), &reason, site),
            Ok(made) => {
                site.held(&self.logical).attributes.extend(made.attributes);
                self.run(Verb::Update, physical, &value, site);
            }
        }
    }

    /// Makes a resource what it was. Its functions are read anew: a launch template gets a new version on its way back.
    pub(super) fn restore(&mut self, before: &Held, site: &mut Site) {
        let held = site.held(&self.logical);
        if held.physical != before.physical {
            *held = before.clone();
            self.tell(site, before.physical.as_deref(), "UPDATE_COMPLETE", None);
            self.stage = Stage::Done;
            return;
        }
        if let Some(reason) = self.is_held(site) {
            return self.fail(Verb::Update, before.physical.as_deref(), &reason, site);
        }
        let old = site.stack.release.clone();
        let properties = site.resolve(&before.resource, &old);
        let properties = properties.unwrap_or_else(|_| before.properties.clone());
        self.change(&before.resource, properties, before.needs.clone(), site);
    }

    /// Begins to delete a resource, or forgets it.
    pub(super) fn remove(&mut self, held: &Held, keep: bool, site: &mut Site) {
        let physical = held.physical.as_deref();
        let Some(physical) = physical.filter(|_| !keep) else {
            // What never had a physical ID is told as deleted.
            let status = match physical {
                Some(_) => "DELETE_SKIPPED",
                None => "DELETE_COMPLETE",
            };
            self.tell(site, physical, status, None);
            self.stage = Stage::Done;
            return;
        };
        self.tell(site, Some(physical), "DELETE_IN_PROGRESS", None);
        if let Some(reason) = self.is_held(site) {
            return self.fail(Verb::Delete, Some(physical), &reason, site);
        }
        let (account, now) = (&mut *site.means.account, site.means.now);
        match account.delete(&self.kind, physical, now) {
            Ok(()) => self.run(Verb::Delete, physical.to_string(), &Value::Null, site),
            Err(reason) => self.fail(Verb::Delete, Some(physical), &reason, site),
        }
    }
}

impl Job {
    /// Why a resource can be neither set back nor deleted, if it cannot.
    fn is_held(&self, site: &Site) -> Option<String> {
        let held = site.means.held.contains(&self.logical);
        held.then(|| {
            "Resource handler returned message: \"Access denied for operation\" (HandlerErrorCode: AccessDenied)"
                .to_string()
        })
    }
}

/// What the account is asked for: the properties, and how instances are replaced, which stands beside them.
fn asked(resource: &Resource, properties: &Map<String, Value>) -> Value {
    let mut asked = properties.clone();
    if let Some(policy) = resource.beside.get("UpdatePolicy") {
        asked.insert("UpdatePolicy".to_string(), policy.clone());
    }
    Value::Object(asked)
}
