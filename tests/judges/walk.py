"""Starts an emulator of AWS on this machine for docs/walkthrough.md, with a cluster that somebody else has deployed, and serves until it is
stopped or its standard input closes.

In: a port (4566 when none is given), and the folder of a virtual environment (target/walkthrough when none is given), which is made if it is
not there. Out: a line when it is ready.
"""

import json
import pathlib
import socket
import subprocess
import sys
import time
import urllib.request
import venv

HERE = pathlib.Path(__file__).resolve().parent
port = int(sys.argv[1]) if len(sys.argv) > 1 else 4566
folder = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else HERE.parent.parent / "target" / "walkthrough"
python = folder / "bin" / "python"

# What the cluster `far` publishes, of that which the app reads.
PUBLISHED = {"log-retention": "30", "ecs-cluster": "far", "vpc": "vpc-1", "private-subnets": "subnet-1,subnet-2"}


def ask(target, kind, document):
    head = {
        "X-Amz-Target": target,
        "Content-Type": f"application/x-amz-json-{kind}",
        "Authorization": "AWS4-HMAC-SHA256 Credential=key/20260101/eu-west-1/ssm/aws4_request, SignedHeaders=host, Signature=0",
    }
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", json.dumps(document).encode(), head)
    urllib.request.urlopen(request).read()


if not python.exists():
    venv.create(folder, with_pip=True)
    packages = HERE / "ministack.txt"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", packages], check=True)
log = folder / f"emulator-{port}.log"
serve = [python, HERE / "serve.py", "ministack", str(port)]
server = subprocess.Popen(serve, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log.open("w"), cwd=HERE)
for _ in range(600):
    if server.poll() is not None:
        sys.exit(f"the emulator has ended, and said:\n{log.read_text()}")
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        break
    except OSError:
        time.sleep(0.1)
for name, value in PUBLISHED.items():
    document = {"Name": f"/loadline/far/v1/{name}", "Value": value, "Type": "String", "Overwrite": True}
    ask("AmazonSSM.PutParameter", "1.1", document)
print(f"AWS is at http://127.0.0.1:{port}, until this ends", flush=True)
try:
    sys.stdin.read() if not sys.stdin.isatty() else server.wait()
except KeyboardInterrupt:
    pass
server.stdin.close()
server.wait()
