//! Resources as CloudFormation asks for them. In: a type and its properties. Out: physical IDs, attributes, progress. Must not
//! know stacks.

use std::rc::Rc;

use serde_json::Value;

use crate::cloud::Moment;
use crate::cloud::ecs::last_part;

use super::capacity::{self, Cluster, Provider};
use super::definition::Definition;
use super::group::{LaunchTemplate, Version};
use super::targets::TargetGroup;
use super::{Account, Made, Progress, read};

/// A resource with its attributes.
pub(super) fn made(physical: impl Into<String>, attributes: &[(&str, &str)]) -> Made {
    let written = attributes
        .iter()
        .map(|(name, value)| (name.to_string(), Value::from(*value)));
    Made {
        physical: physical.into(),
        attributes: written.collect(),
    }
}

impl Account {
    /// Begins to make a resource; its properties are resolved. Refuses with AWS's reason.
    pub fn create(
        &mut self,
        kind: &str,
        stack: &str,
        logical: &str,
        properties: &Value,
        now: Moment,
    ) -> Result<Made, String> {
        let made = self.make(kind, stack, logical, properties, now)?;
        let key = (kind.to_string(), made.physical.clone());
        self.attributes.insert(key, made.attributes.clone());
        Ok(made)
    }

    fn make(
        &mut self,
        kind: &str,
        stack: &str,
        logical: &str,
        properties: &Value,
        now: Moment,
    ) -> Result<Made, String> {
        let named = |key: &str| read::text(properties, key).map(str::to_string);
        Ok(match kind {
            "AWS::SSM::Parameter" => {
                let name = named("Name").unwrap_or_else(|| self.made_up(stack, logical));
                if self.parameters.contains_key(&name) {
                    return Err(format!("{name} already exists"));
                }
                self.store_parameter(&name, properties);
                let value = read::written(&properties["Value"]).unwrap_or_default();
                let kind = read::text(properties, "Type").unwrap_or("String");
                made(&name, &[("Value", &value), ("Type", kind)])
            }
            "AWS::ECR::Repository" => {
                let name = named("RepositoryName").unwrap_or_else(|| self.made_up(stack, logical).to_lowercase());
                self.registry.make(&name);
                let uri = format!("{}.dkr.ecr.{}.amazonaws.com/{name}", self.account, self.region);
                let arn = self.arn("ecr", &format!("repository/{name}"));
                made(&name, &[("Arn", &arn), ("RepositoryUri", &uri)])
            }
            "AWS::S3::Bucket" => {
                let name = named("BucketName").unwrap_or_else(|| self.made_up(stack, logical).to_lowercase());
                self.buckets.make(&name)?;
                let domain = format!("{name}.s3.amazonaws.com");
                let arn = format!("arn:aws:s3:::{name}");
                made(&name, &[("Arn", &arn), ("DomainName", &domain)])
            }
            "AWS::ECS::Cluster" => {
                let name = named("ClusterName").unwrap_or_else(|| self.made_up(stack, logical));
                let arn = self.arn("ecs", &format!("cluster/{name}"));
                let strategy = capacity::strategy(read::list(properties, "DefaultCapacityProviderStrategy"));
                self.clusters.insert(name.clone(), Cluster { strategy });
                made(&name, &[("Arn", &arn)])
            }
            "AWS::ECS::CapacityProvider" => {
                let name = named("Name").unwrap_or_else(|| self.made_up(stack, logical));
                self.providers.insert(name.clone(), Provider::read(properties, now));
                made(&name, &[])
            }
            "AWS::ECS::ClusterCapacityProviderAssociations" => {
                self.associate(properties);
                made(named("Cluster").unwrap_or_default(), &[])
            }
            "AWS::EC2::LaunchTemplate" => {
                let id = format!("lt-0{}", self.hex(16));
                let versions = vec![Version::read(properties)];
                self.templates.insert(id.clone(), LaunchTemplate { versions });
                template(&id, 1)
            }
            "AWS::EC2::Subnet" => {
                let id = format!("subnet-0{}", self.hex(16));
                let zone = named("AvailabilityZone").unwrap_or_else(|| format!("{}a", self.region));
                self.subnets.insert(id.clone(), zone.as_str().into());
                made(&id, &[("SubnetId", &id), ("AvailabilityZone", &zone)])
            }
            "AWS::AutoScaling::AutoScalingGroup" => {
                let name = named("AutoScalingGroupName").unwrap_or_else(|| self.made_up(stack, logical));
                let group = self.read_group(&name, properties);
                self.groups.insert(name.clone(), group);
                let id = self.token();
                let arn = self.arn(
                    "autoscaling",
                    &format!("autoScalingGroup:{id}:autoScalingGroupName/{name}"),
                );
                made(&name, &[("AutoScalingGroupARN", &arn)])
            }
            "AWS::ECS::TaskDefinition" => {
                let family = named("Family").unwrap_or_else(|| self.made_up(stack, logical));
                let arn = self.define(family, properties, now);
                made(&arn, &[("TaskDefinitionArn", &arn)])
            }
            "AWS::ECS::Service" => {
                let arn = self.make_service(stack, logical, properties, now)?;
                made(&arn, &[("Name", last_part(&arn)), ("ServiceArn", &arn)])
            }
            "AWS::ElasticLoadBalancingV2::TargetGroup" => {
                let name = named("Name").unwrap_or_else(|| self.short(stack, logical));
                let full = format!("targetgroup/{name}/{}", self.hex(16));
                let arn = self.arn("elasticloadbalancing", &full);
                self.target_groups
                    .insert(arn.clone(), TargetGroup::read(properties, arn.clone()));
                let about = [
                    ("TargetGroupArn", &*arn),
                    ("TargetGroupFullName", &full),
                    ("TargetGroupName", &name),
                ];
                made(&arn, &about)
            }
            "AWS::ApplicationAutoScaling::ScalableTarget" => {
                let resource = named("ResourceId").unwrap_or_default();
                let id = format!("{resource}|ecs:service:DesiredCount|ecs");
                self.scale_within(&id, properties, now);
                made(&id, &[("Id", &id)])
            }
            _ => self.make_plain(kind, stack, logical, properties),
        })
    }

    /// Begins to change a resource in place. All its attributes are told again.
    pub fn update(&mut self, kind: &str, physical: &str, properties: &Value, now: Moment) -> Result<Made, String> {
        let mut changed = Vec::new();
        match kind {
            "AWS::SSM::Parameter" => {
                self.store_parameter(physical, properties);
                let value = read::written(&properties["Value"]).unwrap_or_default();
                changed.push(("Value", value));
            }
            "AWS::ECS::Cluster" => {
                let strategy = capacity::strategy(read::list(properties, "DefaultCapacityProviderStrategy"));
                if let Some(cluster) = self.clusters.get_mut(physical).filter(|_| !strategy.is_empty()) {
                    cluster.strategy = strategy;
                }
            }
            "AWS::ECS::CapacityProvider" => {
                let fresh = Provider::read(properties, now);
                if let Some(provider) = self.providers.get_mut(physical) {
                    provider.scaling = fresh.scaling;
                    provider.drains = fresh.drains;
                    provider.group = fresh.group;
                }
            }
            "AWS::ECS::ClusterCapacityProviderAssociations" => self.associate(properties),
            "AWS::EC2::LaunchTemplate" => {
                let versions = self.templates.entry(physical.to_string()).or_default();
                versions.versions.push(Version::read(properties));
                changed.push(("LatestVersionNumber", versions.versions.len().to_string()));
            }
            "AWS::AutoScaling::AutoScalingGroup" => self.change_group(physical, properties),
            "AWS::ECS::Service" => self.change_service(physical, properties, now)?,
            "AWS::ElasticLoadBalancingV2::TargetGroup" => {
                if let Some(group) = self.target_groups.get_mut(physical) {
                    let targets = std::mem::take(&mut group.targets);
                    *group = TargetGroup::read(properties, physical.to_string());
                    group.targets = targets;
                }
            }
            "AWS::ApplicationAutoScaling::ScalableTarget" => self.scale_within(physical, properties, now),
            _ => {}
        }
        let attributes = self
            .attributes
            .entry((kind.to_string(), physical.to_string()))
            .or_default();
        attributes.extend(
            changed
                .into_iter()
                .map(|(name, value)| (name.to_string(), Value::from(value))),
        );
        Ok(Made {
            physical: physical.to_string(),
            attributes: attributes.clone(),
        })
    }

    /// Begins to delete a resource.
    pub fn delete(&mut self, kind: &str, physical: &str, now: Moment) -> Result<(), String> {
        match kind {
            "AWS::SSM::Parameter" => drop(self.parameters.remove(physical)),
            "AWS::ECR::Repository" => self.registry.drop(physical),
            "AWS::S3::Bucket" => self.buckets.drop(physical)?,
            "AWS::ECS::Cluster" => self.drop_cluster(physical)?,
            "AWS::ECS::CapacityProvider" => drop(self.providers.remove(physical)),
            "AWS::AutoScaling::AutoScalingGroup" => self.drop_group(physical, now),
            "AWS::ECS::Service" => self.drop_service(physical, now),
            "AWS::ElasticLoadBalancingV2::TargetGroup" => drop(self.target_groups.remove(physical)),
            "AWS::ApplicationAutoScaling::ScalableTarget" => drop(self.scalables.remove(physical)),
            _ => {}
        }
        Ok(())
    }

    /// How far the last action on a resource is.
    pub fn progress(&self, kind: &str, physical: &str) -> Progress {
        match kind {
            "AWS::ECS::Service" => self.service_progress(physical),
            "AWS::AutoScaling::AutoScalingGroup" => match self.groups.get(physical) {
                Some(group) if group.refreshing || group.going => Progress::UnderWay,
                _ => Progress::Done,
            },
            _ => Progress::Done,
        }
    }

    /// Registers a task definition.
    fn define(&mut self, family: String, properties: &Value, now: Moment) -> String {
        let revision = self.revisions.entry(family.clone()).or_default();
        *revision += 1;
        let revision = *revision;
        let arn = self.arn("ecs", &format!("task-definition/{family}:{revision}"));
        let definition = Definition::read(properties, arn.clone(), family, now);
        self.definitions.insert(arn.clone(), Rc::new(definition));
        arn
    }

    fn associate(&mut self, properties: &Value) {
        let told = read::text(properties, "Cluster").unwrap_or_default();
        let strategy = capacity::strategy(read::list(properties, "DefaultCapacityProviderStrategy"));
        if let Some(cluster) = self.clusters.get_mut(super::names::cluster_name(told)) {
            cluster.strategy = strategy;
        }
    }

    /// Changes a group. A newer launch template replaces its instances where its update policy says so.
    fn change_group(&mut self, name: &str, properties: &Value) {
        let Some(before) = self.groups.get(name).cloned() else {
            return;
        };
        let mut group = self.read_group(name, properties);
        group.desired = before.desired.clamp(group.least, group.most.max(group.least));
        let differs = (group.version, &group.kinds, &group.zones) != (before.version, &before.kinds, &before.zones);
        group.refreshing = before.refreshing || (group.rules.is_some() && differs);
        self.groups.insert(name.to_string(), group);
    }
}

fn template(id: &str, version: usize) -> Made {
    let version = version.to_string();
    made(
        id,
        &[
            ("LaunchTemplateId", id),
            ("LatestVersionNumber", &version),
            ("DefaultVersionNumber", "1"),
        ],
    )
}
