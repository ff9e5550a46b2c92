import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MessagePage, Sent } from '#protocol/api/messages.ts'
import { openRawStream } from '#test/app/raw-stream.ts'
import { startApi, type Api } from '#test/app/start-api.ts'

let api: Api

beforeAll(async () => {
  api = await startApi({
    providers: [
      { id: 'demo', name: 'Demo', local: true },
      { id: 'openai', name: 'OpenAI', local: false },
    ],
  })
  const models = [
    { id: 'gpt-4o', name: null, contextLength: 128_000 },
    { id: 'org/model-7b', name: null, contextLength: null },
  ]
  await api.backend.store.saveCatalogue('openai', { models, status: 'up', error: null, checkedAt: 1 })
})
afterAll(() => api.close())

const hello = { parts: [{ type: 'text', text: 'hello' }] }

async function newConversation(): Promise<string> {
  return (await api.request('POST', '/api/v1/conversations')).body.id as string
}

function send(conversationId: string, body: object, headers: Record<string, string> = {}) {
  return api.request('POST', `/api/v1/conversations/${conversationId}/messages`, body, headers)
}

describe('sending', () => {
  test('is accepted with the question and its generation, and calls the workers', async () => {
    const id = await newConversation()
    api.rung.length = 0
    const { status, body } = await send(id, hello)
    expect(status).toBe(202)
    const sent = Sent.parse(body)
    expect(sent.message).toMatchObject({ conversationId: id, parentId: null, role: 'user', parts: hello.parts })
    expect(sent.generations).toMatchObject([{ status: 'queued', model: 'demo/chat' }])
    expect(api.rung).toEqual([{ kind: 'jobs' }])
    const generation = await api.backend.store.getGeneration('local', sent.generations[0]?.id ?? '')
    expect(generation?.request).toEqual({
      provider: 'demo',
      model: 'chat',
      requestedModel: 'demo/chat',
      parameters: {},
      branch: { leafId: sent.message.id },
    })
  })

  test('freezes the options that were set and no others', async () => {
    const options = { systemPrompt: 'Be brief.', temperature: 0, stop: ['x'], thinking: true }
    const { generationId } = await api.ask({ options })
    const generation = await api.backend.store.getGeneration('local', generationId)
    expect(generation?.request).toMatchObject({ systemPrompt: 'Be brief.' })
    expect(generation?.request.parameters).toEqual({ temperature: 0, stop: ['x'], thinking: true })
  })

  test('P18: to several models, the same one twice among them, makes that many sibling answers of one question', async () => {
    const id = await newConversation()
    const models = ['demo/chat', 'openai/gpt-4o', 'demo/chat']
    const sent = Sent.parse((await send(id, { ...hello, models })).body)
    expect(sent.generations.map(({ model }) => model)).toEqual(models)
    const { messages } = MessagePage.parse((await api.request('GET', `/api/v1/conversations/${id}/messages`)).body)
    const answers = messages.filter(({ role }) => role === 'assistant')
    expect(answers.map(({ parentId }) => parentId)).toEqual(Array(3).fill(sent.message.id))
    expect(answers.map(({ id: messageId }) => messageId)).toEqual(sent.generations.map(({ messageId }) => messageId))
  })

  test('P11: twenty times at once with one Idempotency-Key is one send, and all get the same answer', async () => {
    const id = await newConversation()
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => send(id, hello, { 'idempotency-key': 'one-key' })),
    )
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([202]))
    expect(new Set(replies.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    const { messages } = (await api.request('GET', `/api/v1/conversations/${id}/messages`)).body
    expect(messages).toHaveLength(2)
  })

  test('with a key that was used for another body is refused; the order of members does not matter', async () => {
    const id = await newConversation()
    const key = { 'idempotency-key': 'another-key' }
    const first = await send(id, { ...hello, model: 'demo/chat' }, key)
    const same = await send(id, { model: 'demo/chat', ...hello }, key)
    expect(same.body).toEqual(first.body)
    const other = await send(id, { parts: [{ type: 'text', text: 'other' }] }, key)
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused'])
  })

  test.each([
    ['no text', { parts: [] }, 422, 'empty-message'],
    ['only blanks', { parts: [{ type: 'text', text: ' \n ' }] }, 422, 'empty-message'],
    ['too much text', { parts: [{ type: 'text', text: 'x'.repeat(1_001) }] }, 413, 'message-too-long'],
    ['too many models', { ...hello, models: Array(5).fill('demo/chat') }, 422, 'too-many-models'],
    ['an unknown model', { ...hello, model: 'openai/gpt-5' }, 422, 'unknown-model'],
    ['one unknown model among others', { ...hello, models: ['demo/chat', 'nope'] }, 422, 'unknown-model'],
    ['an unknown parent', { ...hello, parentId: 'none' }, 422, 'unknown-parent'],
    ['model and models', { ...hello, model: 'demo/chat', models: ['demo/chat'] }, 422, 'invalid-request'],
    ['no parts', {}, 422, 'invalid-request'],
    ['an option out of range', { ...hello, options: { temperature: 9 } }, 422, 'invalid-request'],
  ])('with %s is refused and writes nothing', async (_name, body, status, code) => {
    const id = await newConversation()
    const reply = await send(id, body)
    expect([reply.status, reply.body.code]).toEqual([status, code])
    expect(reply.body.detail.length).toBeGreaterThan(20)
    const { messages } = (await api.request('GET', `/api/v1/conversations/${id}/messages`)).body
    expect(messages).toEqual([])
  })

  test('names the field that is wrong, and models that are nearly the one asked for', async () => {
    const id = await newConversation()
    const field = await send(id, { parts: [{ type: 'text', text: 5 }] })
    expect(field.body).toMatchObject({ parameters: { field: 'body.parts.0.text' } })
    expect(field.body.detail).toContain('body.parts.0.text')
    const model = await send(id, { ...hello, model: 'openai/gpt4o' })
    expect(model.body.detail).toContain('openai/gpt-4o')
    expect(model.body.parameters).toEqual({ model: 'openai/gpt4o' })
  })

  test('to a conversation that is not there, or is deleted, is 404', async () => {
    const id = await newConversation()
    await api.request('DELETE', `/api/v1/conversations/${id}`)
    for (const target of ['none', id]) {
      const reply = await send(target, hello)
      expect([reply.status, reply.body.code]).toEqual([404, 'unknown-conversation'])
    }
  })

  test('below an answer that is still being written is queued, below one that has ended it is started', async () => {
    const asked = await api.ask()
    const below = { ...hello, parentId: asked.messageId }
    const waiting = await send(asked.conversationId, below)
    expect([waiting.status, waiting.body]).toMatchObject([202, { queued: { waitsFor: asked.messageId, held: null } }])
    await api.request('DELETE', `/api/v1/conversations/${asked.conversationId}/queue`)
    await (await api.work(asked.generationId)).seal()
    expect((await send(asked.conversationId, below)).body.message).toMatchObject({ parentId: asked.messageId })
  })
})

describe('sending with Accept: text/event-stream', () => {
  function stream(conversationId: string, body: object) {
    const text = JSON.stringify(body)
    return openRawStream(api.port, `/api/v1/conversations/${conversationId}/messages`, {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(text)),
      },
      body: text,
    })
  }

  test('says first what was sent, then every event with its generation, and ends after the last end', async () => {
    const reply = stream(await newConversation(), { ...hello, models: ['demo/chat', 'demo/chat'] })
    await reply.until(/event: sent\ndata: [^\n]*\n\n/)
    const sent = Sent.parse(JSON.parse(/event: sent\ndata: ([^\n]*)\n\n/.exec(reply.body())?.[1] ?? ''))
    const [first, second] = sent.generations.map(({ id }) => id)
    const writers = await Promise.all([api.work(first ?? ''), api.work(second ?? '')])
    await writers[1].write(1, 'b')
    await writers[1].end()
    await reply.until('"type":"end"')
    await writers[0].write(1, 'a')
    await reply.until('"text":"a"')
    expect(reply.text()).not.toContain('\r\n0\r\n\r\n')
    await writers[0].end()
    await reply.until('\r\n0\r\n\r\n')
    const frames = [...reply.body().matchAll(/^id: (.*)\ndata: (.*)\n\n/gm)].map(([, id, data]) => [
      id,
      JSON.parse(data ?? ''),
    ])
    expect(frames.map(([id]) => id)).toEqual([`${second}:1-1`, `${second}:1-2`, `${first}:1-1`, `${first}:1-2`])
    expect(frames[0]?.[1]).toEqual({ generationId: second, type: 'text-delta', text: 'b', at: 1 })
    reply.socket.destroy()
  })

  test('going away stops nothing', async () => {
    const reply = stream(await newConversation(), hello)
    await reply.until('event: sent')
    const { generations } = JSON.parse(/event: sent\ndata: (.*)\n/.exec(reply.body())?.[1] ?? '') as Sent
    reply.socket.destroy()
    await reply.closed
    const generation = await api.backend.store.getGeneration('local', generations[0]?.id ?? '')
    expect(generation).toMatchObject({ status: 'queued', cancelRequestedAt: null })
  })

  test('is refused with a problem document like any other send', async () => {
    const reply = stream(await newConversation(), { parts: [] })
    await reply.until('empty-message')
    expect(reply.text()).toMatch(/^HTTP\/1\.1 422 /)
    reply.socket.destroy()
  })
})

describe('retrying', () => {
  const retry = (id: string, body?: object, headers?: Record<string, string>) =>
    api.request('POST', `/api/v1/messages/${id}/retry`, body, headers)

  test('an answer asks its question again with the same model and options, beside the old answer', async () => {
    const asked = await api.ask({ model: 'openai/gpt-4o', options: { temperature: 0.5, systemPrompt: 'Rhyme.' } })
    await (await api.work(asked.generationId)).end()
    const { status, body } = await retry(asked.messageId)
    expect(status).toBe(202)
    const sent = Sent.parse(body)
    expect(sent.message.id).toBe(asked.message.id)
    expect(sent.generations).toMatchObject([{ model: 'openai/gpt-4o', status: 'queued' }])
    const generation = await api.backend.store.getGeneration('local', sent.generations[0]?.id ?? '')
    expect(generation?.request).toMatchObject({ systemPrompt: 'Rhyme.', parameters: { temperature: 0.5 } })
    const answer = await api.backend.store.getMessage('local', sent.generations[0]?.messageId ?? '')
    expect(answer?.parentId).toBe(asked.message.id)
  })

  test('a question, or with another model and options, does as it is told', async () => {
    const asked = await api.ask({ model: 'openai/gpt-4o', options: { temperature: 0.5 } })
    const question = Sent.parse((await retry(asked.message.id)).body)
    expect(question.generations[0]?.model).toBe('demo/chat')
    const other = Sent.parse((await retry(asked.messageId, { model: 'demo/chat', options: { seed: 4 } })).body)
    const generation = await api.backend.store.getGeneration('local', other.generations[0]?.id ?? '')
    expect(generation?.request).toMatchObject({ provider: 'demo', parameters: { seed: 4 } })
  })

  test('with one Idempotency-Key is one retry', async () => {
    const asked = await api.ask()
    const key = { 'idempotency-key': 'retry-key' }
    const [first, second] = await Promise.all([retry(asked.messageId, {}, key), retry(asked.messageId, {}, key)])
    expect(first?.body).toEqual(second?.body)
  })

  test('is 404 for a message that is not there', async () => {
    const { status, body } = await retry('none')
    expect([status, body.code]).toEqual([404, 'unknown-message'])
  })
})

describe('listing messages', () => {
  test('gives all branches in the order in which they were made, page by page, with the whole answers', async () => {
    const asked = await api.ask()
    const writer = await api.work(asked.generationId)
    await writer.write(2, 'hi ')
    await writer.end()
    await api.request('POST', `/api/v1/messages/${asked.messageId}/retry`)
    const path = `/api/v1/conversations/${asked.conversationId}/messages`
    const first = MessagePage.parse((await api.request('GET', `${path}?limit=2`)).body)
    expect(first.messages.map(({ role }) => role)).toEqual(['user', 'assistant'])
    expect(first.messages[1]).toMatchObject({
      parts: [{ type: 'text', text: 'hi hi ' }],
      generation: { status: 'completed' },
      answer: { status: 'completed', finishReason: 'stop' },
    })
    const second = MessagePage.parse((await api.request('GET', `${path}?limit=2&after=${first.next}`)).body)
    expect(second.messages).toMatchObject([{ parts: [], answer: null, generation: { status: 'queued' } }])
    expect(second.next).toBeNull()
  })

  test('is 404 for a conversation that is not there, and 422 for a page that cannot be', async () => {
    expect((await api.request('GET', '/api/v1/conversations/none/messages')).body.code).toBe('unknown-conversation')
    const { status, body } = await api.request('GET', '/api/v1/conversations/none/messages?limit=0')
    expect([status, body.code, body.parameters.field]).toEqual([422, 'invalid-request', 'query.limit'])
  })
})
