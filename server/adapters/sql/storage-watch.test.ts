import { expect, test } from 'vitest'
import { MillraceError, type StorageFailure } from '#server/domain/errors.ts'
import { createStorageWatch } from './storage-watch.ts'

const full = new MillraceError('storage-full', 'full') as StorageFailure
const busy = new MillraceError('storage-busy', 'busy') as StorageFailure

function watched() {
  const told: (string | undefined)[] = []
  const disk = { hasRoom: true }
  const probe = () => {
    if (!disk.hasRoom) throw full
  }
  return { told, disk, watch: createStorageWatch(probe, (failure) => void told.push(failure?.code)) }
}

test('a failure is told once, until its reason changes or it is over', () => {
  const { told, watch } = watched()
  for (const failure of [full, full, busy, busy]) watch.failed(failure)
  watch.succeeded()
  watch.succeeded()
  expect(told).toEqual(['storage-full', 'storage-busy', undefined])
})

test('a call that had nothing to write does not mean that the disk has room', () => {
  const { told, disk, watch } = watched()
  disk.hasRoom = false
  watch.failed(full)
  watch.succeeded()
  expect(told).toEqual(['storage-full'])
  disk.hasRoom = true
  watch.succeeded()
  expect(told).toEqual(['storage-full', undefined])
})
