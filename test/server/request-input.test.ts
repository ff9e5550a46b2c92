import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MessagePage, Sent } from '#protocol/api/messages.ts'
import type { Problem } from '#protocol/api/problem.ts'
import type { TurnQueue } from '#protocol/api/queue.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import { LOCAL_USER_ID } from '#server/domain/local-user.ts'
import { startApi, type Api } from '#test/app/start-api.ts'

const file = { userId: LOCAL_USER_ID, hash: '0'.repeat(64), bytes: 9, name: 'a.png', createdAt: 1 }
const text = (words: string) => ({ type: 'text', text: words })
const image = { type: 'image', fileId: 'picture' }
const kept = { type: 'image', fileId: 'picture', mediaType: 'image/png' }
const call: GenerationEvent = { type: 'tool-call', toolCallId: 'call-1', name: 'weather', arguments: '{}', at: 1 }
const result = { type: 'tool-result', toolCallId: 'call-1', content: '12 degrees' }

describe('what a question holds', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi()
    await api.backend.store.addFile({ ...file, id: 'picture', mediaType: 'image/png' })
    await api.backend.store.addFile({ ...file, id: 'paper', mediaType: 'application/pdf', name: 'paper.pdf' })
    await api.backend.store.addFile({ ...file, id: 'theirs', userId: 'other', mediaType: 'image/png' })
  })
  afterAll(() => api.close())

  const send = (conversationId: string, body: object) =>
    api.request('POST', `/api/v1/conversations/${conversationId}/messages`, { model: 'demo/chat', ...body })
  const problem = (reply: { status: number; body: Problem }) => [reply.status, reply.body.code, reply.body.detail]
  const refusal = (reply: Parameters<typeof problem>[0]) => problem(reply).slice(0, 2)
  const messagesOf = async (conversationId: string) =>
    ((await api.request('GET', `/api/v1/conversations/${conversationId}/messages`)).body as MessagePage).messages

  /** A conversation whose first answer has called a tool. */
  async function askForTools() {
    const asked = await api.ask()
    const writer = await api.work(asked.generationId)
    await writer.append(call)
    return { ...asked, writer }
  }

  test('images and documents stand in the message with what is known of them', async () => {
    const parts = [text('See'), { ...image, alt: 'A sketch' }, { type: 'file', fileId: 'paper' }]
    const { message, conversationId } = await api.ask({ parts })
    const whole = [
      text('See'),
      { ...kept, alt: 'A sketch' },
      { type: 'file', fileId: 'paper', mediaType: 'application/pdf', name: 'paper.pdf' },
    ]
    expect(message.parts).toEqual(whole)
    expect((await messagesOf(conversationId))[0]?.parts).toEqual(whole)
  })

  test('an image says enough without any words', async () => {
    expect((await api.ask({ parts: [image] })).message.parts).toEqual([kept])
  })

  test.each([
    [[{ ...image, fileId: 'nothing' }], 'There is no file "nothing"'],
    [[{ ...image, fileId: 'theirs' }], 'There is no file "theirs"'],
    [[{ ...image, fileId: 'paper' }], 'is no image, but application/pdf: send it as a file part'],
    [[{ type: 'file', fileId: 'picture' }], 'is an image: send it as an image part'],
    [[{ ...image, mediaType: 'image/webp' }], 'is image/png, not image/webp'],
  ])('%j cannot be sent', async (parts, words) => {
    const { conversationId } = await api.ask()
    const [status, code, detail] = problem(await send(conversationId, { parts, parentId: null }))
    expect([status, code]).toEqual([422, 'unknown-attachment'])
    expect(detail).toContain(words)
  })

  test('attachments survive the queue, an edit there, an edit of the question and a retry', async () => {
    const asked = await api.ask()
    const { conversationId } = asked
    const queued = (await send(conversationId, { parts: [text('Then'), image] })).body.queued as { id: string }
    const turn = `/api/v1/conversations/${conversationId}/queue/${queued.id}`
    await api.request('PATCH', turn, { parts: [text('Now'), image] })
    const queue = (await api.request('GET', `/api/v1/conversations/${conversationId}/queue`)).body as TurnQueue
    expect(queue.items[0]?.parts).toEqual([text('Now'), kept])
    await (await api.work(asked.generationId)).end()
    const question = (await messagesOf(conversationId)).findLast(({ role }) => role === 'user')
    expect(question?.parts).toEqual([text('Now'), kept])
    const edited = await api.request('POST', `/api/v1/messages/${question!.id}/edit`, {
      parts: [text('Or so'), image],
      model: 'demo/chat',
    })
    const { message, generations } = edited.body as Sent
    expect(message.parts).toEqual([text('Or so'), kept])
    const retried = await api.request('POST', `/api/v1/messages/${message.id}/retry`, { model: 'demo/chat' })
    const again = (retried.body as Sent).generations[0]!
    for (const { messageId } of [generations[0]!, again]) {
      const branch = await api.backend.store.branch(LOCAL_USER_ID, messageId)
      expect(branch.at(-2)?.parts).toEqual([text('Or so'), kept])
    }
  })

  test('tool results answer the calls of the answer before, without any words', async () => {
    const { conversationId, messageId, writer } = await askForTools()
    await writer.end({ finishReason: 'tool-calls' })
    const { status, body } = await send(conversationId, { parts: [{ ...result, isError: true }] })
    expect(status).toBe(202)
    expect((body as Sent).message).toMatchObject({ parentId: messageId, parts: [{ ...result, isError: true }] })
  })

  test('tool results are taken as soon as the log has ended, though the message does not say so yet', async () => {
    const { conversationId, messageId, writer } = await askForTools()
    await writer.seal()
    const { status, body } = await send(conversationId, { parts: [result], parentId: messageId })
    expect([status, (body as Sent).message.parentId]).toEqual([202, messageId])
  })

  test('tool results of a call that nobody made are refused in words', async () => {
    const { conversationId, messageId, writer } = await askForTools()
    await writer.end()
    const refused = async (body: object) => problem(await send(conversationId, body))
    expect(await refused({ parts: [{ ...result, toolCallId: 'call-2' }] })).toEqual([
      422,
      'unknown-tool-call',
      'The answer before has made no call "call-2". It called "call-1".',
    ])
    expect(await refused({ parts: [result, result] })).toEqual([
      422,
      'unknown-tool-call',
      'The call "call-1" has two results. Send one for each call.',
    ])
    expect((await refused({ parts: [result], parentId: null })).slice(0, 2)).toEqual([422, 'unknown-tool-call'])
    expect((await refused({ parts: [result], parentId: 'nothing' })).slice(0, 2)).toEqual([422, 'unknown-parent'])
    const question = (await messagesOf(conversationId)).find(({ role }) => role === 'user')
    expect((await refused({ parts: [result], parentId: question!.id })).slice(0, 2)).toEqual([422, 'unknown-tool-call'])
    const plain = await api.ask()
    await (await api.work(plain.generationId)).end()
    expect(problem(await send(plain.conversationId, { parts: [result] }))[2]).toMatch(/It made no calls/)
    expect(problem(await send(plain.conversationId, { parts: [result], parentId: messageId }))[1]).toBe(
      'unknown-parent',
    )
  })

  test('tool results never wait in the queue', async () => {
    const { conversationId, writer } = await askForTools()
    expect(refusal(await send(conversationId, { parts: [result] }))).toEqual([409, 'parent-not-answered'])
    const queued = (await send(conversationId, { parts: [text('Later')] })).body.queued as { id: string }
    const turn = `/api/v1/conversations/${conversationId}/queue/${queued.id}`
    expect(refusal(await api.request('PATCH', turn, { parts: [result] }))).toEqual([422, 'unknown-tool-call'])
    // It failed: the turn is held behind it, and would come between the call and its result.
    await writer.end({ status: 'failed', error: { kind: 'server', message: 'x', retryable: false } })
    expect(problem(await send(conversationId, { parts: [result] }))).toEqual([
      409,
      'parent-not-answered',
      'Other messages wait after this answer. Withdraw them, or send them first, and then the tool results.',
    ])
  })

  test('the words of tool results count for the length of a message, and its parts are counted', async () => {
    const { conversationId, writer } = await askForTools()
    await writer.end()
    const long = { parts: [{ ...result, content: 'x'.repeat(1_001) }] }
    expect(refusal(await send(conversationId, long))).toEqual([413, 'message-too-long'])
    const many = { parts: Array.from({ length: 65 }, () => text('x')) }
    expect(refusal(await send(conversationId, many))).toEqual([422, 'invalid-request'])
  })
})

describe('how an answer is asked for', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi({ limits: { maxBodyBytes: 4 * 1024 * 1024 } })
  })
  afterAll(() => api.close())

  const tool = (name = 'weather', parameters: object = { type: 'object' }) => ({ name, parameters })
  const deep = (levels: number): object => (levels === 0 ? {} : { items: deep(levels - 1) })

  test('is frozen with the question, and asked in the same way by a retry', async () => {
    const options = {
      tools: [{ ...tool(), description: 'Looks out of the window' }],
      toolChoice: { name: 'weather' },
      responseFormat: { type: 'json-schema', name: 'answer', schema: { type: 'object' }, strict: true },
      reasoningEffort: 'high',
      reasoningBudget: 2_000,
      cachePrompt: true,
      seed: 7,
    }
    const { generationId, messageId } = await api.ask({ options })
    const frozen = async (id: string) => (await api.backend.store.getGeneration(LOCAL_USER_ID, id))?.request.parameters
    expect(await frozen(generationId)).toEqual(options)
    const retried = await api.request('POST', `/api/v1/messages/${messageId}/retry`, {})
    expect(await frozen((retried.body as Sent).generations[0]!.id)).toEqual(options)
  })

  test.each([
    [{ tools: [tool('has spaces')] }, 'body.options.tools.0.name'],
    [{ tools: [tool(), tool()] }, 'two tools named "weather"'],
    [{ tools: [tool('a', { enum: ['x'.repeat(70_000)] })] }, 'at most 65536'],
    [{ tools: [tool('a', deep(100))] }, 'nested more than 64 deep'],
    [{ tools: Array.from({ length: 6 }, (_, index) => tool(`t${index}`, { enum: ['x'.repeat(60_000)] })) }, '262144'],
    [{ tools: Array.from({ length: 129 }, (_, index) => tool(`t${index}`)) }, 'body.options.tools'],
    [{ toolChoice: 'required' }, 'wants a tool to be called, but no tools are given'],
    [{ tools: [tool()], toolChoice: { name: 'time' } }, 'names "time", which is none of the tools'],
    [{ responseFormat: { type: 'json-schema', name: 'a', schema: deep(100) } }, 'nested more than 64 deep'],
    [{ responseFormat: { type: 'yaml' } }, 'body.options.responseFormat'],
    [{ reasoningEffort: 'utmost' }, 'body.options.reasoningEffort'],
    [{ reasoningBudget: 0 }, 'body.options.reasoningBudget'],
    [{ stop: ['x'.repeat(1_001)] }, 'body.options.stop.0'],
    [{ seed: 1.5 }, 'body.options.seed'],
  ])('is refused in words: %#', async (options, words) => {
    const { conversationId } = await api.ask()
    const reply = await api.request('POST', `/api/v1/conversations/${conversationId}/messages`, {
      parts: [text('x')],
      parentId: null,
      model: 'demo/chat',
      options,
    })
    expect([reply.status, reply.body.code]).toEqual([422, 'invalid-request'])
    expect(reply.body.detail).toContain(words)
  })

  test('a body nested ten thousand deep is refused, not fallen over', async () => {
    const { conversationId } = await api.ask()
    const schema = `${'{"items":'.repeat(10_000)}{}${'}'.repeat(10_000)}`
    const body = `{"parts":[{"type":"text","text":"x"}],"parentId":null,"model":"demo/chat","options":{"tools":[{"name":"a","parameters":${schema}}]}}`
    const reply = await api.request('POST', `/api/v1/conversations/${conversationId}/messages`, body)
    expect([reply.status, reply.body.code]).toEqual([422, 'invalid-request'])
    expect(api.errors).toEqual([])
  })

  test('stands in the API document', async () => {
    const document = JSON.stringify((await api.request('GET', '/api/openapi.json')).body)
    for (const name of [
      'toolChoice',
      'responseFormat',
      'reasoningBudget',
      'cachePrompt',
      'tool-result',
      '/api/v1/files',
    ]) {
      expect(document).toContain(`"${name}`)
    }
  })
})
