import { beforeEach, describe, expect, test } from 'vitest'
import { answered, type StoreScene } from './store-scene.ts'
import { createQueueScene, type QueueScene } from './store-queue-scene.fixture.ts'

/** What `Store` promises about revisions, read marks and pauses. */
export function describeRevisions(setScene: () => Promise<StoreScene>): void {
  let scene: StoreScene
  let queue: QueueScene
  beforeEach(async () => {
    scene = await setScene()
    queue = createQueueScene(scene)
  })
  const changesSince = (since: number, limit = 100) => scene.store.listChanges(scene.userId, { since, limit })
  const newest = async (): Promise<number> => (await changesSince(0)).upTo

  describe('revisions', () => {
    test('tell what changed after one of them, deleted conversations included, in pages', async () => {
      const since = await newest()
      const [b, c] = [await scene.converse(2_000), await scene.converse(2_000)]
      await scene.store.updateConversation(scene.userId, b, { title: 'last', now: 3_000 })
      await scene.store.deleteConversation(scene.userId, scene.conversationId, 4_000)
      const first = await changesSince(since, 2)
      expect(first.conversations.map(({ id }) => id)).toEqual([c, b])
      expect(first.upTo).toBe(first.conversations[1]?.revision)
      const rest = await changesSince(first.upTo, 2)
      expect(rest.conversations).toEqual([expect.objectContaining({ id: scene.conversationId, deletedAt: 4_000 })])
      expect(await changesSince(rest.upTo)).toEqual({ upTo: rest.upTo, conversations: [] })
    })

    test('are each user’s own, and grow in the order of the commits also where two processes write', async () => {
      const other = await scene.another()
      const stranger = await setScene()
      const seen: number[] = []
      for (let time = 0; time < 6; time++) {
        const store = time % 2 ? other : scene.store
        await store.updateConversation(scene.userId, scene.conversationId, { title: `${time}`, now: 2_000 })
        const read = await scene.store.readRevisions([scene.userId, 'nobody'])
        expect([...read.keys()]).toEqual([scene.userId])
        seen.push(read.get(scene.userId) ?? 0)
      }
      expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b))
      expect((await changesSince(0)).conversations.map(({ id }) => id)).not.toContain(stranger.conversationId)
    })

    test('are at least the time, so that none is given out again that a power loss took back', async () => {
      const before = Date.now()
      await scene.store.updateConversation(scene.userId, scene.conversationId, { title: 'later', now: 2_000 })
      expect(await newest()).toBeGreaterThanOrEqual(before)
    })

    test('are raised by each change of what a user sees', async () => {
      const { store, userId, conversationId } = scene
      const { generationId, questionId } = await scene.send()
      const [a, b] = [await queue.wait('a'), await queue.wait('b')]
      const changes = {
        title: () => store.updateConversation(userId, conversationId, { title: 'x', now: 3_000 }),
        leaf: () => store.updateConversation(userId, conversationId, { activeLeafId: questionId, now: 3_000 }),
        waiting: () => queue.wait('c', a),
        order: () => store.orderQueue(userId, conversationId, [b, a]),
        edit: () => store.editQueuedTurn(userId, a, { parts: [{ type: 'text', text: 'x' }] }),
        withdrawal: () => store.withdrawQueuedTurn(userId, a),
        pause: () => store.setPause(userId, generationId, { epoch: 1, seq: 2 }),
        end: () => store.settle(generationId, answered('x'), 4_000),
        mark: async () => store.markRead(userId, conversationId, await newest()),
        withdrawals: () => store.withdrawQueue(userId, conversationId),
        retry: () => scene.send({ question: { kind: 'existing', id: questionId } }),
        deletion: () => store.deleteConversation(userId, conversationId, 5_000),
        restored: () => store.restoreConversation(userId, conversationId, 6_000),
      }
      for (const [what, make] of Object.entries(changes)) {
        const before = await newest()
        await make()
        const { conversations, upTo } = await changesSince(before)
        expect(
          conversations.map(({ id, revision }) => ({ id, revision })),
          what,
        ).toEqual([{ id: conversationId, revision: upTo }])
      }
    })

    test('tell the messages that changed, and no others', async () => {
      const { store, userId, conversationId } = scene
      const { questionId, answerId, generationId } = await scene.send()
      const idsSince = async (since: number) =>
        (await store.listMessages(userId, conversationId, { limit: 100, since }))?.map(({ id }) => id)
      expect(await idsSince(0)).toEqual([questionId, answerId])
      const asked = await newest()
      expect(await idsSince(asked)).toEqual([])
      await store.setPause(userId, generationId, { epoch: 1, seq: 2 })
      expect(await idsSince(asked)).toEqual([answerId])
      const paused = await newest()
      const turn = await queue.wait('next')
      expect(await idsSince(paused)).toEqual([])
      await store.settle(generationId, answered('x'), 3_000)
      const sent = await queue.sentAs(turn)
      expect(new Set(await idsSince(paused))).toEqual(new Set([answerId, sent, (await queue.answerTo(sent)).id]))
    })
  })

  describe('a read mark', () => {
    test('is missing exactly when an answer ended after it', async () => {
      const { store, userId, conversationId } = scene
      const one = await scene.send()
      const two = await scene.send()
      const isUnread = async () => (await queue.conversation())?.unread
      expect(await isUnread()).toBe(false)
      await store.settle(one.generationId, answered('x'), 3_000)
      const seen = await newest()
      await store.settle(two.generationId, answered('y'), 3_000)
      expect(await store.markRead(userId, conversationId, seen)).toMatchObject({ unread: true })
      expect(await store.markRead(userId, conversationId, await newest())).toMatchObject({ unread: false })
      expect(await store.markRead(userId, conversationId, seen)).toMatchObject({ unread: false })
      expect(await isUnread()).toBe(false)
    })

    test('of what is still to come hides none of it', async () => {
      const { store, userId, conversationId } = scene
      const unread = async () => (await queue.conversation())?.unread
      for (const answer of [await scene.send(), await scene.send()]) {
        await store.settle(answer.generationId, answered('x'), 3_000)
        expect(await unread()).toBe(true)
        await store.markRead(userId, conversationId, Number.MAX_SAFE_INTEGER)
        expect(await unread()).toBe(false)
      }
    })

    test('changes nothing where nothing is unread, and nothing of another user', async () => {
      const { store, userId, conversationId } = scene
      const before = await newest()
      expect(await store.markRead(userId, conversationId, before)).toMatchObject({ revision: before })
      expect(await store.markRead(`other-${userId}`, conversationId, before)).toBeUndefined()
      const { generationId } = await scene.send()
      await store.settle(generationId, answered('x'), 3_000)
      await store.markRead(`other-${userId}`, conversationId, await newest())
      expect(await queue.conversation()).toMatchObject({ unread: true })
    })
  })

  describe('a pause', () => {
    test('is kept with the answer and lifted again, also after its end', async () => {
      const { store, userId } = scene
      const { answerId, generationId } = await scene.send()
      const at = { epoch: 2, seq: 7 }
      const pausedAt = async () => (await store.getMessage(userId, answerId))?.generation?.pausedAt
      expect(await store.setPause(userId, generationId, at)).toMatchObject({ id: generationId, pausedAt: at })
      await store.settle(generationId, answered('x'), 3_000)
      expect(await pausedAt()).toEqual(at)
      expect(await store.setPause(userId, generationId, null)).toMatchObject({ pausedAt: null })
      expect(await pausedAt()).toBeNull()
      expect(await store.setPause(userId, generationId, at)).toMatchObject({ pausedAt: at, status: 'completed' })
    })

    test('is nothing for a generation of another user', async () => {
      const { generationId } = await scene.send()
      expect(await scene.store.setPause(`other-${scene.userId}`, generationId, { epoch: 1, seq: 1 })).toBeUndefined()
      expect(await scene.store.findGeneration(generationId)).toMatchObject({ pausedAt: null })
    })
  })
}
