"""Whole processes, side by side in one run, so that a noisy machine disturbs all alike. No dependencies.

    cargo build --release --bin loadline --example baseline
    python3 benches/process.py [--rounds 200] [--record benches/process.json]

`baseline` starts, parses the spec and the components it uses, and writes the same bytes: the least that a compile can be. What counts is the
ratio of `compile` to it, and the peak memory. Times are medians, in milliseconds.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
EXAMPLE = ROOT / "examples" / "shop"
# The components that the blocks of the example are handed to; what those use is found in them.
BLOCKS = ["cluster", "app", "service", "task"]


def used(names):
    """The stdlib's files for these components and all that they are made of."""
    found, open_names = {}, list(names)
    while open_names:
        name = open_names.pop()
        path = ROOT / "stdlib" / f"{name}.yml"
        if name in found or not path.exists():
            continue
        found[name] = path
        open_names += re.findall(r"\buse: ([a-z][a-z0-9-]*)", path.read_text(encoding="utf-8"))
    return sorted(found.values())


def run(command):
    """Seconds and peak memory in KiB of one process."""
    started = time.perf_counter()
    with open(os.devnull, "wb") as nowhere:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=nowhere, stderr=nowhere)
        _, status, usage = os.wait4(process.pid, 0)
    elapsed = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command} ended with {process.returncode}")
    return elapsed, usage.ru_maxrss


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--record", type=Path, help="write the numbers to this file as JSON")
    options = options.parse_args()
    loadline, baseline = RELEASE / "loadline", RELEASE / "examples" / "baseline"
    with tempfile.TemporaryDirectory() as scratch:
        templates, out = Path(scratch, "templates"), Path(scratch, "out")
        compile = [loadline, "compile", EXAMPLE, "--format", "json", "--out"]
        run([*compile, templates])
        specs = [*sorted(EXAMPLE.rglob("*.yml")), *used(BLOCKS)]
        commands = {
            "version": [loadline, "--version"],
            "baseline": [baseline, templates, out, *specs],
            "compile": [*compile, out],
            "check": [loadline, "check", EXAMPLE],
        }
        measured = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                measured[name].append(run(command))
    rows = {}
    for name, runs in measured.items():
        times = sorted(seconds * 1000 for seconds, _ in runs)
        rows[name] = {
            "median_ms": round(statistics.median(times), 3),
            "least_ms": round(times[0], 3),
            "peak_mib": round(max(memory for _, memory in runs) / 1024, 1),
        }
    ratio = rows["compile"]["median_ms"] / rows["baseline"]["median_ms"]
    for name, row in rows.items():
        print(f"{name:10}{row['median_ms']:9.2f} ms{row['least_ms']:9.2f} ms at least{row['peak_mib']:8.1f} MiB")
    print(f"compile / baseline = {ratio:.2f}")
    if options.record:
        options.record.write_text(json.dumps({"rounds": options.rounds, "ratio": round(ratio, 3), **rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
