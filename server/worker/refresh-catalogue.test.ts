import { describe, expect, test } from 'vitest'
import { openBackendForTests, type BackendForTests } from '#server/adapters/sql/backend-for-tests.ts'
import { ProviderFailure, type Provider } from '#server/ports/provider.ts'
import type { ModelRecord } from '#server/ports/store.ts'
import { refreshCatalogue, type CatalogueDependencies } from './refresh-catalogue.ts'

const model = (id: string): ModelRecord => ({ id, name: null, contextLength: null })
const never = new AbortController().signal

function provider(id: string, models: Provider['models'], more: Partial<Provider> = {}): Provider {
  return {
    id,
    local: false,
    async *stream() {
      // Nobody asks it here.
    },
    models,
    ...more,
  }
}

async function withCatalogue(
  use: (scene: {
    backend: BackendForTests
    refresh: (providers: Provider[], more?: Partial<CatalogueDependencies>) => Promise<void>
  }) => Promise<void>,
): Promise<void> {
  const backend = await openBackendForTests()
  const refresh = (providers: Provider[], more: Partial<CatalogueDependencies> = {}) =>
    refreshCatalogue(
      {
        store: backend.store,
        clock: { now: backend.now },
        providers: new Map(providers.map((each) => [each.id, each])),
        describe: (_provider, models) => [...models],
        random: () => 0.5,
        ...more,
      },
      never,
    )
  try {
    await use({ backend, refresh })
  } finally {
    await backend.close()
  }
}

describe('refreshing the catalogue', () => {
  test('a slow vendor keeps no other waiting: each list is stored as soon as it is there', () =>
    withCatalogue(async ({ backend, refresh }) => {
      const slow = Promise.withResolvers<ModelRecord[]>()
      const saved: string[] = []
      const fastSaved = Promise.withResolvers<void>()
      const refreshed = refresh([provider('slow', () => slow.promise), provider('fast', async () => [model('m')])], {
        onSaved(id) {
          saved.push(id)
          fastSaved.resolve()
        },
      })
      await fastSaved.promise
      expect(saved).toEqual(['fast'])
      const catalogue = await backend.store.readCatalogue()
      expect(catalogue.get('fast')).toMatchObject({ status: 'up', models: [{ id: 'm' }] })
      expect(catalogue.get('slow')).toMatchObject({ status: 'pending', models: [] })
      slow.resolve([])
      await refreshed
      expect(saved).toEqual(['fast', 'slow'])
    }))

  test('who lists cheaply is asked each time, and nothing is stored until it says something new', () =>
    withCatalogue(async ({ backend, refresh }) => {
      const saved: string[] = []
      let listed: ModelRecord[] | undefined = [model('m')]
      const list = async () => {
        if (listed) return listed
        throw new ProviderFailure({ kind: 'server', message: 'gone', retryable: false })
      }
      const look = async () => {
        backend.advance(16_000)
        await refresh([provider('files', list, { listsCheaply: true })], { onSaved: (id) => saved.push(id) })
      }
      for (let time = 0; time < 3; time += 1) await look()
      expect(saved).toHaveLength(1)
      listed = [model('m'), model('new')]
      for (let time = 0; time < 3; time += 1) await look()
      expect(saved).toHaveLength(2)
      listed = undefined
      await look()
      expect(saved).toHaveLength(3)
      expect((await backend.store.readCatalogue()).get('files')).toMatchObject({ status: 'down', error: 'gone' })
    }))

  test('of several workers one asks', () =>
    withCatalogue(async ({ refresh }) => {
      let asked = 0
      const only = [provider('one', async () => [model(`m${++asked}`)])]
      await Promise.all([refresh(only), refresh(only), refresh(only)])
      expect(asked).toBe(1)
    }))

  test('who set out to ask and died on the way keeps the others from asking for a moment only', () =>
    withCatalogue(async ({ backend, refresh }) => {
      const one = [provider('one', async () => [model('m')])]
      expect(await backend.store.claimCatalogue('one', { now: backend.now(), before: backend.now() - 15_000 })).toBe(
        true,
      )
      await refresh(one)
      expect((await backend.store.readCatalogue()).get('one')).toMatchObject({ status: 'pending' })
      backend.advance(15_001)
      await refresh(one)
      expect((await backend.store.readCatalogue()).get('one')).toMatchObject({ status: 'up' })
    }))

  test('a list is asked for again after five minutes, one that could not be had after half a minute', () =>
    withCatalogue(async ({ backend, refresh }) => {
      const asked = { up: 0, down: 0 }
      const providers = [
        provider('up', async () => [model(`m${++asked.up}`)]),
        provider('down', () => {
          asked.down++
          throw new ProviderFailure({ kind: 'network', message: 'refused', retryable: true })
        }),
      ]
      await refresh(providers)
      backend.advance(29_000)
      await refresh(providers)
      expect(asked).toEqual({ up: 1, down: 1 })
      backend.advance(1_000)
      await refresh(providers)
      expect(asked).toEqual({ up: 1, down: 2 })
      backend.advance(270_000)
      await refresh(providers)
      expect(asked).toEqual({ up: 2, down: 3 })
      // A jitter, so that they are not asked all at once for ever.
      backend.advance(299_000)
      await refresh(providers, { random: () => 0 })
      expect(asked.up).toBe(3)
      // What was stored before this process started is old, whatever its age.
      backend.advance(20_000)
      await refresh(providers, { notBefore: backend.now() })
      expect(asked.up).toBe(4)
    }))

  test('a vendor that fails keeps the models of its last list, and says why it is down, however it fails', () =>
    withCatalogue(async ({ backend, refresh }) => {
      await refresh([provider('one', async () => [model('m')]), provider('two', async () => [])])
      backend.advance(400_000)
      await refresh(
        [
          provider('one', () => Promise.reject(new TypeError('a fault of the adapter'))),
          provider('two', () => new Promise(() => {}), {}),
        ],
        { timeoutMs: 20 },
      )
      const catalogue = await backend.store.readCatalogue()
      expect(catalogue.get('one')).toMatchObject({
        status: 'down',
        error: 'a fault of the adapter',
        models: [{ id: 'm' }],
      })
      expect(catalogue.get('two')).toMatchObject({ status: 'down', error: 'It did not list its models in time.' })
    }))

  test('a vendor without a key is not asked', () =>
    withCatalogue(async ({ backend, refresh }) => {
      await refresh([provider('none', () => Promise.reject(new Error('asked')), { needsKey: true })])
      expect(await backend.store.readCatalogue()).toEqual(new Map())
    }))

  test('what is stored is what was made of the list', () =>
    withCatalogue(async ({ backend, refresh }) => {
      const describe = (id: string, models: readonly ModelRecord[]) => [...models, model(`more of ${id}`)]
      await refresh([provider('one', async () => [model('m')])], { describe })
      expect((await backend.store.readCatalogue()).get('one')?.models.map(({ id }) => id)).toEqual(['m', 'more of one'])
    }))
})
