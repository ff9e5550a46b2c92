import { expect, test } from 'vitest'
import type { CatalogueEntry, ModelRecord } from '#server/ports/store.ts'
import { createModelFacts } from './model-facts.ts'

const listed: ModelRecord = { id: 'm', name: 'M', contextLength: 8_000 }
const entry: CatalogueEntry = { models: [listed], status: 'up', error: null, checkedAt: 1 }

function facts(more: { describe?: (provider: string, models: readonly ModelRecord[]) => ModelRecord[] } = {}) {
  let reads = 0
  let now = 1_000
  const of = createModelFacts({
    store: { readCatalogue: async () => (reads++, new Map([['openai', entry]])) },
    clock: { now: () => now },
    ...more,
  })
  return { ...of, reads: () => reads, advance: (milliseconds: number) => void (now += milliseconds) }
}

test('the catalogue is read once in a while, not with every answer', async () => {
  const known = facts()
  expect(await known.of({ provider: 'openai', model: 'm' })).toEqual(listed)
  expect(await known.of({ provider: 'openai', model: 'other' })).toBeUndefined()
  expect(known.reads()).toBe(1)
  known.advance(5_000)
  await known.of({ provider: 'openai', model: 'm' })
  expect(known.reads()).toBe(2)
})

test('of a model that no list names, of a vendor that only users have keys for, there is what is known anyway', async () => {
  const known = facts({
    describe: (provider, models) =>
      models.map((model) => (provider === 'anthropic' ? { ...model, contextLength: 9 } : model)),
  })
  expect(await known.of({ provider: 'anthropic', model: 'claude' })).toMatchObject({ id: 'claude', contextLength: 9 })
  expect(await known.of({ provider: 'nobody', model: 'x' })).toBeUndefined()
  // What its list said comes first.
  expect(await known.of({ provider: 'openai', model: 'm' })).toEqual(listed)
})
