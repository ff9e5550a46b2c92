import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ClientError } from '#client/client-error.ts'
import type { ConversationView } from '#protocol/api/conversations.ts'
import type { SendReply, Sent } from '#protocol/api/messages.ts'
import type { Question } from './outbox-item.ts'
import { createOutboxShelf } from './outbox-shelf.ts'
import { createOutbox } from './outbox.ts'
import type { PageLife } from './page-life.ts'

const FOLLOW_UP: Question = { conversationId: 'c', parentId: 'm', text: 'why?', model: 'p/m', thinking: false }

describe('createOutbox', () => {
  beforeEach(() => localStorage.clear())

  it('makes the conversation of a first question and sends into it', async () => {
    const { outbox, client, onAccepted } = openTab()
    outbox.send({ ...FOLLOW_UP, conversationId: null, parentId: null, text: 'What?\nAnd why?', thinking: true })
    await emptied(outbox)
    expect(client.send).toHaveBeenCalledWith(
      'made',
      { parentId: null, parts: [{ type: 'text', text: 'What?\nAnd why?' }], model: 'p/m', options: { thinking: true } },
      { idempotencyKey: 'a-1' },
    )
    expect(onAccepted).toHaveBeenCalledOnce()
  })

  it('sends an edited question as a version of the one that stands', async () => {
    const { outbox, client } = openTab()
    outbox.send({ ...FOLLOW_UP, replaces: 'q' })
    await emptied(outbox)
    expect(client.edit).toHaveBeenCalledWith(
      'q',
      { parts: [{ type: 'text', text: 'why?' }], model: 'p/m' },
      { idempotencyKey: 'a-1' },
    )
    expect(client.send).not.toHaveBeenCalled()
  })

  it('keeps a question that could not be delivered, and repeats it under the same key', async () => {
    const { outbox, client } = openTab()
    client.send.mockRejectedValueOnce(new ClientError('network'))
    outbox.send(FOLLOW_UP)
    await failed(outbox, 'why?')
    outbox.retry('a-1')
    await emptied(outbox)
    expect(keysOf(client)).toEqual(['a-1', 'a-1'])
  })

  it('sends by itself what went unanswered once the server answers again, a few times and only so soon', async () => {
    let now = 1_000
    const { outbox, client } = openTab({ now: () => now })
    client.send.mockRejectedValue(new ClientError('network'))
    outbox.send(FOLLOW_UP)
    outbox.send({ ...FOLLOW_UP, text: 'and then?', after: 'a-1' })
    await failed(outbox, 'why?', 'and then?')
    for (let times = 0; times < 5; times += 1) {
      outbox.reconnected()
      await failed(outbox, 'why?', 'and then?')
    }
    expect(keysOf(client)).toEqual(['a-1', 'a-1', 'a-1', 'a-1'])
    outbox.send({ ...FOLLOW_UP, text: 'later' })
    await failed(outbox, 'why?', 'and then?', 'later')
    now += 11 * 60_000
    outbox.reconnected()
    expect(client.send).toHaveBeenCalledTimes(5)
    client.send.mockResolvedValue(sent('answer'))
    now -= 5 * 60_000
    outbox.reconnected()
    await vi.waitFor(() => expect(outbox.store.getState()).toMatchObject([{ text: 'why?' }, { text: 'and then?' }]))
  })

  it('leaves what the server refused to its person', async () => {
    const { outbox, client } = openTab()
    client.send.mockRejectedValueOnce(new ClientError('unknown-model', { status: 422 }))
    outbox.send(FOLLOW_UP)
    await failed(outbox, 'why?')
    outbox.reconnected()
    expect(client.send).toHaveBeenCalledOnce()
  })

  it('does not make a second conversation when only the question failed', async () => {
    const { outbox, client } = openTab()
    client.send.mockRejectedValueOnce(new ClientError('network'))
    outbox.send({ ...FOLLOW_UP, conversationId: null })
    await failed(outbox, 'why?')
    outbox.retry('a-1')
    await emptied(outbox)
    expect(client.createConversation).toHaveBeenCalledOnce()
  })

  it('goes to the conversation of a first question also when a reload came before that', async () => {
    const before = openTab()
    before.goTo.mockReturnValueOnce(new Promise(() => {}))
    before.client.send.mockReturnValueOnce(new Promise(() => {}))
    before.outbox.send({ ...FOLLOW_UP, conversationId: null, parentId: null })
    await vi.waitFor(() => expect(before.client.send).toHaveBeenCalledOnce())
    const after = openTab({ id: 'b', tab: 'a' })
    after.outbox.resume()
    await emptied(after.outbox)
    expect(after.goTo).toHaveBeenCalledWith('made', expect.anything())
    expect(after.client.createConversation).not.toHaveBeenCalled()
  })

  it('hands a failed question back to be edited', async () => {
    const { outbox, client } = openTab()
    client.send.mockRejectedValueOnce(new ClientError('network'))
    outbox.send(FOLLOW_UP)
    await failed(outbox, 'why?')
    expect(outbox.take('a-1')?.text).toBe('why?')
    expect(outbox.store.getState()).toEqual([])
    expect(localStorage.length).toBe(0)
  })

  describe('with questions that follow each other', () => {
    it('sends them one by one, each after what the one before became', async () => {
      const { outbox, client } = openTab()
      const first = Promise.withResolvers<SendReply>()
      client.send.mockReturnValueOnce(first.promise).mockResolvedValueOnce(queued('t2'))
      outbox.send(FOLLOW_UP)
      outbox.send({ ...FOLLOW_UP, text: 'and then?', after: 'a-1' })
      outbox.send({ ...FOLLOW_UP, text: 'and last?', after: 'a-2' })
      await vi.waitFor(() => expect(client.send).toHaveBeenCalledOnce())
      first.resolve(sent('answer-1'))
      await emptied(outbox)
      expect(client.send.mock.calls.map(([, body]) => [body.parentId, body.parts[0].text])).toEqual([
        ['m', 'why?'],
        ['answer-1', 'and then?'],
        ['t2', 'and last?'],
      ])
    })

    it('sends what follows a first question into the conversation that was made for that', async () => {
      const { outbox, client } = openTab()
      outbox.send({ ...FOLLOW_UP, conversationId: null, parentId: null })
      outbox.send({ ...FOLLOW_UP, conversationId: null, parentId: null, text: 'and then?', after: 'a-1' })
      await emptied(outbox)
      expect(client.createConversation).toHaveBeenCalledOnce()
      expect(client.send.mock.calls.map(([id, body]) => [id, body.parentId])).toEqual([
        ['made', null],
        ['made', 'answer'],
      ])
    })

    it('keeps all of them when the first one fails, and sends them in order on one retry', async () => {
      const { outbox, client } = openTab()
      client.send.mockRejectedValueOnce(new ClientError('network'))
      outbox.send(FOLLOW_UP)
      outbox.send({ ...FOLLOW_UP, text: 'and then?', after: 'a-1' })
      await failed(outbox, 'why?', 'and then?')
      outbox.retry('a-1')
      await emptied(outbox)
      expect(keysOf(client)).toEqual(['a-1', 'a-1', 'a-2'])
    })

    it('puts the next one in the place of one that was taken back', async () => {
      const { outbox, client } = openTab()
      client.send.mockRejectedValueOnce(new ClientError('network'))
      outbox.send(FOLLOW_UP)
      outbox.send({ ...FOLLOW_UP, parentId: 'unused', text: 'and then?', after: 'a-1' })
      await failed(outbox, 'why?', 'and then?')
      outbox.take('a-1')
      outbox.retry('a-2')
      await emptied(outbox)
      expect(client.send.mock.lastCall?.[1].parentId).toBe('m')
    })
  })

  describe('when its page has gone', () => {
    it('P11: the same tab sends on after a reload, under the key from before', async () => {
      const before = openTab()
      before.client.send.mockReturnValue(new Promise(() => undefined))
      before.outbox.send(FOLLOW_UP)
      const after = openTab({ id: 'a2', tab: 'a' })
      after.outbox.resume()
      await emptied(after.outbox)
      expect(keysOf(after.client)).toEqual(['a-1'])
    })

    it('P11: another tab sends what a closed one has left, once that is gone, under the same key', async () => {
      const closed = openTab()
      closed.client.send.mockReturnValue(new Promise(() => undefined))
      closed.outbox.send(FOLLOW_UP)
      const other = openTab({ id: 'b', tab: 'b' })
      other.outbox.resume()
      expect(other.client.send).not.toHaveBeenCalled()
      expect(other.outbox.store.getState()).toHaveLength(1)
      other.gone('a')
      await emptied(other.outbox)
      expect(keysOf(other.client)).toEqual(['a-1'])
      expect(localStorage.length).toBe(0)
    })

    it('leaves a question alone that its own page has delivered meanwhile', async () => {
      const owner = openTab()
      const reply = Promise.withResolvers<SendReply>()
      owner.client.send.mockReturnValueOnce(reply.promise)
      owner.outbox.send(FOLLOW_UP)
      const other = openTab({ id: 'b', tab: 'b' })
      other.outbox.resume()
      reply.resolve(sent('answer'))
      await emptied(owner.outbox)
      other.changed()
      expect(other.outbox.store.getState()).toEqual([])
      other.gone('a')
      expect(other.client.send).not.toHaveBeenCalled()
    })

    it('asks before it repeats a question whose key the server may have forgotten', async () => {
      const before = openTab()
      before.client.send.mockReturnValue(new Promise(() => undefined))
      before.outbox.send(FOLLOW_UP)
      const after = openTab({ id: 'a2', tab: 'a', now: () => Date.now() + 8 * 24 * 3_600_000 })
      after.outbox.resume()
      await failed(after.outbox, 'why?')
      expect(after.client.send).not.toHaveBeenCalled()
    })

    it('is said to be there as long as it has something to deliver', async () => {
      const { outbox, client, here } = openTab()
      const reply = Promise.withResolvers<SendReply>()
      client.send.mockReturnValueOnce(reply.promise)
      expect(here()).toBe(false)
      outbox.send(FOLLOW_UP)
      expect(here()).toBe(true)
      reply.resolve(sent('answer'))
      await emptied(outbox)
      expect(here()).toBe(false)
    })
  })
})

function sent(messageId: string): Sent {
  return { message: { id: 'q' }, generations: [{ messageId }] } as unknown as Sent
}

function queued(id: string): SendReply {
  return { queued: { id } } as unknown as SendReply
}

function keysOf(client: ReturnType<typeof openTab>['client']): string[] {
  return client.send.mock.calls.map(([, , options]) => options.idempotencyKey)
}

async function emptied({ store }: ReturnType<typeof createOutbox>): Promise<void> {
  await vi.waitFor(() => expect(store.getState()).toEqual([]))
}

async function failed({ store }: ReturnType<typeof createOutbox>, ...texts: string[]): Promise<void> {
  await vi.waitFor(() => expect(store.getState()).toMatchObject(texts.map((text) => ({ state: 'failed', text }))))
}

function openTab({ id = 'a', tab = id, now = Date.now }: { id?: string; tab?: string; now?: () => number } = {}) {
  const client = {
    createConversation: vi.fn().mockResolvedValue({ id: 'made' } as ConversationView),
    send: vi.fn().mockResolvedValue(sent('answer')),
    edit: vi.fn().mockResolvedValue(sent('answer')),
  }
  const onAccepted = vi.fn().mockResolvedValue(undefined)
  const gone = new Map<string, () => void>()
  let here = false
  const life: PageLife = {
    id,
    tab,
    stay() {
      here = true
      return () => (here = false)
    },
    whenGone: (other, listener) => void gone.set(other, listener),
  }
  let changed = () => {}
  const events = {
    addEventListener: (_: string, listener: (event: object) => void) => (changed = () => listener({ key: null })),
  }
  let keys = 0
  const goTo = vi.fn<(conversationId: string) => Promise<void>>(() => Promise.resolve())
  const outbox = createOutbox({
    client,
    shelf: createOutboxShelf(localStorage, events as unknown as Window),
    life,
    newKey: () => `${id}-${(keys += 1)}`,
    now,
    onCreated: () => {},
    goTo,
    onAccepted,
  })
  return {
    outbox,
    client,
    onAccepted,
    goTo,
    here: () => here,
    gone: (other: string) => gone.get(other)?.(),
    changed: () => changed(),
  }
}
