"""How Python's mail library reads things: one JSON value on stdin, one on stdout. argv says what: `authors` or `structure`."""
import base64, email, email.policy, email.utils, json, sys


def authors(text):
    legacy = [pair[1] for pair in email.utils.getaddresses([text])]
    try:
        read = email.message_from_bytes(f'From: {text}\n\n'.encode(), policy=email.policy.default)
        return [legacy, [address.addr_spec for address in read['from'].addresses]]
    except Exception:  # Its newer parser stumbles over empty names, in several ways.
        return [legacy, []]


def structure(encoded):
    found = []

    def walk(part, depth):
        kind = part.get_content_type()
        found.append([depth, kind])
        if part.get_content_maintype() == 'multipart' or kind == 'message/rfc822':
            for child in part.get_payload():
                walk(child, depth + 1)

    walk(email.message_from_bytes(base64.b64decode(encoded)), 0)
    return found


print(json.dumps([{'authors': authors, 'structure': structure}[sys.argv[1]](each) for each in json.load(sys.stdin)]))
