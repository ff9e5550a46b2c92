import type { StorageFailure } from '#server/domain/errors.ts'

/**
 * Tells when writes begin to fail for reasons of the disk or a lock, when the reason changes, and when they succeed again.
 * Many calls succeed on a full disk because there was nothing for them to change: after a failure only `probe`, a commit
 * that writes, is believed.
 */
export function createStorageWatch(probe: () => void, onChange: (failure: StorageFailure | undefined) => void) {
  let last: StorageFailure | undefined
  return {
    failed(failure: StorageFailure): void {
      const changed = failure.code !== last?.code
      last = failure
      if (changed) onChange(failure)
    },
    succeeded(): void {
      if (!last) return
      try {
        probe()
      } catch {
        return
      }
      last = undefined
      onChange(undefined)
    },
  }
}
