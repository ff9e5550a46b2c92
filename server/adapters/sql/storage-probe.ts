import { MillraceError } from '#server/domain/errors.ts'
import type { BackendLink } from './backend-link.ts'
import { storageAdvice } from './storage-failure.ts'

/** So long the answer to one probe stands for the next. */
const FRESH_MS = 1_000
/** Whoever asks for the health of a server does not wait longer. */
const MAX_WAIT_MS = 1_000

/** Asks whether anything can be stored now, by a write that changes nothing: at most one a second, however many ask. */
export function createStorageProbe(link: Pick<BackendLink, 'probe'>): () => Promise<void> {
  let probed: Promise<void> | undefined
  let startedAt = -Infinity

  return () => {
    if (!probed || performance.now() - startedAt >= FRESH_MS) {
      startedAt = performance.now()
      probed = orBusy(link.probe())
    }
    return probed
  }
}

async function orBusy(probe: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const busy = (): void => reject(new MillraceError('storage-busy', storageAdvice('storage-busy')))
    timer = setTimeout(busy, MAX_WAIT_MS)
  })
  await Promise.race([probe, late]).finally(() => clearTimeout(timer))
}
