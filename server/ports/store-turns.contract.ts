import { beforeEach, describe, expect, test } from 'vitest'
import type { NewTurn } from './store.ts'
import { ANSWER_REQUEST, answered, type StoreScene } from './store-scene.ts'

/** What `Store.startTurn` promises. */
export function describeTurns(setScene: () => Promise<StoreScene>): void {
  let scene: StoreScene
  beforeEach(async () => {
    scene = await setScene()
  })

  describe('a turn', () => {
    test('writes question, placeholder and queued generation together', async () => {
      const question = scene.ask('hello')
      const answer = scene.newAnswer()
      await scene.send({ question, answers: [answer], origin: 'openai' })
      const base = { conversationId: scene.conversationId, createdAt: 2_000, answer: null }
      const { requestedModel, provider, model } = ANSWER_REQUEST
      const generation = { id: answer.generationId, status: 'queued', requestedModel, provider, model, pausedAt: null }
      expect(await scene.store.listMessages(scene.userId, scene.conversationId, { limit: 10 })).toEqual([
        { ...base, id: question.id, parentId: null, role: 'user', parts: question.parts, generation: null },
        { ...base, id: answer.messageId, parentId: question.id, role: 'assistant', parts: [], generation },
      ])
      expect(await scene.store.getConversation(scene.userId, scene.conversationId)).toMatchObject({
        activeLeafId: answer.messageId,
        updatedAt: 2_000,
        running: 1,
      })
      expect(await scene.store.getGeneration(scene.userId, answer.generationId)).toEqual({
        ...generation,
        userId: scene.userId,
        conversationId: scene.conversationId,
        onDisconnect: 'continue',
        messageId: answer.messageId,
        purpose: 'answer',
        origin: 'openai',
        epoch: 0,
        lostAttempts: 0,
        request: ANSWER_REQUEST,
        cancelRequestedAt: null,
        cancelledBy: null,
        createdAt: 2_000,
        endedAt: null,
      })
    })

    test('with several answers makes siblings, the same model twice included (P18)', async () => {
      const question = scene.ask('compare')
      const answers = [scene.newAnswer(), scene.newAnswer(), scene.newAnswer()]
      await scene.send({ question, answers, groupId: scene.newId() })
      const messages = (await scene.store.listMessages(scene.userId, scene.conversationId, { limit: 10 })) ?? []
      expect(messages.slice(1).map((message) => message.parentId)).toEqual(answers.map(() => question.id))
      const activeLeafId = answers[0]?.messageId
      expect(await scene.store.getConversation(scene.userId, scene.conversationId)).toMatchObject({
        running: 3,
        activeLeafId,
      })
    })

    test('a retry adds a sibling answer to the question that stands already', async () => {
      const { questionId, answerId } = await scene.send()
      const retry = await scene.send({ question: { kind: 'existing', id: questionId } })
      expect(await scene.messageIds()).toEqual([questionId, answerId, retry.answerId])
      expect(await scene.store.getMessage(scene.userId, retry.answerId)).toMatchObject({ parentId: questionId })
    })

    test('is refused where it cannot be, and then writes nothing', async () => {
      const { answerId, questionId, generationId } = await scene.send()
      const elsewhere = await scene.converse(1)
      const refuse = async (change: Partial<NewTurn>, reason: string) =>
        expect(await scene.store.startTurn(scene.turn(change))).toEqual({ ok: false, reason })
      await refuse({ conversationId: scene.newId() }, 'unknown-conversation')
      await refuse({ question: scene.ask('x', scene.newId()) }, 'unknown-parent')
      await refuse({ conversationId: elsewhere, question: scene.ask('x', questionId) }, 'unknown-parent')
      await refuse({ question: { kind: 'existing', id: scene.newId() } }, 'unknown-parent')
      await refuse({ question: { kind: 'existing', id: answerId } }, 'not-a-question')
      const waits = { ok: false, reason: 'parent-not-answered', parentId: answerId }
      expect(await scene.store.startTurn(scene.turn({ question: scene.ask('x', answerId) }))).toEqual(waits)
      expect(await scene.messageIds()).toEqual([questionId, answerId])
      expect(await scene.store.listMessages(scene.userId, elsewhere, { limit: 10 })).toEqual([])
      await scene.store.settle(generationId, answered('now'), 3_000)
      await scene.send({ question: scene.ask('x', answerId) })
    })

    test('is all or nothing', async () => {
      const { questionId, answerId, generationId } = await scene.send()
      const colliding = { ...scene.newAnswer(), generationId }
      await expect(
        scene.store.startTurn(scene.turn({ answers: [scene.newAnswer(), colliding] })),
      ).rejects.toMatchObject({ code: 'invariant' })
      expect(await scene.messageIds()).toEqual([questionId, answerId])
      expect(await scene.store.getConversation(scene.userId, scene.conversationId)).toMatchObject({
        running: 1,
        activeLeafId: answerId,
      })
    })

    test('two tabs that write at once both keep their messages (P12)', async () => {
      const other = await scene.another()
      const turns = Array.from({ length: 10 }, () => scene.turn())
      await Promise.all(turns.map((sent, index) => (index % 2 ? scene.store : other).startTurn(sent)))
      expect(await scene.messageIds()).toHaveLength(20)
    })

    test('the same Idempotency-Key and body is the same send, also 20 times at once (P11)', async () => {
      const other = await scene.another()
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) => {
          const idempotency = { key: 'k', bodyHash: 'h' }
          return (index % 2 ? scene.store : other).startTurn(scene.turn({ idempotency }))
        }),
      )
      const winner = results.find((result) => result.ok && !result.repeated)
      const others = results.filter((result) => result !== winner)
      expect(others).toEqual(others.map(() => ({ ...winner, repeated: true })))
      expect(await scene.messageIds()).toHaveLength(2)
    })

    test('says once that it can be claimed; a repeat or a refusal says nothing', async () => {
      const idempotency = { key: 'k', bodyHash: 'h' }
      let queued = 0
      const startTurn = (change: Partial<NewTurn>) => scene.store.startTurn(scene.turn(change), () => queued++)
      await startTurn({ idempotency })
      expect(queued).toBe(1)
      await startTurn({ idempotency })
      await startTurn({ conversationId: scene.newId() })
      expect(queued).toBe(1)
    })

    test('the same key with another body is refused, with another user it is another key', async () => {
      const idempotency = { key: 'k', bodyHash: 'one' }
      await scene.send({ idempotency })
      const reused = scene.turn({ idempotency: { ...idempotency, bodyHash: 'two' } })
      expect(await scene.store.startTurn(reused)).toEqual({ ok: false, reason: 'key-reused' })
      const stranger = await setScene()
      await stranger.send({ idempotency: { ...idempotency, bodyHash: 'two' } })
    })

    test('what a key was answered with before can be asked without sending', async () => {
      const ask = (bodyHash: string, userId = scene.userId) => scene.store.answerBefore(userId, 'k', bodyHash)
      expect(await ask('one')).toBeUndefined()
      await scene.send({ idempotency: { key: 'k', bodyHash: 'one' } })
      expect(await ask('one')).toMatchObject({ ok: true, repeated: true })
      expect(await ask('two')).toEqual({ ok: false, reason: 'key-reused' })
      expect(await ask('one', (await setScene()).userId)).toBeUndefined()
    })

    test('a key is forgotten once it is old enough, and then is a new one', async () => {
      const idempotency = { key: 'k', bodyHash: 'h' }
      await scene.send({ idempotency, now: 50 })
      await scene.store.purgeDeleted({ deletedBefore: 0, keysBefore: 50 })
      expect(await scene.store.answerBefore(scene.userId, 'k', 'h')).toMatchObject({ ok: true })
      await scene.store.purgeDeleted({ deletedBefore: 0, keysBefore: 51 })
      expect(await scene.store.answerBefore(scene.userId, 'k', 'h')).toBeUndefined()
      await scene.send({ idempotency })
    })

    test('a refused send does not use up its key', async () => {
      const idempotency = { key: 'k', bodyHash: 'h' }
      const unknown = scene.turn({ idempotency, conversationId: scene.newId() })
      expect(await scene.store.startTurn(unknown)).toMatchObject({ ok: false })
      await scene.send({ idempotency })
    })
  })
}
