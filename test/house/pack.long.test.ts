import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { claimPorts, portsAt } from '../support/server.ts'

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
  using claim = await claimPorts()
  const env = { ...process.env, MERPATI_DATA: join(folder, 'data'), MERPATI_PORT_OFFSET: String(claim.offset), MERPATI_DATABASE: 'sqlite' }
  const demo = spawn(bin, ['demo'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(demo, 'exit')
  let last = ''
  for await (const line of createInterface({ input: demo.stdout })) {
    last = line
    if (!line.startsWith('Ready')) continue
    const health = await fetch(`http://127.0.0.1:${portsAt(claim.offset).http}/healthz`)
    assert.equal(health.status, 200)
    demo.kill('SIGTERM')
  }
  assert.match(last, /^Ready/)
  assert.deepEqual(await exit, [0, null])
}
