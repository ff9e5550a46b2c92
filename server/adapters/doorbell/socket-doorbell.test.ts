import { mkdtemp, rm, writeFile, readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Bell, Doorbell } from '#server/ports/doorbell.ts'
import { bellFolder } from './bell-folder.ts'
import { createSocketDoorbell } from './socket-doorbell.ts'

let folder: string
let open: Doorbell[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bells-'))
  open = []
})

afterEach(async () => {
  await Promise.all(open.map((doorbell) => doorbell.close()))
  await rm(folder, { recursive: true, force: true })
})

async function doorbell(name: string, hearsLog = true): Promise<{ bell: Doorbell; heard: Bell[] }> {
  const bell = await createSocketDoorbell({ folder, name, hearsLog })
  open.push(bell)
  const heard: Bell[] = []
  bell.listen((ring) => heard.push(ring))
  return { bell, heard }
}

test('every other process hears a ring, the ringer does not', async () => {
  const a = await doorbell('a')
  const b = await doorbell('b')
  const c = await doorbell('c')
  await vi.waitFor(() => {
    a.bell.ring({ kind: 'cancel', generationId: 'g1' })
    expect(b.heard).toContainEqual({ kind: 'cancel', generationId: 'g1' })
    expect(c.heard).toContainEqual({ kind: 'cancel', generationId: 'g1' })
  })
  expect(a.heard).toEqual([])
})

test('a ring for the log reaches only those who hear it', async () => {
  const a = await doorbell('a')
  const worker = await doorbell('worker', false)
  const api = await doorbell('api')
  await vi.waitFor(() => {
    a.bell.ring({ kind: 'log' })
    a.bell.ring({ kind: 'jobs' })
    for (const { heard } of [api, worker]) expect(heard).toContainEqual({ kind: 'jobs' })
  })
  expect(api.heard).toContainEqual({ kind: 'log' })
  expect(worker.heard).not.toContainEqual({ kind: 'log' })
})

test('a process that comes back under its old name is heard again', async () => {
  const a = await doorbell('a')
  const first = await createSocketDoorbell({ folder, name: 'b', hearsLog: true })
  await first.close()
  const b = await doorbell('b')
  await vi.waitFor(
    () => {
      a.bell.ring({ kind: 'jobs' })
      expect(b.heard).toContainEqual({ kind: 'jobs' })
    },
    { timeout: 15_000 },
  )
})

test('the socket file of a dead process is removed', async () => {
  const path = join(folder, 'dead.sock')
  // A listener that dies without unlinking leaves its file: rename keeps node from removing it.
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(join(folder, 'living'), () => resolve()))
  const { rename } = await import('node:fs/promises')
  await rename(join(folder, 'living'), path)
  await new Promise((resolve) => server.close(resolve))
  await doorbell('a')
  await vi.waitFor(async () => expect(await readdir(folder)).toEqual(['a.log.sock']), { timeout: 15_000 })
})

test('processes that start at the same moment all hear each other', async () => {
  const all = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => doorbell(name)))
  expect((await readdir(folder)).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}.log.sock`))
  await vi.waitFor(() => {
    for (const { bell } of all) bell.ring({ kind: 'jobs' })
    for (const { heard } of all) expect(heard.length).toBeGreaterThan(4)
  })
})

test('lines that are no bells are ignored', async () => {
  const a = await doorbell('a')
  await writeFile(join(folder, 'note.txt'), 'not a socket')
  const { connect } = await import('node:net')
  const socket = connect(join(folder, 'a.log.sock'))
  socket.write('nonsense\ncancel\n\nlog\nlog\n')
  await vi.waitFor(() => expect(a.heard).toEqual([{ kind: 'log' }]))
  socket.destroy()
})

test('a data folder with a long path gets its sockets in the temporary folder', () => {
  expect(bellFolder('/srv/millrace')).toBe('/srv/millrace/bells')
  const long = bellFolder(`/srv/${'x'.repeat(90)}`)
  expect(Buffer.byteLength(join(long, 'worker-4194304-xxxxxxxx.sock'))).toBeLessThan(108)
})
