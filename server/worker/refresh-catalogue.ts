import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '#server/ports/clock.ts'
import { ProviderFailure, type Provider } from '#server/ports/provider.ts'
import type { CatalogueEntry, Store } from '#server/ports/store.ts'
import type { DescribeModels } from './describe-models.ts'
import { wait } from './wait.ts'

const TIMEOUT_MS = 10_000
const CATALOGUE_MAX_AGE_MS = { up: 5 * 60_000, down: 30_000 }
/** How much later than that an adapter is given up that does not listen. */
const DEAF_MS = 1_000
/** Longer than asking takes: whoever set out and is not back by then has died on the way. */
const CLAIM_MS = TIMEOUT_MS + 5_000
/** Of an age, so that what was asked at once is not asked at once for ever. */
const JITTER = 0.1

export interface CatalogueDependencies {
  store: Pick<Store, 'readCatalogue' | 'saveCatalogue' | 'claimCatalogue'>
  providers: ReadonlyMap<string, Provider>
  clock: Pick<Clock, 'now'>
  describe: DescribeModels
  /** After each list that was stored. */
  onSaved?: (provider: string) => void
  /** Takes what was stored before this for old: what is known of models, and who is set up, may have changed since. */
  notBefore?: number
  /** From 0 to 1. */
  random?: () => number
  timeoutMs?: number
}

/**
 * Asks every provider whose entry is old for its models, all at once, and stores what each says as soon as it says it: one
 * that is slow keeps no other waiting. Of several workers one asks. A provider that cannot be reached keeps the models of
 * its last good answer.
 */
export async function refreshCatalogue(deps: CatalogueDependencies, signal: AbortSignal): Promise<void> {
  const { store, providers, clock } = deps
  const known = await store.readCatalogue()
  const open = [...providers.values()].filter(({ needsKey }) => !needsKey)
  const asked = await Promise.allSettled(
    open.map(async (provider) => {
      const before = known.get(provider.id)
      if (!isDue(before, deps) && !(await hasNews(provider, before, deps, signal))) return
      const now = clock.now()
      if (!(await store.claimCatalogue(provider.id, { now, before: now - CLAIM_MS }))) return
      const entry = await askForModels(provider, before, deps, signal)
      if (signal.aborted) return
      await store.saveCatalogue(provider.id, entry)
      deps.onSaved?.(provider.id)
    }),
  )
  for (const result of asked) if (result.status === 'rejected') throw result.reason
}

function isDue(entry: CatalogueEntry | undefined, deps: CatalogueDependencies): boolean {
  if (!entry || entry.status === 'pending') return true
  const { clock, notBefore = 0, random = Math.random } = deps
  const age = clock.now() - entry.checkedAt
  // A clock that was set back would else leave it as it is for as long.
  if (age < 0 || entry.checkedAt < notBefore) return true
  return age >= CATALOGUE_MAX_AGE_MS[entry.status] * (1 + JITTER * (2 * random() - 1))
}

/** Whether what it says differs from what is known, without a word to the database: nothing is written where nothing is new. */
async function hasNews(
  provider: Provider,
  before: CatalogueEntry | undefined,
  deps: CatalogueDependencies,
  signal: AbortSignal,
): Promise<boolean> {
  if (!provider.listsCheaply) return false
  const { models, status, error } = await askForModels(provider, before, deps, signal)
  return !isDeepStrictEqual([models, status, error], [before?.models, before?.status, before?.error])
}

async function askForModels(
  provider: Provider,
  before: CatalogueEntry | undefined,
  { clock, describe, timeoutMs = TIMEOUT_MS }: CatalogueDependencies,
  signal: AbortSignal,
): Promise<CatalogueEntry> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  try {
    const models = await Promise.race([provider.models(patience), tooLate(timeoutMs + DEAF_MS)])
    return { models: describe(provider.id, models), status: 'up', error: null, checkedAt: clock.now() }
  } catch (error) {
    return { models: before?.models ?? [], status: 'down', error: reasonOf(error), checkedAt: clock.now() }
  }
}

async function tooLate(ms: number): Promise<never> {
  await wait(ms)
  throw new Error('It did not list its models in time.')
}

/** An adapter that fails in another way must not keep its provider from ever being looked at. */
function reasonOf(error: unknown): string {
  if (error instanceof ProviderFailure) return error.error.message || error.error.kind
  return error instanceof Error ? error.message : String(error)
}
