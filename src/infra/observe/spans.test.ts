import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { type Log, silentLog } from '../../base/log.ts'
import { MAX_QUEUED_SPANS, SPANS_A_REQUEST } from './limits.ts'
import { Metrics, render } from './metrics.ts'
import { encodeSpans, type Span } from './otlp.ts'
import { Spans } from './spans.ts'

const SPAN: Span = { of: 'm1', place: 'root', name: 'message accepted', kind: 'server', startMs: 1_700_000_000_000, endMs: 1_700_000_000_012.4, status: 'ok', attributes: { 'merpati.by': 'smtp', 'merpati.size': 12 } }

interface World extends AsyncDisposable {
  readonly spans: Spans
  counted(outcome: string): Promise<number>
}

/** Spans that go to a collector on loopback. */
async function world(collector: RequestListener, log: Log = silentLog): Promise<World> {
  const server: Server = createServer(collector).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const metrics = new Metrics()
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    spans: new Spans({ collector: { url, headers: { authorization: 'Bearer t' } }, resource: { 'service.name': 'merpati' }, metrics, log }),
    async counted(outcome) {
      const found = new RegExp(`^merpati_spans_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(await render([await metrics.snapshot()]))
      return Number(found?.[1] ?? 0)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

test('spans are told as OTLP has them in JSON, and what follows from a message has its root for a parent', () => {
  const child: Span = { ...SPAN, place: 'child', name: 'delivery attempt', kind: 'client', endMs: 0, status: 'error', attributes: { host: 'x'.repeat(300) } }
  const told = JSON.parse(encodeSpans([SPAN, child], { 'service.name': 'merpati' }, () => '00000000000000ab')) as unknown
  const [traceId, root] = ['ca0df2c95aa144c1d0ff2ff3c8f967fd', 'c1de9ef0c4120b37'] // SHA-256 of `m1`, its first half and what follows.
  const [startTimeUnixNano, endTimeUnixNano] = ['1700000000000000000', '1700000000012000000']
  assert.deepEqual(told, {
    resourceSpans: [{
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'merpati' } }] },
      scopeSpans: [{
        scope: { name: 'merpati' },
        spans: [
          { traceId, spanId: root, name: 'message accepted', kind: 2, startTimeUnixNano, endTimeUnixNano, attributes: [{ key: 'merpati.by', value: { stringValue: 'smtp' } }, { key: 'merpati.size', value: { intValue: '12' } }], status: {} },
          { traceId, spanId: '00000000000000ab', parentSpanId: root, name: 'delivery attempt', kind: 3, startTimeUnixNano, endTimeUnixNano: startTimeUnixNano, attributes: [{ key: 'host', value: { stringValue: 'x'.repeat(256) } }], status: { code: 2 } },
        ],
      }],
    }],
  })
})

test('spans that find no room are dropped and counted, and the others go in requests of a limited size', async () => {
  const seen: string[] = []
  await using here = await world((request, answer) => {
    seen.push(`${request.method} ${request.url} ${request.headers['content-type']} ${request.headers.authorization}`)
    request.resume().on('end', () => answer.end('{}'))
  })
  for (let count = 0; count < MAX_QUEUED_SPANS + 3; count++) here.spans.add(SPAN)
  await here.spans[Symbol.asyncDispose]()
  assert.deepEqual([await here.counted('sent'), await here.counted('dropped')], [MAX_QUEUED_SPANS, 3])
  assert.deepEqual(seen, Array.from({ length: MAX_QUEUED_SPANS / SPANS_A_REQUEST }, () => 'POST /v1/traces application/json Bearer t'))
})

test('spans that a collector refuses are dropped, which the log says once', async () => {
  const lines: string[] = []
  const log = { ...silentLog, warn: (event: string, fields: unknown) => lines.push(`${event} ${JSON.stringify(fields)}`) }
  await using here = await world((request, answer) => request.resume().on('end', () => answer.writeHead(503).end('full')), log)
  for (let count = 0; count < SPANS_A_REQUEST + 1; count++) here.spans.add(SPAN)
  await here.spans[Symbol.asyncDispose]()
  assert.deepEqual([await here.counted('sent'), await here.counted('dropped')], [0, SPANS_A_REQUEST + 1])
  assert.deepEqual(lines, ['spans.dropped {"why":"it answered 503"}'])
})

test('a collector that never answers does not keep a thread from ending', async () => {
  await using here = await world(() => {})
  here.spans.add(SPAN)
  await here.spans[Symbol.asyncDispose]()
  here.spans.add(SPAN)
  assert.equal(await here.counted('dropped'), 2)
})
