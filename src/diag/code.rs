//! The table of codes: a name for each kind of fault, its severity, and its page.

use serde::Serialize;

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is written while one stands.
    Error,
    /// Worth a look; refused only under `--deny-warnings`.
    Warning,
}

/// A kind of fault, by its kebab-case name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code(&'static Entry);

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    name: &'static str,
    severity: Severity,
    structural: bool,
    page: &'static str,
}

impl Code {
    /// The name a user sees and looks up with `explain`.
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        self.0.severity
    }

    /// Whether the JSON Schema finds the same fault: a wrong key, type or value at one place of one document.
    pub fn is_structural(self) -> bool {
        self.0.structural
    }

    /// The page that explains it, in Markdown.
    pub fn page(self) -> &'static str {
        self.0.page
    }

    /// What is wrong and why it matters: the first paragraph of its page.
    pub fn about(self) -> &'static str {
        let (_, body) = self.page().split_once('\n').unwrap_or_default();
        body.trim_start().split("\n\n").next().unwrap_or_default().trim_end()
    }

    /// The code of this name.
    pub fn named(name: &str) -> Option<Code> {
        Code::all().find(|code| code.name() == name)
    }

    /// All codes, by name.
    pub fn all() -> impl Iterator<Item = Code> {
        TABLE.iter().copied()
    }
}

/// Declares the codes: `CONSTANT "name" Severity kind;`, sorted by name, each with its page `codes/<name>.md`.
///
/// `structural` faults are those that the JSON Schema finds too; `meaning` is all else.
macro_rules! codes {
    ($($constant:ident $name:literal $severity:ident $kind:ident;)*) => {
        $(
            #[doc = concat!("`", $name, "`: see its page, `codes/", $name, ".md`.")]
            pub const $constant: Code = Code(&Entry {
                name: $name,
                severity: Severity::$severity,
                structural: codes!(@ $kind),
                page: include_str!(concat!("codes/", $name, ".md")),
            });
        )*
        static TABLE: &[Code] = &[$($constant),*];
    };
    (@ structural) => { true };
    (@ meaning) => { false };
}

codes! {
    AMBIGUOUS_INGRESS "ambiguous-ingress" Error meaning;
    BAD_ACCOUNT "bad-account" Error structural;
    BAD_ADDRESS "bad-address" Error structural;
    BAD_ARN "bad-arn" Error structural;
    BAD_CIDR "bad-cidr" Error meaning;
    BAD_CODES "bad-codes" Error structural;
    BAD_DOMAIN "bad-domain" Error structural;
    BAD_ID "bad-id" Error structural;
    BAD_NAME "bad-name" Error structural;
    BAD_PATH "bad-path" Error structural;
    BAD_QUANTITY "bad-quantity" Error meaning;
    BAD_REGION "bad-region" Error structural;
    BAD_RETENTION "bad-retention" Error meaning;
    BAD_ROUTE "bad-route" Error meaning;
    BAD_SCHEDULE "bad-schedule" Error structural;
    BAD_SECRET "bad-secret" Error structural;
    BAD_UNIT "bad-unit" Error structural;
    BAD_VARIABLE "bad-variable" Error structural;
    BARE_IMAGE "bare-image" Error structural;
    CERTIFICATE_WITHOUT_ZONE "certificate-without-zone" Error meaning;
    COMPONENT_CYCLE "component-cycle" Error meaning;
    CONFLICTING_KEYS "conflicting-keys" Error meaning;
    DAEMON_ON_FARGATE "daemon-on-fargate" Error meaning;
    DISTINCT_INSTANCES "distinct-instances" Error meaning;
    DOCUMENT_TOO_LARGE "document-too-large" Error meaning;
    DUPLICATE_DOCUMENT "duplicate-document" Error meaning;
    DUPLICATE_KEY "duplicate-key" Error meaning;
    DUPLICATE_NAME "duplicate-name" Error meaning;
    DUPLICATE_PRIORITY "duplicate-priority" Error meaning;
    DUPLICATE_ROUTE "duplicate-route" Error meaning;
    DUPLICATE_SUBNET "duplicate-subnet" Error meaning;
    DUPLICATE_VARIABLE "duplicate-variable" Error meaning;
    EMPTY_LIST "empty-list" Error structural;
    EMPTY_PROJECT "empty-project" Error meaning;
    EPHEMERAL_PORT "ephemeral-port" Warning meaning;
    EXEC_READ_ONLY "exec-read-only" Error meaning;
    EXPRESSION_SYNTAX "expression-syntax" Error meaning;
    EXPRESSION_TYPE "expression-type" Error meaning;
    FAMILY_COLLISION "family-collision" Error meaning;
    FARGATE_NETWORK "fargate-network" Error meaning;
    FARGATE_SIZE "fargate-size" Error meaning;
    FUNCTION_ARGUMENT "function-argument" Error meaning;
    HALF_PROBED "half-probed" Warning meaning;
    HEALTH_TIMEOUT "health-timeout" Error meaning;
    HEALTH_WITHOUT_ROUTE "health-without-route" Error meaning;
    HOST_OUTSIDE_DOMAIN "host-outside-domain" Warning meaning;
    HOST_VOLUME_ON_FARGATE "host-volume-on-fargate" Error meaning;
    INGRESS_FOR_NOBODY "ingress-for-nobody" Error meaning;
    INVALID_LOGICAL_ID "invalid-logical-id" Error meaning;
    KEY_NOT_TEXT "key-not-text" Error meaning;
    LATER_STACK "later-stack" Error meaning;
    LINK_CYCLE "link-cycle" Error meaning;
    LINK_FROM_TASK "link-from-task" Error meaning;
    LINK_ON_HOST_NETWORK "link-on-host-network" Error meaning;
    LINK_TO_UDP "link-to-udp" Error meaning;
    LINK_WITHOUT_NAMES "link-without-names" Error meaning;
    LINK_WITHOUT_PORT "link-without-port" Error meaning;
    LOGICAL_ID_COLLISION "logical-id-collision" Error meaning;
    MISPLACED_EXPRESSION "misplaced-expression" Error meaning;
    MISPLACED_KEY "misplaced-key" Error structural;
    MISSING_CAPACITY "missing-capacity" Error meaning;
    MISSING_IMAGE "missing-image" Error meaning;
    MISSING_KEY "missing-key" Error structural;
    MISSING_PROPERTY "missing-property" Error meaning;
    MISSING_SCHEDULE "missing-schedule" Error meaning;
    MIXED_ARCHITECTURES "mixed-architectures" Error meaning;
    MUTABLE_TAG "mutable-tag" Warning meaning;
    NAMESPACE_COLLISION "namespace-collision" Error meaning;
    NEW_ON_CLUSTER "new-on-cluster" Warning meaning;
    NO_EFFECT "no-effect" Error meaning;
    NOMINAL_PACKING "nominal-packing" Warning meaning;
    NOT_KNOWN_YET "not-known-yet" Error meaning;
    NOT_UTF8 "not-utf8" Error meaning;
    NOT_YET "not-yet" Error meaning;
    NOTHING_TO_DELETE "nothing-to-delete" Error meaning;
    OPEN_QUOTE "open-quote" Error meaning;
    OUT_OF_RANGE "out-of-range" Error structural;
    PARAMETER_TOO_LONG "parameter-too-long" Error meaning;
    PERCENT_DEADLOCK "percent-deadlock" Error meaning;
    PLACE_ON_FARGATE "place-on-fargate" Error meaning;
    PLAIN_SECRET "plain-secret" Error meaning;
    PORT_CLASH "port-clash" Error meaning;
    PORTS_DIFFER "ports-differ" Error meaning;
    PRIORITY_CLASH "priority-clash" Warning meaning;
    PROPERTY_CONFLICT "property-conflict" Error meaning;
    PROPERTY_TYPE "property-type" Error meaning;
    PROPERTY_VALUE "property-value" Error meaning;
    QUOTE_EXPRESSION "quote-expression" Error meaning;
    RECORD_COLLISION "record-collision" Error meaning;
    REPOSITORY_COLLISION "repository-collision" Error meaning;
    REQUESTS_WITHOUT_ROUTE "requests-without-route" Error meaning;
    RESERVED_NAME "reserved-name" Error meaning;
    RESERVED_PORT "reserved-port" Error meaning;
    RESERVED_TAG "reserved-tag" Error structural;
    RESOURCE_CYCLE "resource-cycle" Error meaning;
    REVERSED_RANGE "reversed-range" Error meaning;
    ROLL_TOO_WIDE "roll-too-wide" Error meaning;
    ROUTE_TO_UDP "route-to-udp" Error meaning;
    ROUTE_WITHOUT_INGRESS "route-without-ingress" Error meaning;
    ROUTE_WITHOUT_PORT "route-without-port" Error meaning;
    ROUTES_ON_BOTH "routes-on-both" Error meaning;
    SCALE_TO_ZERO_DEAF "scale-to-zero-deaf" Error meaning;
    SCALING_BEYOND_ROOM "scaling-beyond-room" Warning meaning;
    SCALING_DEADLOCK "scaling-deadlock" Warning meaning;
    SCALING_WITHOUT_TARGET "scaling-without-target" Error meaning;
    SHADOWED_ROUTE "shadowed-route" Error meaning;
    SHELL_SYNTAX "shell-syntax" Warning meaning;
    SIDECARS_FILL_TASK "sidecars-fill-task" Error meaning;
    SINGLE_COPY_OUTAGE "single-copy-outage" Warning meaning;
    STACK_COLLISION "stack-collision" Error meaning;
    STATIC_PORT "static-port" Error meaning;
    STOP_TIMEOUT_FARGATE "stop-timeout-fargate" Error meaning;
    TASK_TOO_LARGE "task-too-large" Error meaning;
    TEMPLATE_TOO_LARGE "template-too-large" Error meaning;
    TIGHT_CAPACITY "tight-capacity" Warning meaning;
    TIGHT_TASK "tight-task" Warning meaning;
    TOO_DEEP "too-deep" Error meaning;
    TOO_FEW_ADDRESSES "too-few-addresses" Warning meaning;
    TOO_FEW_INSTANCES "too-few-instances" Error meaning;
    TOO_FEW_INTERFACES "too-few-interfaces" Error meaning;
    TOO_FEW_SUBNETS "too-few-subnets" Error meaning;
    TOO_MANY_CONTAINERS "too-many-containers" Error meaning;
    TOO_MANY_PARAMETERS "too-many-parameters" Error meaning;
    TOO_MANY_RESOURCES "too-many-resources" Error meaning;
    TOO_MANY_ROUTES "too-many-routes" Warning meaning;
    UNCLEAR_DAYS "unclear-days" Error meaning;
    UNDECLARED_CAPACITY "undeclared-capacity" Error meaning;
    UNKNOWN_ANCHOR "unknown-anchor" Error meaning;
    UNKNOWN_ATTRIBUTE "unknown-attribute" Error meaning;
    UNKNOWN_CLUSTER "unknown-cluster" Error meaning;
    UNKNOWN_DOCUMENT "unknown-document" Error meaning;
    UNKNOWN_FORM "unknown-form" Error meaning;
    UNKNOWN_FUNCTION "unknown-function" Error meaning;
    UNKNOWN_INSTANCE_TYPE "unknown-instance-type" Error meaning;
    UNKNOWN_KEY "unknown-key" Error structural;
    UNKNOWN_OVERRIDE "unknown-override" Error meaning;
    UNKNOWN_PROPERTY "unknown-property" Error meaning;
    UNKNOWN_REFERENCE "unknown-reference" Error meaning;
    UNKNOWN_RESOURCE_TYPE "unknown-resource-type" Error meaning;
    UNKNOWN_TYPE "unknown-type" Error meaning;
    UNKNOWN_VALUE "unknown-value" Error structural;
    WRONG_TYPE "wrong-type" Error structural;
    YAML_SYNTAX "yaml-syntax" Error meaning;
}
