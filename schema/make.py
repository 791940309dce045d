#!/usr/bin/env python3
"""Makes schema/resources.jsonl, schema/permissions.txt and schema/instances.csv. What comes from where, and the formats: README.md beside this.

In: two wheels of PyPI, pinned by version and hash (downloaded once into target/schema), and the CSV files here
that are kept by hand (readings, slots, other_instances). Out: the same bytes on every run.
"""

import ast
import csv
import gzip
import hashlib
import json
import math
import pathlib
import re
import subprocess
import sys
import zipfile

SCHEMA = pathlib.Path(__file__).resolve().parent
CACHE = SCHEMA.parent / "target" / "schema"
WHEELS = {
    "cfn_lint-1.58.0-py3-none-any.whl": (
        "cfn-lint==1.58.0",
        "9d9f06043160756a6158f5c3f92a44ce38254b1c578127461608305bc8262987",
    ),
    "moto-5.2.5-py3-none-any.whl": (
        "moto==5.2.5",
        "eef62cdcf3bfe73e0863743511ba042dfaba04ba3d5ecdcb896a196c693ad528",
    ),
}
REGIONS = ["eu-west-1", "us-east-1"]
SCALARS = {"string", "integer", "number", "boolean"}
RESERVED = SCALARS | {"json", "any"}


def wheel(name):
    """The wheel as an open archive; downloaded unless it is there already."""
    requirement, digest = WHEELS[name]
    path = CACHE / name
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(CACHE), requirement]
        subprocess.run(command, check=True)
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        sys.exit(f"{path} is not the pinned wheel: delete it and run again")
    return zipfile.ZipFile(path)


class Compact:
    """One provider schema, rewritten as one line of resources.jsonl."""

    def __init__(self, schema):
        self.schema = schema
        self.definitions = schema.get("definitions", {})
        self.types, self.enums, self.rules = {}, {}, {}
        self.names = {}

    def line(self, every_property_is_attribute, extra_attributes):
        given = self.schema.get("properties", {})
        settable = {pointer.split("/")[2] for key in ("createOnlyProperties", "conditionalCreateOnlyProperties",
                    "writeOnlyProperties") for pointer in self.schema.get(key, [])}
        settable |= set(self.schema.get("required", []))
        read_only = [pointer.split("/")[2:] for pointer in self.schema.get("readOnlyProperties", [])]
        only_read = {path[0] for path in read_only if len(path) == 1} - settable
        top = {**self.schema, "properties": {name: one for name, one in given.items() if name not in only_read}}
        line = {"type": self.schema["typeName"], "properties": self.members(top, "")}
        self.groups(top, "")
        attributes = self.attributes(read_only, every_property_is_attribute, extra_attributes)
        line["types"] = self.types
        line["enums"] = self.enums
        line["rules"] = self.rules
        line["replaces"] = self.paths("createOnlyProperties")
        line["may_replace"] = self.paths("conditionalCreateOnlyProperties")
        line["attributes"] = attributes
        line = {key: value for key, value in line.items() if value or key in ("type", "properties")}
        for key in ("properties", "types", "enums", "rules", "attributes"):
            if key in line:
                line[key] = dict(sorted(line[key].items(), key=lambda item: item[0].rstrip("!")))
        return json.dumps(line, separators=(",", ":"), ensure_ascii=True)

    def paths(self, key):
        """Paths of properties, `*` for each item of a list, without the marks for lists."""
        steps = (pointer.split("/")[2:] for pointer in self.schema.get(key, []))
        return sorted(".".join(step for step in path if step not in ("*", "items")) for path in steps)

    def attributes(self, read_only, every_property, extra):
        kind = self.schema["typeName"]
        found = {}
        if kind in ("AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Macro"):
            found["*"] = "any"
        if kind in ("AWS::CloudFormation::Stack", "AWS::ServiceCatalog::CloudFormationProvisionedProduct"):
            found["Outputs.*"] = "string"
            read_only = [path for path in read_only if path != ["Outputs"]]
        paths = [path for path in read_only if not any(step in ("*", "items") for step in path)]
        paths += [[name] for name in extra]
        if every_property:
            for name, one in self.schema["properties"].items():
                paths += self.leaves(one, [name])
        for path in paths:
            type_of = self.type_at(path)
            if type_of is not None:
                found[".".join(path)] = type_of
        return found

    def leaves(self, one, path):
        """What GetAtt reaches below a property: it enters objects, never lists of objects."""
        one = self.resolved(one)
        if one.get("properties"):
            return [leaf for name, member in one["properties"].items() for leaf in self.leaves(member, path + [name])]
        items = self.resolved(one.get("items", {}))
        return [] if items.get("type") in ("object", "array") else [path]

    def type_at(self, path):
        """The type of an attribute in its short form: a list, a scalar, or an object that GetAtt cannot give whole."""
        one = {"properties": self.schema["properties"]}
        for step in path:
            one = self.resolved(one).get("properties", {}).get(step)
            if one is None:
                return None
        one = self.resolved(one)
        kind = self.kind(one)
        if kind == "array":
            item = self.kind(self.resolved(one.get("items", {})))
            return f"[{item if item in SCALARS else 'any'}]"
        return kind if kind in SCALARS else "any"

    def resolved(self, one):
        seen = 0
        while "$ref" in one and seen < 20:
            target = self.schema
            for step in one["$ref"].split("/")[1:]:
                target = target[step]
            one, seen = target, seen + 1
        return one

    @staticmethod
    def kind(one):
        """`object`, `array`, a scalar, `json` (an object or its text), or `any`."""
        kind = one.get("type")
        if isinstance(kind, list):
            kinds = set(kind) - {"null"}
            if kinds == {"object", "string"}:
                return "json"
            if len(kinds) == 1:
                return kinds.pop()
            if kinds <= SCALARS:
                return "string"
            return "any"
        if kind is None:
            if "properties" in one or "patternProperties" in one:
                return "object"
            if "items" in one:
                return "array"
            return "any"
        return kind

    def unique(self, wanted, taken):
        wanted = re.sub(r"[^A-Za-z0-9]", "", wanted) or "Value"
        if wanted in RESERVED:
            wanted = wanted.capitalize()
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted}{number}", number + 1
        return name

    def alternatives(self, one):
        """The forms that a schema may take besides what it says itself; none when they say nothing about the shape."""
        for key in ("oneOf", "anyOf"):
            forms = [self.resolved(form) for form in one.get(key, [])]
            shaped = [form for form in forms if set(form) & {"type", "properties", "items", "enum"}]
            if shaped and len(shaped) == len(forms):
                return key, forms
        if len(one.get("allOf", [])) and "$ref" in one["allOf"][0]:
            return "allOf", [self.resolved(one["allOf"][0])]
        return None, []

    def expression(self, one, hint):
        """A type in the notation of README.md."""
        if "$ref" in one:
            name = one["$ref"].split("/")[-1]
            target = self.resolved(one)
            if self.is_record(target):
                return self.record(one["$ref"], name, target)
            return self.expression(target, name)
        key, forms = self.alternatives(one)
        if key == "allOf":
            return self.expression({**forms[0], **{k: v for k, v in one.items() if k != "allOf"}}, hint)
        if forms:
            # The old JSON form of a property that has a proper one is not worth giving up its check.
            proper = [form for form in forms if form.get("format") != "json"]
            if len(proper) == 1 and len(forms) > 1:
                return self.expression(proper[0], hint)
            kinds = {self.kind(form) for form in forms}
            if kinds == {"object"}:
                return self.record(None, hint, one)
            if len(kinds) == 1 and kinds <= SCALARS:
                return kinds.pop()
            own = self.kind(one)
            if own in ("object", "any") or not kinds <= {own, "any"}:
                return "any"
        kind = self.kind(one)
        values = one.get("enum") or one.get("enumCaseInsensitive") or ([one["const"]] if "const" in one else None)
        if values and kind in SCALARS - {"boolean"} | {"any"} and all(isinstance(v, (str, int, float)) for v in values):
            return self.enumeration([str(value) for value in values], hint, "enumCaseInsensitive" in one)
        if kind == "string":
            return kind + bounds(one, "minLength", "maxLength")
        if kind in ("integer", "number"):
            return kind + bounds(one, "minimum", "maximum")
        if kind == "array":
            if "items" not in one:
                return "[any]" + bounds(one, "minItems", "maxItems")
            return f"[{self.expression(one['items'], singular(hint))}]" + bounds(one, "minItems", "maxItems")
        if kind != "object":
            return kind
        if self.is_record(one):
            return self.record(None, hint, one)
        patterns = list(one.get("patternProperties", {}).values())
        rest = one.get("additionalProperties")
        if isinstance(rest, dict) and rest:
            patterns.append(rest)
        expressions = sorted({self.expression(pattern, singular(hint)) for pattern in patterns})
        if not expressions:
            return "json"
        item = expressions[0] if len(expressions) == 1 else "any"
        return "{" + item + "}" + bounds(one, "minProperties", "maxProperties")

    def is_record(self, one):
        _, forms = self.alternatives(one)
        if self.kind(one) not in ("object", "any", "json"):
            return False
        return bool(one.get("properties")) or bool(forms) and all(form.get("properties") for form in forms)

    def enumeration(self, values, hint, any_case):
        values = list(dict.fromkeys(values))
        mark = "~" if any_case else ""
        for name, known in self.enums.items():
            if known == values and name.endswith("~") == any_case:
                return name
        name = self.unique(hint, {taken.rstrip("~") for taken in self.enums} | set(self.types)) + mark
        self.enums[name] = values
        return name

    def record(self, reference, hint, one):
        """The name under which an object with named properties stands in `types`."""
        if reference in self.names:
            return self.names[reference]
        name = self.unique(hint, {taken.rstrip("~") for taken in self.enums} | set(self.types))
        if reference:
            self.names[reference] = name
        self.types[name] = {}
        self.types[name] = self.members(one, name)
        self.groups(one, name)
        for known, members in self.types.items():
            same_rules = self.rules.get(known) == self.rules.get(name)
            if known != name and members == self.types[name] and reference is None and same_rules:
                if name not in json.dumps(members):
                    del self.types[name]
                    self.rules.pop(name, None)
                    return known
        return name

    def members(self, one, owner):
        """The properties of an object: `Name` or, when it must be given, `Name!`, with their types."""
        key, forms = self.alternatives(one)
        forms = [form for form in forms if form.get("properties")]
        properties = dict(one.get("properties", {}))
        clashing = set()
        for form in forms:
            for name, member in form["properties"].items():
                if name in properties and self.bare(properties[name]) != self.bare(member):
                    clashing.add(name)
                properties.setdefault(name, member)
        required = set(one.get("required", []))
        if forms:
            required |= set.intersection(*(set(form.get("required", [])) for form in forms))
        members = {}
        for name in sorted(properties):
            kind = "any" if name in clashing else self.expression(properties[name], name)
            members[name + ("!" if name in required else "")] = kind
        closed = one.get("additionalProperties") is False or forms and all(
            form.get("additionalProperties") is False for form in forms)
        if not closed:
            members["*"] = "any"
        for pattern in one.get("patternProperties", {}).values():
            members["*"] = self.expression(pattern, owner)
        return dict(sorted(members.items(), key=lambda item: item[0].rstrip("!")))

    @staticmethod
    def bare(one):
        return {key: value for key, value in one.items() if key not in ("description", "title")}

    def groups(self, one, name):
        """Which properties exclude or need each other."""
        rules = {}
        properties = set(one.get("properties", {}))

        def sets(forms):
            found = [sorted(form.get("required", [])) for form in forms]
            return found if len(found) > 1 and all(found) else None

        for key, short in (("requiredXor", "one"), ("requiredOr", "some")):
            if key in one:
                rules.setdefault(short, []).append([[member] for member in one[key]])
        for key in ("oneOf", "anyOf"):
            forms = [self.resolved(form) for form in one.get(key, [])]
            found = sets(forms)
            if not found:
                continue
            nested = any(a is not b and set(a) <= set(b) for a in found for b in found)
            exact = key == "oneOf" and not nested
            rules.setdefault("one" if exact else "some", []).append(found)
        for key, short in (("dependentExcluded", "excludes"), ("dependentRequired", "requires")):
            found = {member: names for member, names in one.get(key, {}).items() if isinstance(names, list)}
            if found:
                rules[short] = {member: sorted(names) for member, names in sorted(found.items())}
        for key in ("one", "some"):
            listed = rules.get(key, [])
            rules[key] = [found for at, found in enumerate(listed) if sorted(found) not in map(sorted, listed[:at])]
        # A rule that names what cannot be given says nothing to a user.
        if name == "":
            for key in ("one", "some"):
                rules[key] = [sets for sets in rules.get(key, []) if all(set(names) <= properties for names in sets)]
        rules = {key: value for key, value in rules.items() if value}
        if rules:
            self.rules[name] = rules


def singular(name):
    if name.endswith("ies"):
        return name[:-3] + "y"
    if name.endswith("ses") or name.endswith("xes"):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def bounds(one, least, most):
    """` 1..64`, ` 1..`, ` ..64` or nothing. Bounds that bind nothing are left out."""
    low, high = one.get(least), one.get(most)
    if least != "minimum" and low == 0:
        low = None
    if high is not None and abs(high) >= 2**31 - 1:
        high = None
    if low is not None and abs(low) >= 2**31 - 1:
        low = None
    if low is None and high is None:
        return ""
    return f" {'' if low is None else number(low)}..{'' if high is None else number(high)}"


def number(value):
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def resources():
    archive = wheel("cfn_lint-1.58.0-py3-none-any.whl")
    root = "cfnlint/data/schemas/"
    files = {}
    for region in REGIONS:
        for kind, digest in json.loads(archive.read(f"{root}providers/{region}.json")).items():
            files.setdefault(kind, digest)
    lists = {}
    for node in ast.parse(archive.read("cfnlint/schema/_getatts.py")).body:
        if isinstance(node, ast.Assign) and node.targets[0].id in ("_all_property_types", "_exceptions"):
            lists[node.targets[0].id] = ast.literal_eval(node.value)
    lines = []
    for kind in sorted(files):
        schema = json.loads(archive.read(f"{root}resources/{files[kind]}.json"))
        every = kind in lists["_all_property_types"]
        lines.append(Compact(schema).line(every, lists["_exceptions"].get(kind, [])))
    (SCHEMA / "resources.jsonl").write_text("\n".join(lines) + "\n")
    print(f"resources.jsonl: {len(lines)} types")


def permissions():
    """What CloudFormation asks of whoever deploys a type: the permissions of its handlers, without that of listing."""
    archive = wheel("cfn_lint-1.58.0-py3-none-any.whl")
    root = "cfnlint/data/schemas/"
    files = {}
    for region in REGIONS:
        for kind, digest in json.loads(archive.read(f"{root}providers/{region}.json")).items():
            files.setdefault(kind, digest)
    known = json.loads(archive.read("cfnlint/data/AdditionalSpecs/Policies.json"))

    def is_action(service, action):
        actions = known.get(service, {}).get("Actions", {})
        if action.endswith("*"):
            return any(one.startswith(action[:-1].lower()) for one in actions)
        return action.lower() in actions

    lines = []
    for kind, digest in sorted(files.items()):
        handlers = json.loads(archive.read(f"{root}resources/{digest}.json")).get("handlers", {})
        asked = {one for verb in ("create", "read", "update", "delete")
                 for one in handlers.get(verb, {}).get("permissions", [])}
        services = {}
        for one in sorted(asked):
            service, _, action = one.strip().partition(":")
            # Some rows are no actions of IAM: an empty text, a name of the log of S3, a service that is not public.
            if is_action(service, action):
                services.setdefault(service, []).append(action)
        if services:
            parts = [f"{service}:{','.join(sorted(set(actions)))}" for service, actions in sorted(services.items())]
            lines.append(" ".join([kind, *parts]))
    (SCHEMA / "permissions.txt").write_text("\n".join(lines) + "\n")
    print(f"permissions.txt: {len(lines)} types")


def rows(name):
    with open(SCHEMA / name, newline="") as file:
        return list(csv.DictReader(file))


# What the kernel and the hypervisor take of a type's memory, at most: the tightest bounds without one over-estimate on
# readings.csv. README.md says how they were found.
LOWER_BOUNDS = {
    "t3-class": lambda nominal, vcpu: nominal - (60 + 0.06 * nominal),
    "xen": lambda nominal, vcpu: nominal - (88 + 0.016 * nominal),
    "nitro": lambda nominal, vcpu: nominal - (212 + 0.029 * nominal + 32 * vcpu),
}
# The largest difference between two images of one type that a reading may hide.
DRIFT_MIB = 16


def registered(name, nominal, vcpu, hypervisor, readings):
    """The least memory in MiB that a container instance of this type registers, and where the number comes from."""
    if name in readings:
        return min(readings[name]) - DRIFT_MIB, "measured"
    small = name.split(".")[0] in ("t3", "t3a", "t4g") and nominal <= 4096
    basis = "t3-class" if small else hypervisor or "nitro"
    # Bare metal has no hypervisor; the bound of nitro is the wider one.
    return math.floor(LOWER_BOUNDS[basis](nominal, vcpu)), basis if small or hypervisor else "metal"


def instances():
    archive = wheel("moto-5.2.5-py3-none-any.whl")
    described = json.loads(gzip.decompress(archive.read("moto/ec2/resources/instance_types.json.gz")))
    found = {}
    for name, one in described.items():
        supported = one["ProcessorInfo"]["SupportedArchitectures"]
        architecture = [each for each in ("arm64", "x86_64") if each in supported]
        if not architecture:
            continue  # a Mac: ECS has no container instances on it
        gpus = one.get("GpuInfo", {}).get("Gpus", [])
        found[name] = {
            "architecture": architecture[0],
            "vcpu": one["VCpuInfo"]["DefaultVCpus"],
            "memory_mib": one["MemoryInfo"]["SizeInMiB"],
            "hypervisor": one.get("Hypervisor", ""),
            "enis": one["NetworkInfo"]["MaximumNetworkInterfaces"],
            "gpus": sum(gpu.get("Count", 0) for gpu in gpus),
        }
    for row in rows("other_instances.csv"):
        numbers = {key: int(row[key]) for key in ("vcpu", "memory_mib", "enis", "gpus")}
        found.setdefault(row["type"], {**row, **numbers})
    readings = {}
    for row in rows("readings.csv"):
        readings.setdefault(row["type"], []).append(int(row["registered_mib"]))
    slots = {row["type"]: row for row in rows("slots.csv")}
    lines = ["type,architecture,vcpu,memory_mib,registered_mib,basis,enis,slots,trunk_slots,gpus"]
    for name, one in sorted(found.items()):
        least, basis = registered(name, one["memory_mib"], one["vcpu"], one["hypervisor"], readings)
        slot = slots.get(name, {"slots": one["enis"] - 1, "trunk_slots": ""})
        fields = [name, one["architecture"], one["vcpu"], one["memory_mib"], least, basis, one["enis"],
                  slot["slots"], slot["trunk_slots"], one["gpus"]]
        lines.append(",".join(str(field) for field in fields))
    (SCHEMA / "instances.csv").write_text("\n".join(lines) + "\n")
    print(f"instances.csv: {len(lines) - 1} types")


if __name__ == "__main__":
    resources()
    permissions()
    instances()
