"""Verifies calls as Standard Webhooks' v1a says, with libsodium: JSON on stdin has the public key and the headers and body of each; the answer says which hold."""

import base64
import json
import sys

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

task = json.load(sys.stdin)
key = VerifyKey(base64.b64decode(task["public_key"].removeprefix("whpk_")))


def holds(call):
    text = f"{call['id']}.{call['timestamp']}.{call['body']}".encode()
    for signature in call["signature"].split(" "):
        scheme, value = signature.split(",", 1)
        if scheme != "v1a":
            continue
        try:
            key.verify(text, base64.b64decode(value))
            return True
        except BadSignatureError:
            pass
    return False


json.dump([holds(call) for call in task["calls"]], sys.stdout)
