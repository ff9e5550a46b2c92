import { isStorageFailure } from '#server/domain/errors.ts'
import type { EventLog } from '#server/ports/event-log.ts'
import type { JobQueue } from '#server/ports/job-queue.ts'
import type { Store } from '#server/ports/store.ts'
import { wait } from './wait.ts'

const FIRST_DELAY_MS = 50
const MAX_DELAY_MS = 2_000

/**
 * Calls again for as long as a full disk or a locked database refuses it: both pass, and a person may take hours for it.
 * Throws any other failure at once, and the storage's own when `giveUp` aborts first.
 */
export function untilStored<Result>(call: () => Promise<Result>, giveUp: AbortSignal): Promise<Result> {
  return call().catch((error: unknown) => repeat(call, error, giveUp))
}

async function repeat<Result>(call: () => Promise<Result>, error: unknown, giveUp: AbortSignal): Promise<Result> {
  let failure = error
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, MAX_DELAY_MS)) {
    if (!isStorageFailure(failure) || !(await wait(delayMs, giveUp))) throw failure
    try {
      return await call()
    } catch (again) {
      failure = again
    }
  }
}

/** What a running generation asks of the backend, each call made until it is stored: its worker keeps it meanwhile. */
export function untilAllStored<Deps extends { log: EventLog; queue: JobQueue; store: Store }>(
  deps: Deps,
  giveUp: AbortSignal,
): Deps {
  const patient =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    (...args: Args): Promise<Result> =>
      untilStored(() => call(...args), giveUp)
  const { log, queue, store } = deps
  return {
    ...deps,
    log: { ...log, open: patient(log.open), append: patient(log.append), read: patient(log.read) },
    queue: { ...queue, release: patient(queue.release) },
    store: { ...store, branch: patient(store.branch), settle: patient(store.settle) },
  }
}
