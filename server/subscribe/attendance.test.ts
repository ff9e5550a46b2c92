import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createAttendance, type AttendanceDependencies } from './attendance.ts'

const GRACE_MS = 5_000

let stopped: string[]
let errors: number

beforeEach(() => {
  vi.useFakeTimers()
  stopped = []
  errors = 0
})
afterEach(() => vi.useRealTimers())

function open(change: Partial<AttendanceDependencies> = {}) {
  return createAttendance({
    graceMs: GRACE_MS,
    listExpected: async () => [],
    stop: async (id) => void stopped.push(id),
    logger: { error: () => void errors++, warn() {}, info() {} },
    ...change,
  })
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

test('what nobody comes to read is stopped after the grace, and once', async () => {
  open().expectReaders('a')
  await pass(GRACE_MS - 1)
  expect(stopped).toEqual([])
  await pass(GRACE_MS * 3)
  expect(stopped).toEqual(['a'])
})

test('a reader keeps it, however long, and the grace begins when the last one has gone', async () => {
  const attendance = open()
  attendance.expectReaders('a')
  const leave = [attendance.attend('a'), attendance.attend('a')]
  await pass(GRACE_MS * 10)
  leave[0]?.()
  leave[0]?.()
  await pass(GRACE_MS * 10)
  expect(stopped).toEqual([])
  leave[1]?.()
  await pass(GRACE_MS)
  expect(stopped).toEqual(['a'])
})

test('a reader who comes back within the grace keeps it', async () => {
  const attendance = open()
  attendance.expectReaders('a')
  for (let round = 0; round < 5; round++) {
    const leave = attendance.attend('a')
    await pass(1)
    leave()
    await pass(GRACE_MS - 1)
  }
  attendance.attend('a')
  await pass(GRACE_MS * 2)
  expect(stopped).toEqual([])
})

test('whoever reads already counts when readers are expected only then', async () => {
  const attendance = open()
  const leave = attendance.attend('a')
  attendance.expectReaders('a')
  await pass(GRACE_MS * 2)
  expect(stopped).toEqual([])
  leave()
  await pass(GRACE_MS)
  expect(stopped).toEqual(['a'])
})

test('what nobody was told to expect is never stopped', async () => {
  open().attend('a')()
  await pass(GRACE_MS * 2)
  expect(stopped).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})

test('what has ended needs no reader, and leaves no timer behind', async () => {
  const attendance = open()
  attendance.expectReaders('a')
  const leave = attendance.attend('a')
  attendance.forget('a')
  leave()
  expect(vi.getTimerCount()).toBe(0)
})

test('what an earlier process expected is taken up with a whole grace, for readers on their way back', async () => {
  const attendance = open({ listExpected: async () => ['a', 'b'] })
  await pass(GRACE_MS - 1)
  attendance.attend('b')
  await pass(GRACE_MS)
  expect(stopped).toEqual(['a'])
})

test('a list that cannot be read, and a stop that fails, are tried again', async () => {
  let failures = 2
  const fail = <T>(result: T) => {
    if (failures-- > 0) throw new Error('the disk is full')
    return result
  }
  open({ listExpected: async () => fail(['a']), stop: async (id) => void fail(stopped.push(id)) })
  await pass(GRACE_MS * 4)
  expect(errors).toBe(2)
  expect(stopped).toContain('a')
})

test('a server that closes stops nothing', async () => {
  const attendance = open()
  attendance.expectReaders('a')
  const leave = attendance.attend('b')
  attendance.expectReaders('b')
  attendance.close()
  leave()
  attendance.expectReaders('c')
  await pass(GRACE_MS * 2)
  expect(stopped).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})
