import { beforeEach, describe, expect, test } from 'vitest'
import { MAX_QUEUED_TURNS } from '#server/domain/queued-turn.ts'
import { createQueueScene, type QueueScene } from './store-queue-scene.fixture.ts'
import { ANSWER_REQUEST, answered, type StoreScene } from './store-scene.ts'

/** What `Store` promises about changes of the turns that wait. */
export function describeQueuedTurns(setScene: () => Promise<StoreScene>): void {
  let scene: StoreScene
  let queue: QueueScene
  beforeEach(async () => {
    scene = await setScene()
    queue = createQueueScene(scene)
  })

  describe('a queued turn', () => {
    test('is edited unless another edit came first', async () => {
      await scene.send()
      const id = await queue.wait('a')
      const edit = (text: string, revision?: number) =>
        scene.store.editQueuedTurn(scene.userId, id, {
          parts: [{ type: 'text', text }],
          ...(revision !== undefined && { revision }),
        })
      expect(await edit('mine', 1)).toMatchObject({ ok: true, turn: { revision: 2, parts: [{ text: 'mine' }] } })
      expect(await edit('theirs', 1)).toEqual({ ok: false, reason: 'turn-changed' })
      expect(await edit('whoever', undefined)).toMatchObject({ ok: true, turn: { revision: 3 } })
      const requests = [{ ...ANSWER_REQUEST, requestedModel: 'demo/other' }]
      expect(await scene.store.editQueuedTurn(scene.userId, id, { requests })).toMatchObject({
        turn: { requests, parts: [{ text: 'whoever' }] },
      })
    })

    test('is listed as one to stop for as long as it waits, where its sender wished that', async () => {
      const { generationId } = await scene.send()
      const id = await queue.wait('a', undefined, { onDisconnect: 'stop' })
      await queue.wait('b')
      const ours = async () =>
        (await scene.store.listTurnsToStop()).filter(({ conversationId }) => conversationId === scene.conversationId)
      expect(await ours()).toEqual([{ userId: scene.userId, conversationId: scene.conversationId, id }])
      await scene.store.settle(generationId, answered('x'), 3_000)
      expect(await ours()).toEqual([])
    })

    test('is withdrawn once and for all, but not when it was sent', async () => {
      const { generationId } = await scene.send()
      const [sent, gone] = [await queue.wait('a'), await queue.wait('b')]
      for (let time = 0; time < 2; time++)
        expect(await scene.store.withdrawQueuedTurn(scene.userId, gone)).toMatchObject({
          ok: true,
          turn: { state: 'withdrawn' },
        })
      expect(await scene.store.editQueuedTurn(scene.userId, gone, {})).toEqual({ ok: false, reason: 'turn-withdrawn' })
      await scene.store.settle(generationId, answered('x'), 3_000)
      expect(await scene.store.withdrawQueuedTurn(scene.userId, sent)).toEqual({ ok: false, reason: 'turn-sent' })
      expect(await scene.store.editQueuedTurn(scene.userId, sent, {})).toEqual({ ok: false, reason: 'turn-sent' })
      const unknown = { ok: false, reason: 'unknown-queued-turn' }
      expect(await scene.store.withdrawQueuedTurn(scene.userId, scene.newId())).toEqual(unknown)
      expect(await scene.store.withdrawQueuedTurn(`other-${scene.userId}`, sent)).toEqual(unknown)
    })

    test('all are withdrawn at once, and counted', async () => {
      await scene.send()
      const ids = [await queue.wait('a'), await queue.wait('b')]
      expect(await scene.store.withdrawQueue(scene.userId, scene.conversationId)).toBe(2)
      expect(await scene.store.withdrawQueue(scene.userId, scene.conversationId)).toBe(0)
      for (const id of ids)
        expect(await scene.store.getQueuedTurn(scene.userId, id)).toMatchObject({ state: 'withdrawn', held: null })
    })

    test('takes the place that an order gives it, however old that order is', async () => {
      const { generationId } = await scene.send()
      const [a, b, c, d] = [await queue.wait('a'), await queue.wait('b'), await queue.wait('c'), await queue.wait('d')]
      await scene.store.withdrawQueuedTurn(scene.userId, b)
      const ordered = await scene.store.orderQueue(scene.userId, scene.conversationId, [c, b, 'unknown', a])
      expect(ordered?.map(({ id }) => id)).toEqual([c, a, d])
      expect((await queue.list()).map(({ id }) => id)).toEqual([c, a, d])
      const e = await queue.wait('e')
      await scene.store.settle(generationId, answered('x'), 3_000)
      await queue.sentAs(c)
      expect((await queue.list()).map(({ id }) => id)).toEqual([a, d, e])
    })

    test('is refused where as many as may be wait already', async () => {
      await scene.send()
      for (let count = 0; count < MAX_QUEUED_TURNS; count++) await queue.wait(`${count}`)
      const turn = scene.turn({ question: queue.askAfter('one more'), queuedTurnId: scene.newId() })
      expect(await scene.store.startTurn(turn)).toEqual({ ok: false, reason: 'queue-full' })
    })

    test('is the same turn when its send is repeated, also after it was sent', async () => {
      const { generationId } = await scene.send()
      const idempotency = { key: 'k', bodyHash: 'h' }
      const id = await queue.wait('a', undefined, { idempotency })
      await scene.store.settle(generationId, answered('x'), 3_000)
      const again = await scene.store.startTurn(
        scene.turn({ question: queue.askAfter('a'), idempotency, queuedTurnId: scene.newId() }),
      )
      expect(again).toMatchObject({ ok: true, repeated: true })
      expect(JSON.parse(again.ok ? again.response : '')).toMatchObject({ queued: { id } })
      expect(await scene.messageIds()).toHaveLength(4)
    })

    test('is hidden and kept with its conversation, and sent when that is restored', async () => {
      const { generationId } = await scene.send()
      const id = await queue.wait('a')
      await scene.store.deleteConversation(scene.userId, scene.conversationId, 3_000)
      expect(await scene.store.listQueue(scene.userId, scene.conversationId)).toBeUndefined()
      expect(await scene.store.withdrawQueue(scene.userId, scene.conversationId)).toBeUndefined()
      expect(await scene.store.orderQueue(scene.userId, scene.conversationId, [])).toBeUndefined()
      expect(await scene.store.continueQueue(scene.userId, scene.conversationId, 4_000)).toBeUndefined()
      expect(await scene.store.editQueuedTurn(scene.userId, id, {})).toEqual({
        ok: false,
        reason: 'unknown-queued-turn',
      })
      await scene.store.settle(generationId, answered('x'), 4_000)
      expect(await scene.store.getQueuedTurn(scene.userId, id)).toMatchObject({ state: 'queued' })
      await scene.store.restoreConversation(scene.userId, scene.conversationId, 5_000)
      await queue.sentAs(id)
    })
  })
}
