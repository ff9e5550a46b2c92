import { beforeEach, describe, expect, test } from 'vitest'
import { emptyAnswer } from '#protocol/fold.ts'
import type { MessagePart } from '#protocol/messages.ts'
import { answered, type StoreScene } from './store-scene.ts'

/** What `Store` promises about messages and generations. */
export function describeAnswers(setScene: () => Promise<StoreScene>): void {
  let scene: StoreScene
  beforeEach(async () => {
    scene = await setScene()
  })

  describe('messages', () => {
    test('a branch runs from the root to the leaf and leaves siblings out', async () => {
      const first = await scene.send({ question: scene.ask('one') })
      await scene.store.settle(first.generationId, answered('first'), 3_000)
      await scene.send({ question: { kind: 'existing', id: first.questionId } })
      const second = await scene.send({ question: scene.ask('two', first.answerId) })
      expect(await scene.store.branch(scene.userId, second.questionId)).toEqual([
        { role: 'user', parts: [{ type: 'text', text: 'one' }] },
        { role: 'assistant', parts: answered('first').parts },
        { role: 'user', parts: [{ type: 'text', text: 'two' }] },
      ])
      expect(await scene.store.branch(scene.userId, scene.newId())).toEqual([])
    })

    test('a tree is read in pages, in order of creation', async () => {
      const ids: string[] = []
      for (let index = 0; index < 3; index++) {
        const { questionId, answerId } = await scene.send()
        ids.push(questionId, answerId)
      }
      const afterId = ids[1] ?? ''
      const page = await scene.store.listMessages(scene.userId, scene.conversationId, { limit: 3, afterId })
      expect(page?.map((message) => message.id)).toEqual(ids.slice(2, 5))
    })

    test('parts of every kind come back as they were', async () => {
      const question = { ...scene.ask(''), parts: everyPart }
      await scene.send({ question })
      expect(await scene.store.getMessage(scene.userId, question.id)).toMatchObject({ parts: everyPart })
    })
  })

  describe('generations', () => {
    test('a cancel wish is recorded once and keeps its first time', async () => {
      const { generationId } = await scene.send()
      const other = await scene.another()
      const first = { acceptedAt: 5_000, status: 'queued' }
      expect(await scene.store.requestCancel(scene.userId, generationId, { at: 5_000, by: 'user' })).toEqual(first)
      expect(await other.requestCancel(scene.userId, generationId, { at: 6_000, by: 'disconnect' })).toEqual(first)
      const recorded = { cancelRequestedAt: 5_000, cancelledBy: 'user' }
      expect(await scene.store.getGeneration(scene.userId, generationId)).toMatchObject(recorded)
      expect(await scene.store.requestCancel(scene.userId, scene.newId(), { at: 1, by: 'user' })).toBeUndefined()
    })

    test('a wish that comes after the end changes nothing', async () => {
      const { generationId } = await scene.send()
      await scene.store.settle(generationId, answered('done'), 3_000)
      const late = await scene.store.requestCancel(scene.userId, generationId, { at: 9_000, by: 'user' })
      expect(late).toEqual({ acceptedAt: 3_000, status: 'completed' })
      expect(await scene.store.getGeneration(scene.userId, generationId)).toMatchObject({ cancelRequestedAt: null })
    })

    test('those that nobody would miss are listed until they end', async () => {
      const wished = await scene.send({ onDisconnect: 'stop' })
      const other = await scene.send()
      const listed = async () => {
        const ids = await scene.store.listStopOnDisconnect()
        return ids.filter((id) => id === wished.generationId || id === other.generationId)
      }
      expect(await listed()).toEqual([wished.generationId])
      expect(await scene.store.findGeneration(wished.generationId)).toMatchObject({ onDisconnect: 'stop' })
      expect(await scene.store.findGeneration(other.generationId)).toMatchObject({ onDisconnect: 'continue' })
      await scene.store.settle(wished.generationId, answered('done'), 3_000)
      expect(await listed()).toEqual([])
    })

    test('those that run are listed for their user, the oldest first, of some conversations or of all', async () => {
      const elsewhere = await scene.converse(1_500)
      const first = await scene.send({ now: 2_000 })
      const second = await scene.send({ now: 2_001, conversationId: elsewhere })
      const ended = await scene.send({ now: 2_002 })
      await scene.store.settle(ended.generationId, answered('done'), 3_000)
      expect(await scene.store.listRunning(scene.userId)).toEqual([first.generationId, second.generationId])
      expect(await scene.store.listRunning(scene.userId, [elsewhere])).toEqual([second.generationId])
      expect(await scene.store.listRunning(scene.userId, [])).toEqual([])
      expect(await scene.store.listRunning(`${scene.userId}-2`)).toEqual([])
    })

    test('settling writes the answer once: the second one changes nothing', async () => {
      const { generationId, answerId } = await scene.send()
      const answer = answered('the answer')
      expect(await scene.store.settle(generationId, answer, 3_000)).toBe(true)
      expect(await scene.store.settle(generationId, { ...answered('other'), status: 'failed' }, 4_000)).toBe(false)
      const message = await scene.store.getMessage(scene.userId, answerId)
      expect(message).toMatchObject({ parts: answer.parts, generation: { status: 'completed' } })
      expect(message?.answer).toEqual(answer)
      expect(await scene.store.getGeneration(scene.userId, generationId)).toMatchObject({
        status: 'completed',
        endedAt: 3_000,
      })
      expect(await scene.store.getConversation(scene.userId, scene.conversationId)).toMatchObject({
        running: 0,
        updatedAt: 3_000,
      })
      expect(await scene.store.settle(scene.newId(), answer, 1)).toBe(false)
    })

    test('of two processes that settle at once, one does', async () => {
      const other = await scene.another()
      const { generationId, answerId } = await scene.send()
      const results = await Promise.all([
        scene.store.settle(generationId, answered('mine'), 3_000),
        other.settle(generationId, answered('theirs'), 3_000),
      ])
      expect(results.filter(Boolean)).toHaveLength(1)
      const winner = results[0] ? 'mine' : 'theirs'
      expect((await scene.store.getMessage(scene.userId, answerId))?.answer).toEqual(answered(winner))
    })

    test('an answer that has not ended cannot be settled', async () => {
      const { generationId } = await scene.send()
      const settled = scene.store.settle(generationId, { ...emptyAnswer(), status: 'running' }, 1)
      await expect(settled).rejects.toMatchObject({ code: 'invariant' })
    })

    test('unsettled ones are listed oldest first', async () => {
      const young = await scene.send({ now: 3_000_000 })
      const old = await scene.send({ now: 2 })
      const done = await scene.send({ now: 1 })
      await scene.store.settle(done.generationId, answered('x'), 4_000)
      const mine = new Set([young, old, done].map((sent) => sent.generationId))
      const listed = (await scene.store.listUnsettled(1_000)).map((row) => row.id).filter((id) => mine.has(id))
      expect(listed).toEqual([old.generationId, young.generationId])
      expect(await scene.store.listUnsettled(1)).toHaveLength(1)
    })
  })
}

const everyPart: MessagePart[] = [
  { type: 'text', text: 'a\u2028\r\n\ud83d 😀', providerMetadata: { signature: 'x' } },
  { type: 'reasoning', text: 'because', startedAt: 1, endedAt: 2 },
  { type: 'refusal', text: 'no' },
  { type: 'image', fileId: 'f', mediaType: 'image/png', alt: 'a mill' },
  { type: 'file', fileId: 'f', mediaType: 'text/plain', name: 'notes.txt' },
  { type: 'source', url: 'https://example.com/', title: 'Example' },
  { type: 'tool-call', toolCallId: 't', name: 'add', arguments: '{"a":1}' },
  { type: 'tool-result', toolCallId: 't', content: '2', isError: false },
  { type: 'data', name: 'chart', data: { values: [1, 2, null] } },
]
