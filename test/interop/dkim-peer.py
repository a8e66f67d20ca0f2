"""Signs and verifies with dkimpy what the test gives as JSON on stdin, and answers as JSON. Message bytes are Base64."""

import base64
import json
import sys

import dkim

task = json.load(sys.stdin)


def ask(name, timeout=5):
    text = task["keys"].get(name.decode().rstrip("."))
    return None if text is None else text.encode()


def verify_all(message):
    """One answer for each signature, top to bottom."""
    found = []
    verifier = dkim.DKIM(message)
    count = message.split(b"\r\n\r\n", 1)[0].lower().count(b"dkim-signature:")
    for index in range(count):
        try:
            found.append(verifier.verify(idx=index, dnsfunc=ask))
        except dkim.DKIMException:
            found.append(False)
    return found


def sign(job):
    key = base64.b64encode(base64.b64decode(task["seed"])) if job["algorithm"].startswith("ed25519") else task["rsa"].encode()
    return dkim.sign(
        base64.b64decode(job["message"]),
        job["selector"].encode(),
        b"me.example",
        key,
        canonicalize=(job["header"].encode(), job["body"].encode()),
        signature_algorithm=job["algorithm"].encode(),
        length=job["length"],
    )


answer = {
    "verified": [verify_all(base64.b64decode(message)) for message in task["verify"]],
    "signed": [base64.b64encode(sign(job)).decode() for job in task["sign"]],
}
json.dump(answer, sys.stdout)
