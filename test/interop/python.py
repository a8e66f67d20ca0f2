"""Python's own mail libraries against a running server: argv is the ports smtp, submissions, imap, imaps, pop3s."""
import imaplib, poplib, smtplib, ssl, sys
from email.message import EmailMessage

smtp, submissions, imap, imaps, pop3s = (int(port) for port in sys.argv[1:6])
trusting = ssl._create_unverified_context()
ANI, BUDI, PASSWORD = 'ani@merpati.test', 'budi@merpati.test', 'merpati'

message = EmailMessage()
message['From'], message['To'], message['Subject'] = ANI, BUDI, 'Salam dari Python – ünïcode'
message.set_content('Halo.\n.titik\n')
message.add_attachment(bytes(range(256)) * 40, maintype='application', subtype='octet-stream', filename='bytes.bin')

with smtplib.SMTP_SSL('127.0.0.1', submissions, context=trusting) as client:
    client.login(ANI, PASSWORD)
    assert client.send_message(message) == {}
with smtplib.SMTP('127.0.0.1', smtp) as client:
    client.starttls(context=trusting)
    assert client.send_message(message) == {}

with imaplib.IMAP4_SSL('127.0.0.1', imaps, ssl_context=trusting) as client:
    client.login(BUDI, PASSWORD)
    kind, (count,) = client.select('INBOX')
    assert kind == 'OK'
    kind, (found,) = client.search('UTF-8', 'FROM', '"ani@merpati.test"', 'BODY', '"titik"')
    last = found.split()[-1]
    kind, parts = client.fetch(last, '(RFC822)')
    assert b'Subject: Salam dari Python =?utf-8?' in parts[0][1], parts[0][1][:2000]
    kind, (size,) = client.fetch(last, '(RFC822.SIZE)')
    assert str(len(parts[0][1])).encode() in size
    assert client.append('Drafts', '(\\Draft)', imaplib.Time2Internaldate(0), message.as_bytes())[0] == 'OK'
    assert client.create('"Arsip &- lama"')[0] == 'OK'
    assert client.copy(last, '"Arsip &- lama"')[0] == 'OK'
    assert client.store(last, '+FLAGS', '\\Deleted')[0] == 'OK'
    assert client.expunge()[0] == 'OK'

with imaplib.IMAP4('127.0.0.1', imap) as client:
    client.starttls(ssl_context=trusting)
    client.authenticate('PLAIN', lambda _: b'\0' + BUDI.encode() + b'\0' + PASSWORD.encode())
    assert client.select('"Arsip &- lama"', readonly=True)[1] == [b'1']

client = poplib.POP3_SSL('127.0.0.1', pop3s, context=trusting)
client.user(BUDI)
client.pass_(PASSWORD)
count, size = client.stat()
reply, lines, octets = client.retr(count)
assert b'.titik' in lines or any(b'titik' in line for line in lines)
assert len(client.uidl()[1]) == count
client.dele(count)
client.quit()
client = poplib.POP3_SSL('127.0.0.1', pop3s, context=trusting)
client.user(BUDI)
client.pass_(PASSWORD)
assert client.stat()[0] == count - 1
client.quit()
print('well')
