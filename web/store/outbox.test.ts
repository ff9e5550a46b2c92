import { beforeEach, describe, expect, it, vi } from 'vitest'
import { ClientError } from '#client/client-error.ts'
import type { ConversationView } from '#protocol/api/conversations.ts'
import type { Sent } from '#protocol/api/messages.ts'
import { createOutbox, type Question } from './outbox.ts'

const SENT = { message: {}, generations: [] } as unknown as Sent
const FOLLOW_UP: Question = { conversationId: 'c', parentId: 'm', text: 'why?', model: 'p/m', thinking: false }

describe('createOutbox', () => {
  beforeEach(() => sessionStorage.clear())

  it('makes the conversation of a first question, named after it, and sends into it', async () => {
    const { outbox, client, onAccepted } = createForTest()
    outbox.send({
      ...FOLLOW_UP,
      conversationId: null,
      parentId: null,
      text: 'What is a millrace?\nAnd why?',
      thinking: true,
    })
    await vi.waitFor(() => expect(outbox.store.getState()).toEqual([]))
    expect(client.createConversation).toHaveBeenCalledWith({ title: 'What is a millrace?' })
    expect(client.send).toHaveBeenCalledWith(
      'made',
      {
        parentId: null,
        parts: [{ type: 'text', text: 'What is a millrace?\nAnd why?' }],
        model: 'p/m',
        options: { thinking: true },
      },
      { idempotencyKey: 'key-1' },
    )
    expect(onAccepted).toHaveBeenCalledOnce()
  })

  it('keeps a question that could not be delivered, and repeats it under the same key', async () => {
    const { outbox, client } = createForTest()
    client.send.mockRejectedValueOnce(new ClientError('network'))
    outbox.send(FOLLOW_UP)
    await vi.waitFor(() => expect(outbox.store.getState()[0]).toMatchObject({ state: 'failed', text: 'why?' }))
    outbox.retry('key-1')
    await vi.waitFor(() => expect(outbox.store.getState()).toEqual([]))
    expect(client.send.mock.calls.map(([, , options]) => options)).toEqual([
      { idempotencyKey: 'key-1' },
      { idempotencyKey: 'key-1' },
    ])
  })

  it('does not make a second conversation when only the question failed', async () => {
    const { outbox, client } = createForTest()
    client.send.mockRejectedValueOnce(new ClientError('network'))
    outbox.send({ ...FOLLOW_UP, conversationId: null })
    await vi.waitFor(() => expect(outbox.store.getState()[0]?.state).toBe('failed'))
    outbox.retry('key-1')
    await vi.waitFor(() => expect(outbox.store.getState()).toEqual([]))
    expect(client.createConversation).toHaveBeenCalledOnce()
  })

  it('sends on after a reload, under the key from before', async () => {
    const before = createForTest()
    before.client.send.mockReturnValue(new Promise(() => undefined))
    before.outbox.send(FOLLOW_UP)
    const after = createForTest()
    after.outbox.resume()
    await vi.waitFor(() => expect(after.outbox.store.getState()).toEqual([]))
    expect(after.client.send).toHaveBeenCalledWith('c', expect.anything(), { idempotencyKey: 'key-1' })
  })

  it('hands a failed question back to be edited', async () => {
    const { outbox, client } = createForTest()
    client.send.mockRejectedValueOnce(new ClientError('network'))
    outbox.send(FOLLOW_UP)
    await vi.waitFor(() => expect(outbox.store.getState()[0]?.state).toBe('failed'))
    expect(outbox.take('key-1')?.text).toBe('why?')
    expect(outbox.store.getState()).toEqual([])
  })
})

function createForTest() {
  const made = { id: 'made' } as ConversationView
  const client = { createConversation: vi.fn().mockResolvedValue(made), send: vi.fn().mockResolvedValue(SENT) }
  const onAccepted = vi.fn().mockResolvedValue(undefined)
  let keys = 0
  const outbox = createOutbox({
    client,
    storage: sessionStorage,
    newKey: () => `key-${(keys += 1)}`,
    onCreated: () => Promise.resolve(),
    onAccepted,
  })
  return { outbox, client, onAccepted }
}
