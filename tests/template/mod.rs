//! Graphs built by hand, and the templates, parameter files and source maps that come of them.

mod meaning;
pub mod reader;

use loadline::diag::Diagnostics;
use loadline::graph::{Graph, Input, Origin, Resource, Stack, StackKind};
use loadline::library::{Data, Reference, Target, Value};
use loadline::source::{FileId, Sources, Span, Spanned};
use loadline::template::{Format, Template, emit, parameter_id};

const SPEC: &str = "app: shop\nservices:\n  web: {port: 80}\n  worker: {}\n";

fn sources() -> Sources {
    let mut sources = Sources::default();
    sources.add("app.yml", SPEC);
    sources.add(
        "std:service.yml",
        "component: service\nresources:\n  Service:\n  Role:\n",
    );
    sources
}

/// Where a word first stands in the spec.
fn at(word: &str) -> Span {
    let start = SPEC.find(word).expect("the spec has the word");
    Span::new(FileId(0), start, start + word.len())
}

fn value(data: Data) -> Value {
    Value::new(at("web"), data)
}

fn text(text: &str) -> Value {
    Value::text(at("web"), text)
}

fn integer(number: i64) -> Value {
    value(Data::Integer(number))
}

fn list(items: impl IntoIterator<Item = Value>) -> Value {
    value(Data::List(items.into_iter().collect()))
}

fn map<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::map(at("web"), fields)
}

fn refer(target: Target) -> Value {
    value(Data::Reference(Reference {
        target,
        attribute: None,
    }))
}

fn own(id: &str) -> Value {
    refer(Target::Resource(0, id.into()))
}

fn attribute(id: &str, name: &str) -> Value {
    let target = Target::Resource(0, id.into());
    value(Data::Reference(Reference {
        target,
        attribute: Some(name.into()),
    }))
}

fn pseudo(name: &str) -> Value {
    refer(Target::Pseudo(format!("AWS::{name}").into()))
}

fn published(name: &str) -> Value {
    refer(Target::Published(name.into(), false))
}

fn published_list(name: &str) -> Value {
    refer(Target::Published(name.into(), true))
}

fn concat(parts: impl IntoIterator<Item = Value>) -> Value {
    value(Data::Concat(parts.into_iter().collect()))
}

fn call(name: &str, argument: Value) -> Value {
    value(Data::Intrinsic(name.into(), Box::new(argument)))
}

fn input(id: &str, kind: &str, about: &str) -> Input {
    Input {
        id: id.into(),
        kind: kind.to_string(),
        about: about.to_string(),
        attributes: Vec::new(),
        default: None,
        value: None,
        repository: None,
        span: at("port"),
    }
}

fn resource(id: &str, kind: &str, properties: Value) -> Resource {
    let body = Span::new(FileId(1), 32, 39);
    let origin = Origin {
        user: at("web"),
        body,
        owner: "service `web`".to_string(),
    };
    Resource {
        id: id.into(),
        kind: Spanned::new(kind.into(), body),
        properties,
        attributes: Vec::new(),
        origin,
    }
}

fn stack(resources: Vec<Resource>) -> Stack {
    Stack {
        name: "production-shop".to_string(),
        kind: StackKind::App,
        about: "Services of shop in production".to_string(),
        inputs: Vec::new(),
        resources,
    }
}

fn compile(stack: Stack, format: Format) -> Template {
    let (mut templates, diags) = judge(stack, format);
    assert!(diags.is_empty(), "{:?}", diags.sorted());
    templates.remove(0)
}

fn judge(stack: Stack, format: Format) -> (Vec<Template>, Diagnostics) {
    let mut diags = Diagnostics::default();
    let templates = emit(&Graph { stacks: vec![stack] }, &sources(), format, &mut diags);
    (templates, diags)
}

/// The template of a stack with one topic whose properties these are.
fn topic<const N: usize>(fields: [(&str, Value); N], format: Format) -> String {
    let mut stack = stack(vec![resource("Topic", "AWS::SNS::Topic", map(fields))]);
    stack.inputs = vec![
        input("Image", "String", ""),
        input("Zones", "List<AWS::EC2::AvailabilityZone::Name>", ""),
    ];
    compile(stack, format).body
}

/// From the line of `Properties` on.
fn properties(template: &str) -> &str {
    let start = template.find("Properties").expect("it has properties");
    let line = template[..start].rfind('\n').expect("not in the first line");
    &template[line + 1..]
}

/// A service with all that a stack can hold.
fn shop() -> Stack {
    let mut role = resource(
        "WebTaskRole",
        "AWS::IAM::Role",
        map([
            (
                "AssumeRolePolicyDocument",
                map([
                    ("Version", text("2012-10-17")),
                    (
                        "Statement",
                        list([map([
                            ("Effect", text("Allow")),
                            ("Principal", map([("Service", text("ecs-tasks.amazonaws.com"))])),
                            ("Action", list([text("sts:AssumeRole"), text("sts:TagSession")])),
                        ])]),
                    ),
                ]),
            ),
            ("Description", value(Data::Null)),
        ]),
    );
    role.attributes = vec![("DeletionPolicy".into(), text("RetainExceptOnCreate"))];
    let definition = resource(
        "WebTaskDefinition",
        "AWS::ECS::TaskDefinition",
        map([
            ("Family", text("production-shop-web")),
            ("TaskRoleArn", attribute("WebTaskRole", "Arn")),
            (
                "ContainerDefinitions",
                list([map([
                    ("Name", text("web")),
                    ("Image", refer(Target::Parameter("WebImage".into()))),
                    ("Memory", integer(512)),
                    ("Essential", value(Data::Bool(true))),
                    (
                        "Command",
                        list([text("sh"), text("-c"), text("echo start\nexec puma\n")]),
                    ),
                    ("PortMappings", list([map([("ContainerPort", integer(3000))])])),
                    (
                        "Environment",
                        list([
                            map([("Name", text("REGION")), ("Value", pseudo("Region"))]),
                            map([("Name", text("DEBUG")), ("Value", text("no"))]),
                            map([
                                ("Name", text("QUEUE")),
                                ("Value", published("/loadline/production/apps/shop/v1/JobsQueue")),
                            ]),
                        ]),
                    ),
                ])]),
            ),
        ]),
    );
    let mut service = resource(
        "WebService",
        "AWS::ECS::Service",
        map([
            ("Cluster", published("/loadline/production/v1/ecs-cluster")),
            ("TaskDefinition", own("WebTaskDefinition")),
            ("DesiredCount", integer(2)),
            (
                "NetworkConfiguration",
                map([(
                    "AwsvpcConfiguration",
                    map([("Subnets", published_list("/loadline/production/v1/private-subnets"))]),
                )]),
            ),
        ]),
    );
    service.attributes = vec![("DependsOn".into(), list([text("WebTaskRole")]))];
    let mut count = input("WebCount", "Number", "");
    count.attributes = vec![("MinValue".to_string(), integer(0))];
    count.default = Some(integer(2));
    count.value = Some(integer(3));
    let mut zones = input("Zones", "CommaDelimitedList", "");
    zones.value = Some(list([text("a"), text("b")]));
    let mut kept = input("Kept", "String", "Its default does.");
    kept.default = Some(text("yes"));
    let mut stack = stack(vec![
        role,
        definition,
        service,
        resource("Bare", "AWS::SNS::Topic", map([])),
    ]);
    stack.inputs = vec![
        input("WebImage", "String", "The image of web, with its digest."),
        count,
        zones,
        kept,
    ];
    stack
}

#[test]
fn a_whole_stack_in_yaml() {
    insta::assert_snapshot!(compile(shop(), Format::Yaml).body);
}

#[test]
fn a_whole_stack_in_json() {
    insta::assert_snapshot!(compile(shop(), Format::Json).body);
}

#[test]
fn the_parameter_file_holds_what_is_known() {
    let template = compile(shop(), Format::Yaml);
    insta::assert_snapshot!(template.parameter_file());
    let missing: Vec<&str> = template.missing().map(|parameter| &*parameter.id).collect();
    assert_eq!(missing, ["WebImage"]);
}

#[test]
fn the_source_map_leads_to_the_users_line_and_the_components() {
    insta::assert_snapshot!(compile(shop(), Format::Yaml).map_file());
}

#[test]
fn the_same_graph_has_the_same_bytes() {
    for format in [Format::Yaml, Format::Json] {
        assert_eq!(compile(shop(), format), compile(shop(), format));
    }
}

#[test]
fn a_stack_without_resources_has_no_template() {
    let (templates, diags) = judge(stack(Vec::new()), Format::Yaml);
    assert!(templates.is_empty() && diags.is_empty());
}

/// Each function, and each way to put text around what is known later.
fn functions(format: Format) -> String {
    let queue = || attribute("Queue", "Arn");
    topic(
        [
            ("Ref", own("Queue")),
            ("GetAtt", queue()),
            ("NestedAttribute", attribute("Database", "Endpoint.Address")),
            (
                "Known",
                concat([text("a-"), integer(1), text("-"), value(Data::Bool(true))]),
            ),
            ("Nothing", concat([])),
            ("OneReference", concat([text(""), queue(), text("")])),
            (
                "Sub",
                concat([
                    text("at "),
                    queue(),
                    text(" in "),
                    concat([pseudo("Region"), text("!")]),
                ]),
            ),
            (
                "SubReads",
                concat([published("/loadline/production/v1/vpc"), text("/x")]),
            ),
            (
                "SubInput",
                concat([text("/"), refer(Target::Parameter("Image".into()))]),
            ),
            ("SubEscape", concat([text("echo ${HOME} ${!x} "), own("Queue")])),
            ("JoinUnclosed", concat([text("${"), own("Queue"), text("}")])),
            ("JoinDollar", concat([text("$"), own("Queue")])),
            ("JoinFunction", concat([text("x-"), call("Fn::ImportValue", text("y"))])),
            (
                "JoinParameter",
                concat([
                    text("in "),
                    refer(Target::Parameter("Zones".into())),
                    pseudo("NotificationARNs"),
                ]),
            ),
            (
                "JoinList",
                concat([text("ids "), published_list("/loadline/production/v1/private-subnets")]),
            ),
            (
                "ListAlone",
                concat([published_list("/loadline/production/v1/private-subnets")]),
            ),
            (
                "FunctionInFunction",
                call(
                    "Fn::Base64",
                    concat([text("#!/bin/sh\necho "), own("Queue"), text("\n")]),
                ),
            ),
            (
                "FunctionInList",
                call("Fn::Select", list([integer(0), call("Fn::GetAZs", text(""))])),
            ),
            ("NoArgument", call("Fn::GetAZs", value(Data::Null))),
            (
                "SubWithValues",
                call("Fn::Sub", list([text("${X}"), map([("X", queue())])])),
            ),
            (
                "NoShortForm",
                call("Fn::Transform", map([("Name", text("AWS::Include"))])),
            ),
        ],
        format,
    )
}

#[test]
fn functions_in_yaml() {
    insta::assert_snapshot!(properties(&functions(Format::Yaml)));
}

#[test]
fn functions_in_json() {
    insta::assert_snapshot!(properties(&functions(Format::Json)));
}

#[test]
fn absent_values_are_left_out() {
    let null = || value(Data::Null);
    let yaml = topic(
        [("A", null()), ("B", list([null(), text("x")])), ("C", list([]))],
        Format::Yaml,
    );
    assert_eq!(
        properties(&yaml),
        "    Properties:\n      B:\n        - x\n      C: []\n"
    );
}

#[test]
fn lines_stay_lines() {
    let long = "arn:aws:iam::aws:policy/service-role/".to_string() + &"very ".repeat(40);
    let yaml = topic(
        [
            ("Script", text("#!/bin/sh\n  indented\n\nlast\n")),
            ("NoBreakAtEnd", text("a\nb")),
            ("TwoBreaksAtEnd", text("a\nb\n\n")),
            ("IndentedFirst", text("  a\nb\n")),
            ("Long", text(long.trim_end())),
            (
                "List",
                list([text("a\nb\n"), map([("Key", text("c\nd\n"))]), list([text("e\nf")])]),
            ),
        ],
        Format::Yaml,
    );
    insta::assert_snapshot!(properties(&yaml));
}

#[test]
fn what_is_published_is_read_by_a_parameter_with_a_readable_name() {
    for (name, id) in [
        ("/loadline/production/v1/public/https", "ClusterPublicHttps"),
        ("/loadline/production/v1/private-subnets", "ClusterPrivateSubnets"),
        ("/loadline/production/v1/a/b/c/d", "ClusterABCD"),
        ("/loadline/production/apps/shop/v1/JobsQueue.Arn", "AppJobsQueueArn"),
        ("/loadline/production/apps/shop/v1/a/b", "AppAB"),
        ("/elsewhere/key_id", "ElsewhereKeyId"),
    ] {
        assert_eq!(parameter_id(name), id);
    }
}

#[test]
fn parameters_that_read_never_share_a_name() {
    let mut stack = stack(vec![resource(
        "ClusterVpc",
        "AWS::SNS::Topic",
        map([
            ("A", published("/loadline/production/v1/public/https")),
            ("B", published("/loadline/production/v1/public-https")),
            ("C", published_list("/loadline/production/v1/public-https")),
            ("D", published("/loadline/production/v1/vpc")),
            ("E", published("/loadline/production/v1/zone")),
        ]),
    )]);
    stack.inputs = vec![input("ClusterZone", "String", "")];
    insta::assert_snapshot!(compile(stack, Format::Yaml).body);
}

/// The faults of a stack: code, place, message, notes.
fn faults(stack: Stack) -> String {
    let (_, diags) = judge(stack, Format::Yaml);
    let lines = diags.sorted().into_iter().map(|fault| {
        let sources = sources();
        let notes = fault
            .notes
            .iter()
            .map(|note| format!("\n  {}: {}", sources.place(note.span), note.text));
        let notes: String = notes.collect();
        let place = sources.place(fault.span);
        format!(
            "{} {place}: {}\n  {}{notes}\n",
            fault.code.name(),
            fault.message,
            fault.label
        )
    });
    lines.collect()
}

fn topics(count: usize) -> Vec<Resource> {
    let numbers = 1..=count;
    numbers
        .map(|number| resource(&format!("Topic{number}"), "AWS::SNS::Topic", map([])))
        .collect()
}

#[test]
fn at_the_limits_nothing_is_said() {
    let mut full = stack(topics(500));
    full.inputs = (1..=200)
        .map(|number| input(&format!("Input{number}"), "String", ""))
        .collect();
    full.inputs[0].value = Some(text(&"x".repeat(4096)));
    full.inputs[1].id = "I".repeat(255).into();
    assert_eq!(faults(full), "");
}

#[test]
fn beyond_the_limits_the_count_is_said() {
    let mut beyond = stack(topics(501));
    beyond.resources[500].origin.user = at("worker");
    beyond.resources[499].properties = map([("Name", published("/loadline/production/v1/vpc"))]);
    beyond.inputs = (1..=200)
        .map(|number| input(&format!("Input{number}"), "String", ""))
        .collect();
    beyond.inputs[0].value = Some(text(&"é".repeat(2049)));
    beyond.inputs[1].id = "I".repeat(256).into();
    beyond.inputs[2].id = "with-hyphen".into();
    insta::assert_snapshot!(faults(beyond));
}

#[test]
fn a_template_that_is_too_large_names_its_largest_resource() {
    let mut resources = topics(3);
    resources[1].origin.user = at("worker");
    resources[1].properties = map([("Name", text(&"x".repeat(1_000_000)))]);
    insta::assert_snapshot!(faults(stack(resources)));
}

#[test]
fn two_things_with_one_logical_id_are_both_shown() {
    let mut twice = stack(topics(3));
    twice.resources[1].id = "Topic1".into();
    twice.resources[1].origin.user = at("worker");
    twice.resources[1].origin.owner = "service `worker`".to_string();
    twice.inputs = vec![input("Topic3", "String", "")];
    insta::assert_snapshot!(faults(twice));
}
