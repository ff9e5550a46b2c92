import type { StorageFailure } from '#server/domain/errors.ts'

/** Tells when writes begin to fail for reasons of the disk or a lock, when the reason changes, and when they succeed again. */
export function createStorageWatch(onChange: (failure: StorageFailure | undefined) => void) {
  let last: StorageFailure | undefined
  return {
    failed(failure: StorageFailure): void {
      const changed = failure.code !== last?.code
      last = failure
      if (changed) onChange(failure)
    },
    succeeded(): void {
      if (!last) return
      last = undefined
      onChange(undefined)
    },
  }
}
