import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CatalogueEntry } from './store.ts'
import { describeAnswers } from './store-answers.contract.ts'
import { describeConversations } from './store-conversations.contract.ts'
import { describeUserKeys } from './store-keys.contract.ts'
import { describeFiles } from './store-files.contract.ts'
import { describeQueue } from './store-queue.contract.ts'
import { describeQueuedTurns } from './store-queued-turns.contract.ts'
import { describeRevisions } from './store-revisions.contract.ts'
import { setStoreScene, type StoreScene, type StoreSubject } from './store-scene.ts'
import { describeTitles } from './store-titles.contract.ts'
import { describeTurns } from './store-turns.contract.ts'

/** What `Store` promises, as tests. `open` makes a fresh backend. */
export function describeStoreContract(
  name: string,
  open: () => Promise<StoreSubject & { close(): Promise<void> }>,
): void {
  describe(`store contract: ${name}`, () => {
    let subject: Awaited<ReturnType<typeof open>>
    beforeAll(async () => {
      subject = await open()
    })
    afterAll(() => subject.close())
    // Users of their own keep the tests apart in one database.
    const setScene = (): Promise<StoreScene> => setStoreScene(subject)

    describeConversations(setScene)
    describeTurns(setScene)
    describeAnswers(setScene)
    describeQueue(setScene)
    describeQueuedTurns(setScene)
    describeRevisions(setScene)
    describeTitles(setScene)
    describeFiles(setScene)
    describeUserKeys(setScene)

    test("nothing of another user's is seen or changed", async () => {
      const scene = await setScene()
      const { questionId, answerId, generationId } = await scene.send()
      const other = `other-${scene.userId}`
      expect(await scene.store.getConversation(other, scene.conversationId)).toBeUndefined()
      expect(await scene.store.listConversations(other, { limit: 10 })).toEqual([])
      expect(await scene.store.updateConversation(other, scene.conversationId, { title: 'x', now: 9 })).toBeUndefined()
      expect(await scene.store.deleteConversation(other, scene.conversationId, 9)).toBe(false)
      expect(await scene.store.restoreConversation(other, scene.conversationId, 9)).toBeUndefined()
      expect(await scene.store.listMessages(other, scene.conversationId, { limit: 10 })).toBeUndefined()
      expect(await scene.store.getMessage(other, answerId)).toBeUndefined()
      expect(await scene.store.branch(other, answerId)).toEqual([])
      expect(await scene.store.getGeneration(other, generationId)).toBeUndefined()
      expect(await scene.store.requestCancel(other, generationId, { at: 9, by: 'user' })).toBeUndefined()
      const unknown = { ok: false, reason: 'unknown-conversation' }
      expect(await scene.store.startTurn(scene.turn({ userId: other }))).toEqual(unknown)
      const theirs = await scene.converse(1, other)
      const stolen = { userId: other, conversationId: theirs, question: scene.ask('x', questionId) }
      expect(await scene.store.startTurn(scene.turn(stolen))).toEqual({ ok: false, reason: 'unknown-parent' })
      expect(await scene.store.getConversation(scene.userId, scene.conversationId)).toMatchObject({
        title: 'hello',
        deletedAt: null,
      })
      expect(await scene.store.findGeneration(generationId)).toMatchObject({
        userId: scene.userId,
        cancelRequestedAt: null,
      })
    })

    test("a provider's catalogue replaces the one it offered before", async () => {
      const models = [{ id: 'a', name: 'A', contextLength: 4_096 }]
      const up = { models, status: 'up' as const, error: null, checkedAt: 1 }
      const down = { ...up, status: 'down' as const, error: 'refused', checkedAt: 2 }
      await subject.store.saveCatalogue('one', up)
      await subject.store.saveCatalogue('two', { ...up, models: [] })
      await (await subject.another()).saveCatalogue('one', down)
      const kept = [...(await subject.store.readCatalogue())].filter(([id]) => id === 'one' || id === 'two')
      expect(new Map(kept)).toEqual(
        new Map<string, CatalogueEntry>([
          ['one', down],
          ['two', { ...up, models: [] }],
        ]),
      )
    })
  })
}
