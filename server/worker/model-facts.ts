import type { ModelChoice } from '#server/domain/generation.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { ModelRecord, Store } from '#server/ports/store.ts'
import type { DescribeModels } from './describe-models.ts'

/** What the catalogue knows of models, for those who ask for it with every request. */
export interface ModelFacts {
  /** Undefined where nothing is known. Never rejects: an answer can be written without. */
  of(model: ModelChoice): Promise<ModelRecord | undefined>
}

/** A list changes every few minutes at most, and is read whole. */
const FRESH_MS = 5_000

export function createModelFacts({
  store,
  clock,
  describe,
}: {
  store: Pick<Store, 'readCatalogue'>
  clock: Pick<Clock, 'now'>
  /** Says what is known of models whose list nobody has read: those of vendors that only users have keys for. */
  describe?: DescribeModels
}): ModelFacts {
  let reading: Promise<Map<string, ModelRecord>> | undefined
  let readAt = 0

  async function read(): Promise<Map<string, ModelRecord>> {
    const known = new Map<string, ModelRecord>()
    for (const [provider, { models }] of await store.readCatalogue())
      for (const record of models) known.set(nameOf({ provider, model: record.id }), record)
    return known
  }

  return {
    async of(model) {
      const now = clock.now()
      // A clock that was put back must not keep it for ever.
      if (!reading || Math.abs(now - readAt) >= FRESH_MS) {
        readAt = now
        reading = read()
      }
      const known = await reading.catch(() => undefined)
      return known?.get(nameOf(model)) ?? (describe && describedAlone(model, describe))
    },
  }
}

function describedAlone({ provider, model }: ModelChoice, describe: DescribeModels): ModelRecord | undefined {
  const bare: ModelRecord = { id: model, name: null, contextLength: null }
  const described = describe(provider, [bare]).find(({ id }) => id === model)
  return described === bare ? undefined : described
}

function nameOf({ provider, model }: ModelChoice): string {
  return `${provider}/${model}`
}
