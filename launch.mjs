// Starts Millrace: `node launch.mjs [all|api|worker]`, or `build` for the page alone. Plain JavaScript of 2019, because it
// must be able to say "this Node is too old" to a Node that is.
import { spawn, spawnSync } from 'child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'fs'
import * as nodeModule from 'module'
import { constants } from 'os'
import { dirname, join } from 'path'
import { fileURLToPath, pathToFileURL } from 'url'

const REQUIRED_NODE = 24
const root = dirname(fileURLToPath(import.meta.url))
const role = process.argv[2] || 'all'

main()

function main() {
  if (Number(process.versions.node.split('.')[0]) < REQUIRED_NODE) return runUnderInstalledNode()
  const missing = missingDependency()
  if (missing) return fail(`Millrace is not installed yet (${missing} is missing). Run: npm ci`)
  if (role === 'build' || (role !== 'worker' && pageIsStale())) buildPage()
  if (role !== 'build' && !process.exitCode) runServer()
}

/** `npm ci` brings a pinned Node along; npm scripts find it by themselves, a plain `node launch.mjs` does not. */
function runUnderInstalledNode() {
  const installed = join(root, 'node_modules/node/bin/node')
  if (!existsSync(installed)) {
    return fail(
      `Millrace needs Node ${REQUIRED_NODE} or newer; this is ${process.version}. Run: npm ci (it brings one along)`,
    )
  }
  const child = spawn(installed, process.argv.slice(1), { stdio: 'inherit' })
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  signals.forEach((signal) => process.on(signal, () => child.kill(signal)))
  child.on('error', (error) => fail(`${installed} does not start: ${error.message}. Run: npm ci`))
  child.on('exit', (code, signal) => process.exit(code === null ? 128 + constants.signals[signal] : code))
}

function missingDependency() {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return Object.keys(dependencies).find((name) => !existsSync(join(root, 'node_modules', name, 'package.json')))
}

/** Whether the built page is missing or older than anything it is made from. Without Vite what is there has to do. */
function pageIsStale() {
  const built = join(root, 'dist/web/index.html')
  if (!existsSync(join(root, 'node_modules/vite'))) return false
  if (!existsSync(built)) return true
  const builtAt = statSync(built).mtimeMs
  return ['web', 'client', 'protocol', 'package-lock.json'].some((path) => isNewer(join(root, path), builtAt))
}

/** A folder counts as well as its files: it changes when one is added, renamed or removed. */
function isNewer(path, time) {
  const stats = statSync(path)
  if (stats.mtimeMs > time) return true
  return stats.isDirectory() && readdirSync(path).some((name) => !isTest(name) && isNewer(join(path, name), time))
}

function isTest(name) {
  return name.includes('.test.')
}

function buildPage() {
  process.stdout.write('Building the page. This is done once, and again when its sources change.\n')
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const options = ['build', '--config', 'web/vite.config.ts', '--logLevel', 'error']
  // A test runner's or a developer's NODE_ENV would put React's development build into the page.
  const env = Object.assign({}, process.env, { NODE_ENV: 'production' })
  const { status } = spawnSync(process.execPath, [vite, ...options], { cwd: root, env, stdio: 'inherit' })
  if (status !== 0) fail('The page could not be built; the lines above say why.')
}

function runServer() {
  // Compiled code is kept between starts; the child processes find the folder in their environment.
  const cache = join(root, 'node_modules/.cache/millrace')
  nodeModule.enableCompileCache(cache)
  process.env.NODE_COMPILE_CACHE = cache
  process.argv.splice(2, process.argv.length, role)
  void import(pathToFileURL(join(root, 'server/main.ts')).href)
}

function fail(line) {
  process.stderr.write(`${line}\n`)
  process.exitCode = 1
}
