import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { startChild, type ChildMessage } from './child.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-child-'))
afterAll(() => rmSync(folder, { recursive: true }))

function start(name: string, code: string, messages: ChildMessage[] = []) {
  const script = join(folder, name)
  writeFileSync(script, code)
  const onMessage = (message: ChildMessage) => void messages.push(message)
  const child = startChild({ script, arguments: [] }, onMessage, { aliveMs: 50, hungAfterMs: 1_500 })
  onTestFinished(() => child.kill('SIGKILL'))
  return child
}

const ALIVE = "setInterval(() => process.send({ kind: 'alive' }), 50)"

test('a child whose event loop hangs is killed', { timeout: 60_000 }, async () => {
  const child = start('hangs.cjs', `${ALIVE}; setTimeout(() => { for (;;); }, 200)`)
  await child.exited
})

test('one that says that it lives is left alone for as long as it does', { timeout: 60_000 }, async () => {
  const messages: ChildMessage[] = []
  const child = start('lives.cjs', `${ALIVE}; setTimeout(() => process.exit(), 3_000)`, messages)
  await child.exited
  expect(messages.length).toBeGreaterThan(40)
})
