import { describe, expect, test } from 'vitest'
import type { StoreScene } from './store-scene.ts'

/** What `Store` promises of files, and of who asks for lists of models. */
export function describeFiles(setScene: () => Promise<StoreScene>): void {
  describe('files', () => {
    const file = { id: 'f', hash: 'a'.repeat(64), mediaType: 'image/png', bytes: 3, name: 'a.png', createdAt: 5 }

    test('are found by their ids, by their user alone', async () => {
      const { store, userId } = await setScene()
      const mine = { ...file, id: `${userId}-1`, userId }
      expect(await store.addFile(mine)).toEqual(mine)
      expect(await store.getFiles(userId, [mine.id, 'nothing'])).toEqual([mine])
      expect(await store.getFiles(`other-${userId}`, [mine.id])).toEqual([])
      expect(await store.getFiles(userId, [])).toEqual([])
    })

    test('that are the same under the same name are kept once for each user', async () => {
      const { store, userId } = await setScene()
      const first = await store.addFile({ ...file, id: `${userId}-1`, userId })
      expect(await store.addFile({ ...file, id: `${userId}-2`, userId, createdAt: 9 })).toEqual(first)
      for (const change of [{ name: 'b.png' }, { hash: 'b'.repeat(64) }, { userId: `other-${userId}` }]) {
        const other = { ...file, id: `${userId}-${Object.keys(change)[0]}`, userId, ...change }
        expect(await store.addFile(other)).toEqual(other)
      }
    })
  })

  describe('asking for the models of a provider', () => {
    test('is for one at a time, and for nobody while the last answer is fresh', async () => {
      const { store, userId: provider } = await setScene()
      const claim = (now: number, before: number) => store.claimCatalogue(provider, { now, before })
      expect(await Promise.all([claim(100, 50), claim(100, 50), claim(101, 51)])).toEqual([true, false, false])
      expect((await store.readCatalogue()).get(provider)).toEqual({
        models: [],
        status: 'pending',
        error: null,
        checkedAt: 0,
      })
      await store.saveCatalogue(provider, { models: [], status: 'up', error: null, checkedAt: 120 })
      expect(await claim(160, 110)).toBe(false)
      expect(await claim(180, 130)).toBe(true)
      expect((await store.readCatalogue()).get(provider)).toMatchObject({ status: 'up', checkedAt: 120 })
    })

    test('goes on after a clock that was set back', async () => {
      const { store, userId: provider } = await setScene()
      await store.claimCatalogue(provider, { now: 1_000, before: 900 })
      await store.saveCatalogue(provider, { models: [], status: 'up', error: null, checkedAt: 1_000 })
      expect(await store.claimCatalogue(provider, { now: 500, before: 400 })).toBe(true)
    })
  })
}
