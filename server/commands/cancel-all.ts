import type { CancelReceipts } from '#protocol/api/generations.ts'
import { cancelGeneration, type CancelDependencies } from './cancel-generation.ts'

/** Stops every generation of the user that has not ended, each as if it alone had been asked to stop. */
export async function cancelAll(deps: CancelDependencies, userId: string): Promise<CancelReceipts> {
  const ids = await deps.store.listRunning(userId)
  // All at once: a place that one of them leaves must not start another that is to be stopped as well.
  const receipts = await Promise.all(
    ids.map(
      async (generationId) =>
        [generationId, await cancelGeneration(deps, { userId, generationId, by: 'user' })] as const,
    ),
  )
  return { receipts: Object.fromEntries(receipts) }
}
