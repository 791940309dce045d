"""Serves an emulator of AWS on loopback until its standard input closes, so that none outlives the test that started it.

In: `moto` or `ministack`, and a port; or `microburst`, a port, the address of what it stands before, and the file of its rules. Out: nothing;
the port answers when it is ready.
"""

import os
import sys
import threading

import offline  # noqa: F401

name, port = sys.argv[1], sys.argv[2]


def until_left():
    while os.read(0, 1):
        pass
    os._exit(0)


threading.Thread(target=until_left, daemon=True).start()
if name == "moto":
    from moto.server import main

    main(["-H", "127.0.0.1", "-p", port])
elif name == "microburst":
    from microburst.cli import main

    sys.argv = ["microburst", "--host", "127.0.0.1", "--port", port, "--upstream", sys.argv[3], "--config", sys.argv[4]]
    main()
else:
    from ministack.services import ecs

    def texts(value):
        """CPU and memory of tasks and task definitions are texts: it leaves them as a template writes them."""
        if isinstance(value, list):
            return [texts(one) for one in value]
        if not isinstance(value, dict):
            return value
        whole = "taskDefinitionArn" in value
        return {key: str(one) if whole and key in ("cpu", "memory") else texts(one) for key, one in value.items()}

    answer = ecs.json_response
    ecs.json_response = lambda data, *rest, **more: answer(texts(data), *rest, **more)
    os.environ.update(GATEWAY_PORT=port, BIND_HOST="127.0.0.1", MINISTACK_HOST="127.0.0.1", MINISTACK_REGION="eu-west-1")
    sys.argv = ["ministack"]
    from ministack.app import main

    main()
