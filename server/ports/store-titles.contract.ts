import { beforeEach, describe, expect, test } from 'vitest'
import { emptyAnswer } from '#protocol/fold.ts'
import { ANSWER_REQUEST, answered, type StoreScene } from './store-scene.ts'
import type { GenerationRow } from './store.ts'

const TITLER = { provider: 'demo', model: 'title', requestedModel: 'demo/title' }

/** What `Store` promises about the titles of conversations. */
export function describeTitles(setScene: () => Promise<StoreScene>): void {
  let scene: StoreScene
  beforeEach(async () => {
    scene = await setScene()
  })

  const titled = () => ({ ...scene.newAnswer(), request: { ...ANSWER_REQUEST, title: TITLER } })
  const title = async () => (await scene.store.getConversation(scene.userId, scene.conversationId))?.title
  const name = (given: string) =>
    scene.store.updateConversation(scene.userId, scene.conversationId, { title: given, now: 9 })
  /** The generations that write titles for this user. */
  async function titleGenerations(): Promise<GenerationRow[]> {
    const ids = await scene.store.listRunning(scene.userId)
    const rows = await Promise.all(ids.map((id) => scene.store.findGeneration(id)))
    return rows.flatMap((row) => (row?.purpose === 'title' ? [row] : []))
  }
  /** Sends a question and has it answered. */
  async function converse(text: string, answer = answered('An answer.')): Promise<void> {
    const { generationId } = await scene.send({ question: scene.ask(text), answers: [titled()] })
    await scene.store.settle(generationId, answer, 3_000)
  }

  describe('a title', () => {
    test('is the beginning of the first question until there is a better one', async () => {
      await scene.send({ question: scene.ask('Why do mills turn?\nTell me.') })
      expect(await title()).toBe('Why do mills turn?')
      await scene.send({ question: scene.ask('Something else') })
      expect(await title()).toBe('Why do mills turn?')
    })

    test('is written after the first complete answer by a generation of its own, which nobody waits for', async () => {
      await converse('Why do mills turn?')
      const [writer, ...others] = await titleGenerations()
      expect(others).toEqual([])
      expect(writer).toMatchObject({
        ...TITLER,
        status: 'queued',
        messageId: null,
        conversationId: scene.conversationId,
      })
      expect(JSON.stringify(writer?.request)).toContain('An answer.')
      const conversation = { running: 0, title: 'Why do mills turn?' }
      expect(await scene.store.getConversation(scene.userId, scene.conversationId)).toMatchObject(conversation)
      expect(await scene.store.listLive(scene.userId)).toEqual([])
      const { upTo } = await scene.store.listChanges(scene.userId, { since: 0, limit: 10 })
      await scene.store.markRead(scene.userId, scene.conversationId, upTo)
      expect(await scene.store.settle(writer?.id ?? '', answered('"Turning Mills"\n'), 4_000)).toBe(true)
      const changes = await scene.store.listChanges(scene.userId, { since: upTo, limit: 10 })
      expect(changes.conversations).toEqual([expect.objectContaining({ title: 'Turning Mills', unread: false })])
      await converse('And sails?')
      expect(await titleGenerations()).toEqual([])
    })

    test('is asked for after the next answer when the first one failed', async () => {
      await converse('First', { ...emptyAnswer(), status: 'failed' })
      expect(await titleGenerations()).toEqual([])
      await converse('Second')
      expect(await titleGenerations()).toHaveLength(1)
      expect(await title()).toBe('First')
    })

    test.each(['failed', 'cancelled'] as const)('stays plain when its generation is %s', async (status) => {
      await converse('Plain')
      const [writer] = await titleGenerations()
      await scene.store.settle(writer?.id ?? '', { ...answered('Half'), status }, 4_000)
      expect(await title()).toBe('Plain')
    })

    test('that a person gave is replaced by nobody: not before, not during and not after', async () => {
      await name('Mine')
      await converse('A question')
      expect(await title()).toBe('Mine')
      expect(await titleGenerations()).toEqual([])
      scene = await setScene()
      await converse('Another question')
      await name('Mine too')
      const [writer] = await titleGenerations()
      await scene.store.settle(writer?.id ?? '', answered('Theirs'), 4_000)
      expect(await title()).toBe('Mine too')
    })

    test('is not asked for where nobody is named to write it', async () => {
      const { generationId } = await scene.send()
      await scene.store.settle(generationId, answered('x'), 3_000)
      expect(await titleGenerations()).toEqual([])
    })
  })
}
