import assert from 'node:assert/strict'
import { createHash, createPrivateKey } from 'node:crypto'
import test from 'node:test'
import { MessageVerifier } from './message-verifier.ts'
import { Sealer } from './seal.ts'

/** Published by the two hops of the message below. */
const KEYS: Readonly<Record<string, string>> = {
  's._domainkey.list.example': 'v=DKIM1; k=ed25519; p=0iZ0WkuS13JL47arW1ey0aQxDRJPCCu4T9K6GAurcT0=',
  's._domainkey.forward.example': 'v=DKIM1; k=ed25519; p=c5hRTGCuO8Tt8aDW9oU+doD9+++MZF/hsIvPfFZL4NE=',
}

/** A message that a list and a forwarder have sealed. Ed25519 has one signature for a text, so it is fixed to the letter. */
const SEALED = `ARC-Seal: i=2; a=ed25519-sha256; cv=pass; d=forward.example; s=s;
\tt=1767225600;
\tb=j+0qPbaFz7uebmHewkB2e5um8M2AY79VyKfUMfcWZKeIUk9jRQgsChljuamXEmUvBJBlB7z8
\tZVal+H5B3uO/DQ==
ARC-Message-Signature: i=2; a=ed25519-sha256; c=relaxed/relaxed;
\td=forward.example; s=s; t=1767225600; h=from:from:to:to:cc:subject:
\tsubject:date:date:message-id:reply-to:sender:mime-version:
\tcontent-type:list-unsubscribe:list-unsubscribe-post:feedback-id;
\tbh=aeYecn1UWxX4KN3oplhCzIBn7AuLV+SS9+5Vnds/Oe4=;
\tb=gzQTQm3UKBe+moyIqUNoYCJqcEfaT2HBKrGEX5zCeZZsa84JwT13+esVBL9RQkERnCLHYhtK
\tspALF/fDtb1sAw==
ARC-Authentication-Results: i=2; mx.forward.example; arc=pass; dmarc=fail header.from=me.example
X-Hop:  2
ARC-Seal: i=1; a=ed25519-sha256; cv=none; d=list.example; s=s; t=1767225600;
\tb=clp19ekZNuRi4+o7mdoNv9VDZgElGIyylzEtEEz09ROBkGtfwTjilD3b/cQjwv/7Ym2Cn8q2
\t1PIbfR+IBHFyCg==
ARC-Message-Signature: i=1; a=ed25519-sha256; c=relaxed/relaxed;
\td=list.example; s=s; t=1767225600; h=from:from:to:to:cc:subject:
\tsubject:date:date:message-id:reply-to:sender:mime-version:
\tcontent-type:list-unsubscribe:list-unsubscribe-post:feedback-id;
\tbh=aeYecn1UWxX4KN3oplhCzIBn7AuLV+SS9+5Vnds/Oe4=;
\tb=xdNWD2EeQ6lJ0t4EbCxnJCKl0f9yO6kST9RVHpw/uqoee10dq0WcYIJmjn2Bw4xsAH29LyqT
\tW2a0aJzL2ou8AA==
ARC-Authentication-Results: i=1; mx.list.example; dmarc=pass header.from=me.example
From: Ani <ani@me.example>
To: budi@there.example
Subject: Halo
Date: Thu, 1 Jan 2026 00:00:00 +0000

Halo Budi.
`.replaceAll('\n', '\r\n')

/** The private keys: their seeds are the digests of the domains' names. */
const seedOf = (domain: string): Buffer => createHash('sha256').update(domain).digest()
const keyOf = (domain: string): { domain: string; selector: string; key: ReturnType<typeof createPrivateKey> } => ({
  domain, selector: 's', key: createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seedOf(domain)]), format: 'der', type: 'pkcs8' }),
})

for (const pieceBytes of [1, 100, 100_000]) {
  test(`the chain of our vector passes in pieces of ${pieceBytes} octets`, async () => {
    const verifier = new MessageVerifier()
    const bytes = Buffer.from(SEALED)
    for (let at = 0; at < bytes.length; at += pieceBytes) verifier.push(bytes.subarray(at, at + pieceBytes))
    const { arc } = await verifier.finish(async (name) => ({ kind: 'texts', texts: [KEYS[name] ?? ''] }), 0, new AbortController().signal)
    assert.deepEqual([arc.result, arc.hops.map(({ domain }) => domain)], ['pass', ['forward.example', 'list.example']])
  })
}

test('the seals of our vector are made again to the letter', async () => {
  const seal = async (message: string, domain: string, chain: 'none' | 'pass', results: string): Promise<string> => {
    const sealer = new Sealer({ key: keyOf(domain), atSeconds: 1_767_225_600, results, chain })
    sealer.push(Buffer.from(message))
    const fields = await sealer.finish()
    return fields.ok ? fields.value + message : fields.error
  }
  const first = await seal(SEALED.slice(SEALED.indexOf('From: ')), 'list.example', 'none', 'mx.list.example; dmarc=pass header.from=me.example')
  assert.equal(await seal(`X-Hop:  2\r\n${first}`, 'forward.example', 'pass', 'mx.forward.example; arc=pass; dmarc=fail header.from=me.example'), SEALED)
})
