import { beforeEach, describe, expect, test } from 'vitest'
import { emptyAnswer } from '#protocol/fold.ts'
import { ANSWER_REQUEST, answered, type StoreScene } from './store-scene.ts'
import { createQueueScene, type QueueScene } from './store-queue-scene.fixture.ts'

/** What `Store` promises about the turns that wait. */
export function describeQueue(setScene: () => Promise<StoreScene>): void {
  let scene: StoreScene
  let queue: QueueScene
  beforeEach(async () => {
    scene = await setScene()
    queue = createQueueScene(scene)
  })

  describe('the turn queue', () => {
    test('takes a turn that is sent while the answer before it is written, and sends it when that is complete', async () => {
      const { answerId, generationId } = await scene.send()
      const id = await queue.wait('and then?', answerId)
      const waiting = { id, state: 'queued', anchorId: answerId, held: null, revision: 1, messageId: null }
      expect(await queue.list()).toEqual([expect.objectContaining(waiting)])
      expect(await queue.conversation()).toMatchObject({ queued: 1, running: 1 })
      await scene.store.settle(generationId, answered('first'), 3_000)
      expect(await queue.list()).toEqual([])
      const questionId = await queue.sentAs(id)
      const question = { parentId: answerId, parts: [{ type: 'text', text: 'and then?' }] }
      expect(await scene.store.getMessage(scene.userId, questionId)).toMatchObject(question)
      const answer = await queue.answerTo(questionId)
      expect(await queue.conversation()).toMatchObject({ queued: 0, running: 1, activeLeafId: answer.id })
      const request = { ...ANSWER_REQUEST, branch: { leafId: questionId } }
      expect(await scene.store.findGeneration(answer.generation?.id ?? '')).toMatchObject({ request, status: 'queued' })
    })

    test('sends one by one, each after the answer to the one before', async () => {
      const { generationId } = await scene.send()
      const ids = [await queue.wait('a'), await queue.wait('b'), await queue.wait('c')]
      let ends = generationId
      for (const [index, id] of ids.entries()) {
        await scene.store.settle(ends, answered('x'), 3_000 + index)
        expect((await queue.list()).map((turn) => turn.id)).toEqual(ids.slice(index + 1))
        ends = (await queue.answerTo(await queue.sentAs(id))).generation?.id ?? ''
        expect(await scene.store.settle(generationId, answered('again'), 9_000)).toBe(false)
      }
      expect(await scene.messageIds()).toHaveLength(8)
    })

    test('takes an answer, its question, a waiting turn and the active leaf for the same place', async () => {
      const { questionId, answerId } = await scene.send()
      const first = await queue.wait('first', answerId)
      const ids = [
        first,
        await queue.wait('second', questionId),
        await queue.wait('third', first),
        await queue.wait('last'),
      ]
      expect((await queue.list()).map(({ id, anchorId }) => ({ id, anchorId }))).toEqual(
        ids.map((id) => ({ id, anchorId: answerId })),
      )
    })

    test('takes a question that was asked again for its newest answer', async () => {
      const { questionId } = await scene.send()
      const retry = await scene.send({ question: { kind: 'existing', id: questionId } })
      await queue.wait('next', questionId)
      expect(await queue.list()).toEqual([expect.objectContaining({ anchorId: retry.answerId })])
    })

    test('knows no waiting turn of another conversation', async () => {
      await scene.send()
      const id = await queue.wait('here')
      const conversationId = await scene.converse(1)
      const elsewhere = scene.turn({
        conversationId,
        question: queue.askAfter('there', id),
        queuedTurnId: scene.newId(),
      })
      expect(await scene.store.startTurn(elsewhere)).toEqual({ ok: false, reason: 'unknown-parent' })
    })

    test('has nothing wait at the root', async () => {
      await scene.send()
      await scene.send({ question: scene.ask('another branch', null), queuedTurnId: scene.newId() })
      expect(await queue.list()).toEqual([])
    })

    test('a turn that was sent is named for its question, one that was withdrawn for where it would be', async () => {
      const { generationId } = await scene.send()
      const [sent, withdrawn] = [await queue.wait('a'), await queue.wait('b')]
      await scene.store.withdrawQueuedTurn(scene.userId, withdrawn)
      await scene.store.settle(generationId, answered('x'), 3_000)
      const answer = await queue.answerTo(await queue.sentAs(sent))
      await queue.wait('after the sent one', sent)
      await queue.wait('after the withdrawn one', withdrawn)
      expect((await queue.list()).map(({ anchorId }) => anchorId)).toEqual([answer.id, answer.id])
    })

    test.each([
      ['failed', 'failed'],
      ['cancelled', 'stopped'],
    ] as const)('holds the rest when an answer is %s, until someone has the next one sent', async (status, held) => {
      const { generationId } = await scene.send()
      const [first, second] = [await queue.wait('a'), await queue.wait('b')]
      await scene.store.settle(generationId, { ...emptyAnswer(), status }, 3_000)
      expect((await queue.list()).map((turn) => turn.held)).toEqual([held, held])
      expect(await scene.store.continueQueue(scene.userId, scene.conversationId, 4_000)).toEqual({
        sent: 1,
        needsChoice: false,
      })
      const answer = await queue.answerTo(await queue.sentAs(first))
      expect(await queue.list()).toEqual([expect.objectContaining({ id: second, anchorId: answer.id, held: null })])
      expect(await scene.store.continueQueue(scene.userId, scene.conversationId, 5_000)).toEqual({
        sent: 0,
        needsChoice: false,
      })
    })

    test('an answer that is stopped in favour of a newer one hands on what waits for it', async () => {
      const { questionId, answerId, generationId } = await scene.send()
      const id = await queue.wait('next', answerId)
      const retry = await scene.send({ question: { kind: 'existing', id: questionId } })
      expect(await queue.list()).toMatchObject([{ anchorId: answerId, held: null }])
      await scene.store.settle(generationId, { ...emptyAnswer(), status: 'cancelled' }, 3_000)
      expect(await queue.list()).toMatchObject([{ anchorId: retry.answerId, held: null }])
      await scene.store.settle(retry.generationId, answered('b'), 4_000)
      expect(await scene.store.getMessage(scene.userId, await queue.sentAs(id))).toMatchObject({
        parentId: retry.answerId,
      })
    })

    test('an answer that fails after a newer one was complete lets what waits go on after that', async () => {
      const { questionId, answerId, generationId } = await scene.send()
      const id = await queue.wait('next', answerId)
      const retry = await scene.send({ question: { kind: 'existing', id: questionId } })
      await scene.store.settle(retry.generationId, answered('b'), 3_000)
      expect(await queue.list()).toMatchObject([{ anchorId: answerId, held: null }])
      await scene.store.settle(generationId, { ...emptyAnswer(), status: 'failed' }, 4_000)
      expect(await scene.store.getMessage(scene.userId, await queue.sentAs(id))).toMatchObject({
        parentId: retry.answerId,
      })
    })

    test('held turns after several answers go on after each of them', async () => {
      await queue.holdOne()
      const { answerId, generationId } = await scene.send()
      const id = await queue.wait('on another branch', answerId)
      await scene.store.settle(generationId, { ...emptyAnswer(), status: 'cancelled' }, 3_000)
      const went = await scene.store.continueQueue(scene.userId, scene.conversationId, 4_000)
      expect(went).toEqual({ sent: 2, needsChoice: false })
      expect(await queue.list()).toEqual([])
      expect(await scene.store.getMessage(scene.userId, await queue.sentAs(id))).toMatchObject({ parentId: answerId })
    })

    test('what is sent behind held turns waits with them', async () => {
      const { answerId } = await queue.holdOne()
      await queue.wait('later', answerId)
      expect((await queue.list()).map((turn) => turn.held)).toEqual(['failed', 'failed'])
    })

    test('held turns wait for the new answer after a retry, and those that are not held stay', async () => {
      const { questionId } = await queue.holdOne()
      const running = await scene.send({ question: { kind: 'existing', id: questionId } })
      expect((await queue.list()).map(({ anchorId, held }) => ({ anchorId, held }))).toEqual([
        { anchorId: running.answerId, held: null },
      ])
      await scene.send({ question: { kind: 'existing', id: questionId } })
      expect((await queue.list()).map(({ anchorId }) => anchorId)).toEqual([running.answerId])
    })

    test('held turns wait for the answer to the edited question', async () => {
      const { questionId } = await queue.holdOne()
      const edited = await scene.send({ question: { ...scene.ask('better', null), replaces: questionId } })
      expect(await queue.list()).toEqual([expect.objectContaining({ anchorId: edited.answerId, held: null })])
      expect(await scene.store.getMessage(scene.userId, edited.questionId)).toMatchObject({ parentId: null })
    })

    test('held turns wait for the choice where several models are asked the edited question', async () => {
      const { questionId } = await queue.holdOne()
      const answers = [scene.newAnswer(), scene.newAnswer()]
      const question = { ...scene.ask('better', null), replaces: questionId }
      const edited = await scene.send({ question, answers, groupId: scene.newId() })
      expect(await queue.list()).toEqual([expect.objectContaining({ anchorId: edited.questionId, held: 'comparison' })])
    })

    test('turns after a comparison wait until one of its answers is the active leaf', async () => {
      const answers = [scene.newAnswer(), scene.newAnswer()]
      const { questionId } = await scene.send({ answers, groupId: scene.newId() })
      const id = await queue.wait('go on', questionId)
      for (const { generationId } of answers) await scene.store.settle(generationId, answered('x'), 3_000)
      expect(await queue.list()).toEqual([expect.objectContaining({ id, anchorId: questionId, held: 'comparison' })])
      const needsChoice = { sent: 0, needsChoice: true }
      expect(await scene.store.continueQueue(scene.userId, scene.conversationId, 4_000)).toEqual(needsChoice)
      await queue.choose(answers[1]?.messageId ?? '')
      expect(await scene.store.getMessage(scene.userId, await queue.sentAs(id))).toMatchObject({
        parentId: answers[1]?.messageId,
      })
    })

    test('a chosen answer that is still written is waited for; a leaf below it chooses it too', async () => {
      const answers = [scene.newAnswer(), scene.newAnswer()]
      const { questionId } = await scene.send({ answers, groupId: scene.newId() })
      const id = await queue.wait('go on', questionId)
      await queue.choose(answers[0]?.messageId ?? '')
      expect(await queue.list()).toEqual([expect.objectContaining({ id, anchorId: answers[0]?.messageId, held: null })])
    })

    test('turns after a comparison wait for the one answer with which its question was asked again', async () => {
      const answers = [scene.newAnswer(), scene.newAnswer()]
      const { questionId } = await scene.send({ answers, groupId: scene.newId() })
      const id = await queue.wait('go on', questionId)
      for (const { generationId } of answers)
        await scene.store.settle(generationId, { ...emptyAnswer(), status: 'failed' }, 3_000)
      const retry = await scene.send({ question: { kind: 'existing', id: questionId } })
      expect(await queue.list()).toMatchObject([{ id, anchorId: retry.answerId, held: null }])
    })

    test('one leaf chooses in every comparison above it', async () => {
      const [outer, inner] = [
        [scene.newAnswer(), scene.newAnswer()],
        [scene.newAnswer(), scene.newAnswer()],
      ]
      const above = await scene.send({ answers: outer, groupId: scene.newId() })
      await scene.store.settle(above.generationId, answered('x'), 3_000)
      const below = await scene.send({
        question: scene.ask('again', above.answerId),
        answers: inner,
        groupId: scene.newId(),
      })
      const ids = [
        await queue.wait('after the one', above.questionId),
        await queue.wait('after the other', below.questionId),
      ]
      await queue.choose(below.answerId)
      expect((await queue.list()).map((turn) => ({ id: turn.id, anchorId: turn.anchorId }))).toEqual([
        { id: ids[1], anchorId: below.answerId },
      ])
      expect(await scene.store.getMessage(scene.userId, await queue.sentAs(ids[0] ?? ''))).toMatchObject({
        parentId: above.answerId,
      })
    })

    test('a turn for several models becomes a comparison, and the rest waits for its choice', async () => {
      const { generationId } = await scene.send()
      const compare = await queue.wait('compare', undefined, { answers: [scene.newAnswer(), scene.newAnswer()] })
      await queue.wait('go on')
      await scene.store.settle(generationId, answered('x'), 3_000)
      const questionId = await queue.sentAs(compare)
      expect(await queue.list()).toEqual([expect.objectContaining({ anchorId: questionId, held: 'comparison' })])
      expect(await queue.conversation()).toMatchObject({ running: 2 })
    })

    test('whoever looks at another branch goes on looking at it when a turn is sent', async () => {
      const { questionId, generationId } = await scene.send()
      await queue.wait('a')
      await queue.choose(questionId)
      await scene.store.settle(generationId, answered('x'), 3_000)
      expect(await queue.conversation()).toMatchObject({ activeLeafId: questionId, running: 1 })
    })
  })
}
