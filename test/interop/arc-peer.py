"""Verifies and seals ARC chains with dkimpy as the test asks in JSON on stdin, and answers as JSON. Message bytes are Base64."""

import base64
import json
import sys

import dkim

task = json.load(sys.stdin)


def ask(name, timeout=5):
    text = task["keys"].get(name.decode().rstrip("."))
    return None if text is None else text.encode()


def verify(message):
    return dkim.arc_verify(message, dnsfunc=ask)[0].decode()


def seal(message):
    fields = dkim.arc_sign(message, b"r", b"me.example", task["rsa"].encode(), b"mx.me.example", timestamp=task["at"])
    return b"".join(fields)


answer = {
    "verified": [verify(base64.b64decode(message)) for message in task["verify"]],
    "sealed": [base64.b64encode(seal(base64.b64decode(message))).decode() for message in task["seal"]],
}
json.dump(answer, sys.stdout)
