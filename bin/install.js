// Brings node_modules into the state that package-lock.json describes, once, however many of us start together.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withLock } from './lock.js'

/** How often a quiet installation says that it is still at work. */
const PROGRESS_MS = 10_000

/** What `npm pack --dry-run` and friends tell their children by environment, and our own `npm ci` must not hear. */
const NOT_FOR_NPM = /^npm_(config_(dry_run|global|location|json|omit|include|production|workspaces?|package_lock_only|ignore_scripts)|command)$/i

/**
 * Runs `npm ci` when something is missing or of another version than the lockfile says.
 *
 * @param {string} root the checkout
 * @param {{ withTools: boolean }} need whether development tools must be there as well
 */
export async function ensureInstalled(root, need) {
  if (whatIsMissing(root, need) === null) return
  await withLock(join(root, '.installing'), async (owns) => {
    // Whoever held the lock before us may have done the work.
    const missing = whatIsMissing(root, need)
    if (missing !== null) await install(root, missing, owns)
  })
}

/**
 * Compares the lockfile with the one npm leaves in node_modules at the end of an installation, by content: times say
 * nothing after `git checkout`.
 *
 * @returns {string | null} why an installation is needed
 */
export function whatIsMissing(root, { withTools }) {
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const present = installedPackages(root)
  if (present === null) return 'nothing is installed yet'
  for (const [path, { version, integrity, optional, dev }] of Object.entries(wanted)) {
    if (path === '') continue
    const found = present[path]
    // Optional packages are those of other platforms, mostly; npm knows which of them belong here.
    if (found === undefined && (optional || (dev && !withTools))) continue
    if (found === undefined) return `${path} is missing`
    // An entry without a hash was written where that package could not be fetched; its version is all there is to compare.
    const isOther = integrity !== undefined && found.integrity !== integrity
    if (found.version !== version || isOther) return `${path} is not version ${version}`
  }
  return null
}

function installedPackages(root) {
  try {
    return JSON.parse(readFileSync(join(root, 'node_modules', '.package-lock.json'), 'utf8')).packages
  } catch {
    return null // No file, or half of one: an installation that did not reach its end.
  }
}

/** Runs npm where it can be seen, on stderr: stdout belongs to the program. */
async function install(root, why, owns) {
  const say = (text) => process.stderr.write(`merpati: ${text}\n`)
  say(`installing dependencies (${why}); the first time this takes about a minute`)
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_FOR_NPM.test(name)))
  const npm = process.env.npm_execpath
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  const usesNpmFile = npm !== undefined && /npm-cli\.[cm]?js$/.test(npm)
  const child = usesNpmFile
    ? spawn(process.execPath, [npm, ...args], { cwd: root, env, stdio: ['ignore', 2, 2] })
    : spawn('npm', args, { cwd: root, env, stdio: ['ignore', 2, 2] })
  if (child.pid !== undefined) owns(child.pid)
  const startedMs = Date.now()
  const progress = setInterval(() => say(`still installing, ${Math.round((Date.now() - startedMs) / 1000)} s`), PROGRESS_MS)
  const stop = (signal) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
  try {
    const ending = await new Promise((resolve, reject) => {
      child.on('error', (error) => reject(new Error(`npm could not be started (${error.message}): install npm 11 or 12`)))
      child.on('exit', (code, signal) => resolve(signal ?? code))
    })
    if (ending !== 0) throw new Error(`npm ci ended with ${ending}: see what it said above, then start again`)
    say('dependencies are installed')
  } finally {
    clearInterval(progress)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, stop)
  }
}
