"""Checkov over the templates of a folder. In: the folder. Out: Checkov's own JSON report."""

import sys

import offline  # noqa: F401
from checkov.main import Checkov

OPTIONS = ["--framework", "cloudformation", "--skip-download", "--compact", "--output", "json", "--soft-fail"]

if __name__ == "__main__":
    sys.exit(Checkov(["--directory", sys.argv[1], *OPTIONS]).run())
