//! The way in: profile, region, endpoint, time limits, and who we are there. In: what the user asked for; the rest is as the
//! SDKs have it: environment, `~/.aws/config`, SSO, roles, the metadata of the machine. Out: [`Aws`].

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_sdk_ecs::config::Credentials;
use aws_sdk_ecs::config::interceptors::InterceptorContext;
use aws_sdk_ecs::config::retry::{ClassifyRetry, RetryAction};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::cloud::{Answer, Error, error};

use super::refusal::refused;
use super::words::text;
use super::{Aws, instances, services, tasks};

/// Which account and region is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// A profile of `~/.aws/config`.
    pub profile: Option<String>,
    /// The region, over what the profile and the environment say.
    pub region: Option<String>,
    /// Where AWS is answered for, such as an emulator.
    pub endpoint: Option<String>,
    /// An access key and its secret, in place of those that are found: an emulator takes any.
    pub keys: Option<(String, String)>,
}

/// Who asks, as AWS sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The account's number.
    pub account: String,
    /// The ARN of the user or of the role's session.
    pub arn: String,
}

/// No answer within this time is none: emulators carry out a whole stack before they answer.
const ATTEMPT: Duration = Duration::from_secs(60);

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// How often a request is tried whose connection fails.
const ATTEMPTS: u32 = 3;

impl Aws {
    /// Reads the configuration. Asks nobody yet, except where a profile makes it so.
    pub async fn connect(settings: &Settings) -> Answer<Aws> {
        let client = Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(ATTEMPT)
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(client)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .app_name(AppName::new("loadline").expect("the name has letters only"));
        if let Some(profile) = &settings.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &settings.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(endpoint) = &settings.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        if let Some((key, secret)) = &settings.keys {
            loader = loader.credentials_provider(Credentials::new(key, secret, None, None, "given"));
        }
        let config = loader.load().await;
        let Some(region) = config.region() else {
            let message = "no region is set: give --region, or set AWS_REGION, or `region` in the profile";
            return Err(Error::new("the configuration", error::NO_REGION, message));
        };
        Ok(Aws::with(&config, region.as_ref()))
    }

    fn with(config: &SdkConfig, region: &str) -> Aws {
        let is_emulated = config.endpoint_url().is_some();
        macro_rules! client {
            ($sdk:ident) => {
                $sdk::Client::from_conf(
                    $sdk::config::Builder::from(config)
                        .retry_classifier(AnsweredOnce)
                        .build(),
                )
            };
        }
        Aws {
            region: region.to_string(),
            formation: client!(aws_sdk_cloudformation),
            ecs: client!(aws_sdk_ecs),
            scaling: client!(aws_sdk_autoscaling),
            balancing: client!(aws_sdk_elasticloadbalancingv2),
            logs: client!(aws_sdk_cloudwatchlogs),
            watch: client!(aws_sdk_cloudwatch),
            registry: client!(aws_sdk_ecr),
            parameters: client!(aws_sdk_ssm),
            secrets: client!(aws_sdk_secretsmanager),
            objects: aws_sdk_s3::Client::from_conf(
                aws_sdk_s3::config::Builder::from(config)
                    .retry_classifier(AnsweredOnce)
                    .force_path_style(is_emulated)
                    .build(),
            ),
            is_emulated,
            identity: client!(aws_sdk_sts),
            instances: instances::Known::default(),
            definitions: tasks::Known::default(),
            revisions: services::Known::default(),
        }
    }

    /// The region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// `GetCallerIdentity`: it needs no permission, so that what it refuses is the credentials themselves.
    pub async fn identity(&self) -> Answer<Identity> {
        let answer = self.identity.get_caller_identity().send().await;
        let answer = answer.map_err(|error| refused("GetCallerIdentity", error))?;
        Ok(Identity {
            account: text(answer.account),
            arn: text(answer.arn),
        })
    }
}

/// An answer, even a refusal, is not asked for again: who waits is told. The SDK would give up after three attempts in two
/// seconds, and takes CloudFormation's `LimitExceededException`, a quota, for throttling.
#[derive(Debug)]
struct AnsweredOnce;

impl ClassifyRetry for AnsweredOnce {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response() {
            Some(_) => RetryAction::RetryForbidden,
            None => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "answered once"
    }
}
