import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeFakeRuntime } from './fake-runtime.fixture.ts'
import { findRuntime, installCommand, platformBuild, RUNTIME_VERSION } from './runtime-location.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace runtime-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a runtime in its folder is found as soon as it is there', () => {
  expect(findRuntime(folder) ?? '').not.toContain('millrace%20runtime')
  writeFakeRuntime(folder)
  expect(findRuntime(folder)).toMatch(/millrace%20runtime-.*\/node_modules\/node-llama-cpp\/index\.js$/)
})

test('a folder without a package in it is none', () => {
  mkdirSync(join(folder, 'node_modules/node-llama-cpp'), { recursive: true })
  expect(findRuntime(folder) ?? '').not.toContain('millrace%20runtime')
})

test.each([
  ['linux', 'x64', 'linux-x64'],
  ['linux', 'arm64', 'linux-arm64'],
  ['linux', 'arm', 'linux-armv7l'],
  ['darwin', 'arm64', 'mac-arm64-metal'],
  ['darwin', 'x64', 'mac-x64'],
  ['win32', 'x64', 'win-x64'],
  ['win32', 'arm64', 'win-arm64'],
  ['freebsd', 'x64', undefined],
])('the build for %s on %s is %s', (platform, architecture, build) => {
  expect(platformBuild(platform, architecture)).toBe(build)
})

test('the command names the folder, and the version that was tried', () => {
  expect(installCommand(join(process.cwd(), 'data/runtime'))).toMatch(
    /^npm install --prefix \.\/data\/runtime --omit=optional --ignore-scripts node-llama-cpp@[\d.]+ @node-llama-cpp\/[\w-]+@[\d.]+$/,
  )
  expect(installCommand(folder)).toContain(`--prefix "${folder}" `)
})

test('that version is one that package.json allows', () => {
  const root = new URL('../../../package.json', import.meta.url)
  const { peerDependencies } = JSON.parse(readFileSync(root, 'utf8')) as { peerDependencies: Record<string, string> }
  expect(peerDependencies['node-llama-cpp']).toBe(`^${RUNTIME_VERSION}`)
})
