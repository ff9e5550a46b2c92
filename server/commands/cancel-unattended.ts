import { isTerminal } from '#server/domain/states.ts'
import { cancelGeneration, type CancelDependencies } from './cancel-generation.ts'

/** Stops a generation that nobody reads any more, if whoever asked for it wished that. */
export async function cancelUnattended(deps: CancelDependencies, generationId: string): Promise<void> {
  const generation = await deps.store.findGeneration(generationId)
  if (!generation || generation.onDisconnect !== 'stop' || isTerminal(generation.status)) return
  await cancelGeneration(deps, { userId: generation.userId, generationId, by: 'disconnect' })
}
