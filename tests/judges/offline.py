"""Holds a judge to loopback: importing this makes every other connection an error, so that a test that would reach
for AWS or for a rules download fails and says so, wherever it runs."""

import ipaddress
import socket

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex


def _is_local(address):
    if not isinstance(address, tuple):
        return True
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] == "localhost"


def _guard(connect):
    def guarded(self, address):
        if not _is_local(address):
            raise AssertionError(f"a judge may not connect to {address}")
        return connect(self, address)

    return guarded


socket.socket.connect = _guard(_connect)
socket.socket.connect_ex = _guard(_connect_ex)
