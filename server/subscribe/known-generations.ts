import type { GenerationRow, Store } from '#server/ports/store.ts'

const MAX_KNOWN = 5_000

/** Whose a generation is, and what for: this never changes. */
export type KnownGeneration = Pick<GenerationRow, 'userId' | 'conversationId' | 'messageId' | 'purpose'>

export interface KnownGenerations {
  /** At once where it is known; else it is asked for. Undefined when there is none. */
  find(generationId: string): KnownGeneration | Promise<KnownGeneration | undefined>
}

/** Remembers a bounded number of generations; the one that was asked for first is forgotten first. */
export function createKnownGenerations(store: Pick<Store, 'findGeneration'>, maxKnown = MAX_KNOWN): KnownGenerations {
  const known = new Map<string, KnownGeneration>()

  async function ask(generationId: string): Promise<KnownGeneration | undefined> {
    const row = await store.findGeneration(generationId)
    if (!row) return undefined
    const { userId, conversationId, messageId, purpose } = row
    const generation = { userId, conversationId, messageId, purpose }
    if (known.size >= maxKnown)
      for (const oldest of known.keys()) {
        known.delete(oldest)
        break
      }
    known.set(generationId, generation)
    return generation
  }

  return { find: (generationId) => known.get(generationId) ?? ask(generationId) }
}
