"""Whole processes, side by side in one run, so that a noisy machine disturbs all alike. Linux, no dependencies.

    cargo build --release --bin loadline --example baseline
    python3 benches/process.py [--rounds 100] [--instructions] [--record FILE]

`baseline` starts, parses the spec and the components it uses, and writes the same bytes: the least that a compile can be. What counts is the
ratio of `compile` to it, and the peak memory. Times are medians, in milliseconds; instructions, counted by valgrind, do not depend on the
machine's load at all.
"""

import argparse
import ctypes
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
# linux/prctl.h
PR_SET_CHILD_SUBREAPER = 36


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
    """Seconds that one process takes."""
    started = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def peak_memory(command):
    """KiB that one process holds at most.

    A process begins with the peak of the one that started it, which Python's is too large for: so a shell starts it, leaves, and lets this
    process inherit the orphan.
    """
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    shell = subprocess.Popen(["/bin/sh", "-c", '"$@" </dev/null >/dev/null 2>&1 & exit 0', "sh", *command])
    peak = None
    while peak is None:
        process, status, usage = os.wait3(0)
        if process != shell.pid:
            peak = usage.ru_maxrss
    if os.waitstatus_to_exitcode(status):
        sys.exit(f"{command} failed")
    shell.returncode = 0
    return peak


def instructions(command):
    """How many instructions one process executes."""
    with tempfile.NamedTemporaryFile() as profile:
        counted = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile.name}", *command],
            capture_output=True,
            text=True,
            check=True,
        )
    return int(re.search(r"Collected : (\d+)", counted.stderr)[1])


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=100)
    options.add_argument("--instructions", action="store_true", help="count instructions too; needs valgrind")
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
        times = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                times[name].append(run(command) * 1000)
        rows = {
            name: {
                "median_ms": round(statistics.median(times[name]), 3),
                "least_ms": round(min(times[name]), 3),
                "peak_mib": round(peak_memory(command) / 1024, 1),
                **({"instructions": instructions(command)} if options.instructions else {}),
            }
            for name, command in commands.items()
        }
    ratio = {key: value / rows["baseline"][key] for key, value in rows["compile"].items()}
    for name, row in {**rows, "ratio": ratio}.items():
        print(f"{name:10}", *(f"{key} {round(value, 2):>12,}" for key, value in row.items()), sep="  ")
    if options.record:
        record = {"rounds": options.rounds, "compile_to_baseline": ratio, **rows}
        options.record.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
