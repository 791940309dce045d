"""cfn-lint over templates. In: a JSON list of their paths, on standard input. Out: JSON, how many were read and what was found, at
every level. A suppression in a template that is not known here is itself a finding."""

import json
import multiprocessing
import sys

import offline  # noqa: F401
from cfnlint.config import ConfigMixIn
from cfnlint.decode import decode
from cfnlint.runner import Runner

# I1022 would rather have one Fn::Sub than a joined list. Of the text that starts an instance some parts are there only sometimes,
# and the shell's own `${` would need an escape in a Sub.
OPTIONS = {"regions": ["eu-west-1"], "include_checks": ["I"], "ignore_checks": ["I1022"]}

# What a template may ask cfn-lint to pass over, and why.
SUPPRESSED = {"W3010": "the user has named the zones"}


def suppressions(template):
    for item in [template, *template.get("Resources", {}).values()]:
        yield from item.get("Metadata", {}).get("cfn-lint", {}).get("config", {}).get("ignore_checks", [])


def judge(paths):
    found = []
    for path in paths:
        template, _ = decode(path)
        for rule in set(suppressions(template or {})) - set(SUPPRESSED):
            found.append({"file": path, "line": 1, "rule": rule, "message": "is suppressed in the template"})
    config = ConfigMixIn([], templates=paths, **OPTIONS)
    for match in Runner(config).run():
        found.append(
            {"file": match.filename, "line": match.linenumber, "rule": match.rule.id, "message": match.message}
        )
    return len(config.templates), found


if __name__ == "__main__":
    paths = json.load(sys.stdin)
    workers = min(multiprocessing.cpu_count(), max(1, len(paths) // 4))
    with multiprocessing.Pool(workers) as pool:
        answers = pool.map(judge, [paths[start::workers] for start in range(workers)], chunksize=1)
    json.dump({"judged": sum(count for count, _ in answers), "findings": sum((found for _, found in answers), [])}, sys.stdout)
