import type { Worker } from 'node:worker_threads'
import type { Clock } from '#server/ports/clock.ts'
import { openEmbeddedBackend, type EmbeddedBackend } from './embedded-backend.ts'

export interface MortalBackend extends EmbeddedBackend {
  /** Ends its thread in the middle of what it does, as the death of its process would. */
  kill(): Promise<void>
}

/** The backend as one more process has it open, which can be killed. */
export async function openMortalBackend(options: { file: string; clock: Clock }): Promise<MortalBackend> {
  const started = Promise.withResolvers<Worker>()
  process.once('worker', started.resolve)
  const backend = await openEmbeddedBackend({ ...options, onLogCommit: () => {} })
  const thread = await started.promise
  return {
    ...backend,
    async kill() {
      await thread.terminate()
      await backend.close()
    },
  }
}
