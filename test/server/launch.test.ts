import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const OLD_NODE = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '20.1.0' } })`

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-launch-'))
  cpSync(join(root, 'launch.mjs'), join(folder, 'launch.mjs'))
  put('package.json', '{"dependencies":{"fastify":"*"}}')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('nothing installed: one line that says what to do, exit code 1', () => {
  const run = launch(['all'])
  expect(run.stderr).toMatch(/^Millrace is not installed yet .*Run: npm ci\n$/)
  expect(run.status).toBe(1)
})

test('too old a Node and nothing installed: one line that says what to do, exit code 1', () => {
  const run = launch(['all'], ['--import', OLD_NODE])
  expect(run.stderr).toMatch(/^Millrace needs Node 24 or newer; .*Run: npm ci.*\n$/)
  expect(run.status).toBe(1)
})

test('too old a Node runs the installed one instead, with the same arguments and exit code', () => {
  put('node_modules/node/bin/node', '#!/bin/sh\necho "$@"\nexit 7\n')
  chmodSync(join(folder, 'node_modules/node/bin/node'), 0o755)
  const run = launch(['worker'], ['--import', OLD_NODE])
  expect(run.stdout).toBe(`${join(folder, 'launch.mjs')} worker\n`)
  expect(run.status).toBe(7)
})

test('the page is built when it is missing or older than a source, and not otherwise', () => {
  install()
  expect(launch(['all']).stdout).toMatch(/^Building the page.*\nbuilt\nserver all\n$/)
  expect(launch(['api']).stdout).toBe('server api\n')
  put('protocol/events.ts', 'changed')
  expect(launch(['worker']).stdout).toBe('server worker\n')
  expect(launch(['all']).stdout).toContain('built\n')
  rmSync(join(folder, 'web/page.tsx'))
  expect(launch(['all']).stdout).toContain('built\n')
})

test('a page that cannot be built stops the start with a line and exit code 1', () => {
  install()
  put('node_modules/vite/bin/vite.js', 'process.exit(3)')
  const run = launch(['all'])
  expect(run.stderr).toMatch(/could not be built/)
  expect(run.stdout).not.toContain('server')
  expect(run.status).toBe(1)
})

test('an installation without Vite starts with the page that is there', () => {
  install()
  launch(['all'])
  rmSync(join(folder, 'node_modules/vite'), { recursive: true })
  put('web/page.tsx', 'changed')
  expect(launch(['all']).stdout).toBe('server all\n')
})

/** A project in miniature, with a Vite that only writes the page and a server that only says its role. */
function install() {
  put('node_modules/fastify/package.json', '{}')
  put('web/page.tsx', '')
  put('client/follow.ts', '')
  put('protocol/events.ts', '')
  put('package-lock.json', '{}')
  put('server/main.ts', `console.log('server', process.argv[2] satisfies string | undefined)`)
  put(
    'node_modules/vite/bin/vite.js',
    `require('fs').mkdirSync('dist/web', { recursive: true }); require('fs').writeFileSync('dist/web/index.html', ''); console.log('built')`,
  )
}

function put(name: string, text: string) {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

function launch(args: string[], nodeOptions: string[] = []) {
  return spawnSync(process.execPath, [...nodeOptions, join(folder, 'launch.mjs'), ...args], { encoding: 'utf8' })
}
