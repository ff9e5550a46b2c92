import { beforeEach, describe, expect, test } from 'vitest'
import { answered, type StoreScene } from './store-scene.ts'

/** What `Store` promises about conversations. */
export function describeConversations(setScene: () => Promise<StoreScene>): void {
  let scene: StoreScene
  beforeEach(async () => {
    scene = await setScene()
  })

  describe('conversations', () => {
    test('a new one is empty and has no title', async () => {
      expect(await scene.store.getConversation(scene.userId, scene.conversationId)).toEqual({
        id: scene.conversationId,
        userId: scene.userId,
        title: null,
        activeLeafId: null,
        createdAt: 1_000,
        updatedAt: 1_000,
        deletedAt: null,
        running: 0,
        queued: 0,
        unread: false,
        revision: expect.any(Number) as unknown,
      })
    })

    test('they are listed newest activity first, in pages without gaps also where times are equal', async () => {
      const ids = [scene.conversationId]
      for (const now of [1_000, 1_000, 1_000, 900, 1_100]) ids.push(await scene.converse(now))
      const expected = [ids[5], ...ids.slice(0, 4).toSorted().reverse(), ids[4]]
      const listed: string[] = []
      let before: { updatedAt: number; id: string } | undefined
      for (;;) {
        const page = await scene.store.listConversations(scene.userId, { limit: 2, ...(before && { before }) })
        listed.push(...page.map((conversation) => conversation.id))
        const last = page.at(-1)
        if (!last) break
        before = { updatedAt: last.updatedAt, id: last.id }
      }
      expect(listed).toEqual(expected)
    })

    test('title and active leaf change, a leaf of another conversation is refused', async () => {
      const { questionId } = await scene.send()
      const change = { title: 'Mills', activeLeafId: questionId, now: 3_000 }
      const changed = { title: 'Mills', activeLeafId: questionId, updatedAt: 3_000 }
      expect(await scene.store.updateConversation(scene.userId, scene.conversationId, change)).toMatchObject(changed)
      const elsewhere = { activeLeafId: questionId, now: 4_000 }
      expect(await scene.store.updateConversation(scene.userId, await scene.converse(1), elsewhere)).toBeUndefined()
      expect(await scene.store.updateConversation(scene.userId, scene.newId(), { title: 'x', now: 1 })).toBeUndefined()
    })

    test('deleting hides it with all its messages, twice is the same, and it can be undone', async () => {
      const { answerId } = await scene.send()
      expect(await scene.store.deleteConversation(scene.userId, scene.conversationId, 5_000)).toBe(true)
      expect(await scene.store.deleteConversation(scene.userId, scene.conversationId, 6_000)).toBe(true)
      expect(await scene.store.deleteConversation(scene.userId, scene.newId(), 6_000)).toBe(false)
      expect(await scene.store.getConversation(scene.userId, scene.conversationId)).toBeUndefined()
      expect(await scene.store.listConversations(scene.userId, { limit: 10 })).toEqual([])
      expect(await scene.messageIds()).toBeUndefined()
      expect(await scene.store.getMessage(scene.userId, answerId)).toBeUndefined()
      expect(
        await scene.store.updateConversation(scene.userId, scene.conversationId, { title: 'x', now: 1 }),
      ).toBeUndefined()
      expect(await scene.store.startTurn(scene.turn())).toEqual({ ok: false, reason: 'unknown-conversation' })
      expect(await scene.store.restoreConversation(scene.userId, scene.conversationId, 7_000)).toMatchObject({
        deletedAt: null,
      })
      expect(await scene.messageIds()).toHaveLength(2)
      expect(await scene.store.restoreConversation(scene.userId, scene.newId(), 1)).toBeUndefined()
    })

    test('what was deleted long enough ago is purged, unless it is still being written', async () => {
      const { generationId, answerId } = await scene.send()
      const kept = await scene.converse(1_000)
      await scene.store.deleteConversation(scene.userId, scene.conversationId, 10)
      await scene.store.deleteConversation(scene.userId, scene.conversationId, 30)
      await scene.store.deleteConversation(scene.userId, kept, 20)
      const age = { deletedBefore: 20, keysBefore: 0 }
      expect(await scene.store.purgeDeleted(age)).toEqual([])
      await scene.store.settle(generationId, answered('text'), 3_000)
      expect(await scene.store.purgeDeleted(age)).toEqual([generationId])
      expect(await scene.store.purgeDeleted(age)).toEqual([generationId])
      await scene.store.forgetLogs([generationId])
      expect(await scene.store.purgeDeleted(age)).toEqual([])
      expect(await scene.store.findGeneration(generationId)).toBeUndefined()
      expect(await scene.store.getMessage(scene.userId, answerId)).toBeUndefined()
      expect(await scene.store.restoreConversation(scene.userId, scene.conversationId, 1)).toBeUndefined()
      expect(await scene.store.restoreConversation(scene.userId, kept, 1)).toMatchObject({ id: kept })
    })
  })
}
