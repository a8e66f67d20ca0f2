import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { promisify } from 'node:util'

const root = dirname(dirname(import.meta.dirname))
const folder = mkdtempSync(join(tmpdir(), 'merpati-pack-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const npm = (cwd: string, ...args: readonly string[]): Promise<unknown> => promisify(execFile)('npm', [...args, '--no-audit', '--no-fund'], { cwd })

test('the packed tarball installs without development tools, starts the demo, and stops when told', async () => {
  await npm(root, 'pack', '--pack-destination', folder)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  assert.ok(tarball)
  writeFileSync(join(folder, 'package.json'), '{ "name": "customer", "private": true }')
  await npm(folder, 'install', '--omit=dev', '--prefer-offline', join(folder, tarball))
  const bin = join(folder, 'node_modules/.bin/merpati')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const { stdout } = await promisify(execFile)(bin, ['--version'])
  assert.equal(stdout.trim(), version)
  await facesAreThere()
  await startsAndStops(bin)
})

/** Others may use the protocol engines alone: each face that package.json names, by its name. */
async function facesAreThere(): Promise<void> {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: Readonly<Record<string, string>> }
  const faces = Object.keys(exports).filter((face) => face !== './package.json')
  assert.ok(faces.length >= 6)
  const code = `
    for (const face of ${JSON.stringify(faces)}) if (Object.keys(await import('merpati' + face.slice(1))).length === 0) throw new Error(face)
    const { parseAddress } = await import('merpati/mail')
    process.stdout.write(parseAddress('Ani@Merpati.Test').value.domain)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { cwd: folder })
  assert.equal(stdout, 'merpati.test')
}

async function startsAndStops(bin: string): Promise<void> {
  const offset = await freeOffset()
  const env = { ...process.env, MERPATI_DATA: join(folder, 'data'), MERPATI_PORT_OFFSET: String(offset), MERPATI_DATABASE: 'sqlite' }
  const demo = spawn(bin, ['demo'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(demo, 'exit')
  let last = ''
  for await (const line of createInterface({ input: demo.stdout })) {
    last = line
    if (!line.startsWith('Ready')) continue
    const health = await fetch(`http://127.0.0.1:${80 + offset}/healthz`)
    assert.equal(health.status, 200)
    demo.kill('SIGTERM')
  }
  assert.match(last, /^Ready/)
  assert.deepEqual(await exit, [0, null])
}

/** The demo's ports, without the offset. */
const PORTS = [24, 25, 80, 110, 143, 443, 465, 587, 993, 995, 4190]

/** An offset at which every port of the demo is free just now. */
async function freeOffset(): Promise<number> {
  for (let tries = 0; tries < 20; tries++) {
    const offset = 20_000 + Math.floor(Math.random() * 20_000)
    const free = await Promise.all(PORTS.map((port) => isFree(port + offset)))
    if (free.every(Boolean)) return offset
  }
  throw new Error('no free ports for a demo in 20 tries')
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
