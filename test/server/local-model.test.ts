import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Sent } from '#protocol/api/messages.ts'
import type { ModelList } from '#protocol/api/models.ts'
import { plainText, type Answer } from '#protocol/messages.ts'
import { writeFakeRuntime } from '#server/adapters/local-gguf/fake-runtime.fixture.ts'
import { findRuntime } from '#server/adapters/local-gguf/runtime-location.ts'
import { ask, followToEnd, post, stopAnswer, storedAnswer } from '../app/chat.ts'
import { childrenOf, commandOf, isAlive, kill } from '../app/process-tree.ts'
import { startApp, type App, type AppOptions } from '../app/start-app.ts'
import { counting, writeTinyGguf } from '../gguf/make-tiny-gguf.ts'
import { describeWithRuntime } from '../gguf/real-runtime.ts'

const COUNTED = counting(40).join('')

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-models-'))
  const models = join(folder, 'models')
  writeTinyGguf(join(models, 'count.gguf'), { answer: counting(40) })
  writeTinyGguf(join(models, 'thinker.gguf'), { answer: ['<think>', 'I', ' count', '</think>', 'Seven.'] })
  writeTinyGguf(join(models, 'short.gguf'), { answer: counting(300), contextLength: 256 })
  writeTinyGguf(join(models, 'endless.gguf'), { answer: counting(99), endless: true, contextLength: 32_768 })
  writeFakeRuntime(join(folder, 'fake'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function startWith(runtimeFolder: string, env: AppOptions['env'] = {}): Promise<App> {
  return startApp({ env: { MODELS_DIR: join(folder, 'models'), LLAMA_RUNTIME_DIR: runtimeFolder, ...env } })
}

/** The processes that hold models, of all workers. */
function modelProcesses(app: App): number[] {
  return app
    .workerPids()
    .flatMap(childrenOf)
    .filter((pid) => commandOf(pid).some((part) => part.endsWith('child-main.ts')))
}

async function answerTo(app: App, text: string, model: string, options: object = {}): Promise<Answer> {
  const asked = await ask(app.baseUrl, text, model, options)
  return (await followToEnd(app.baseUrl, asked.generationId)).answer
}

async function modelsOf(app: App): Promise<ModelList> {
  return (await (await fetch(`${app.baseUrl}/api/v1/models`)).json()) as ModelList
}

async function untilWriting(app: App, asked: { generationId: string }, characters = 1): Promise<() => Promise<Answer>> {
  let written = 0
  const following = followToEnd(app.baseUrl, asked.generationId, ({ event }) => {
    if (event.type === 'text-delta') written += event.text.length
  })
  await vi.waitFor(() => expect(written).toBeGreaterThanOrEqual(characters), { timeout: 20_000, interval: 5 })
  return async () => (await following).answer
}

describeWithRuntime('a model that runs here', (runtimeFolder) => {
  let app: App

  beforeAll(async () => {
    app = await startWith(runtimeFolder)
  })
  afterAll(() => app?.stop())

  test('is listed as soon as its file is there, and answers with its exact text', async () => {
    await vi.waitFor(async () => {
      const { models } = await modelsOf(app)
      expect(models.filter(({ provider }) => provider === 'local').map(({ id }) => id)).toEqual([
        'local/count',
        'local/endless',
        'local/short',
        'local/thinker',
      ])
    })
    const answer = await answerTo(app, 'Count!', 'local/count')
    expect(plainText(answer.parts)).toBe(COUNTED)
    expect(answer).toMatchObject({ status: 'completed', finishReason: 'stop', provider: 'local', model: 'count' })
    // Forty pieces and the end of the turn; the template and the question are one token a character.
    expect(answer.metrics.usage).toMatchObject({ outputTokens: 41 })
    expect(answer.metrics.usage?.inputTokens).toBeGreaterThan('Count!'.length)
    expect(answer.metrics.pieces).toBe(40)
  })

  test('has its thoughts kept apart', async () => {
    const { parts } = await answerTo(app, 'Count!', 'local/thinker')
    expect(parts).toMatchObject([
      { type: 'reasoning', text: 'I count' },
      { type: 'text', text: 'Seven.' },
    ])
  })

  test('keeps to a limit of tokens, and stops before what it is to stop at', async () => {
    const limited = await answerTo(app, 'Count!', 'local/count', { options: { maxOutputTokens: 3 } })
    expect(plainText(limited.parts)).toBe('1, 2, 3,')
    expect(limited.finishReason).toBe('length')
    const stopped = await answerTo(app, 'Count!', 'local/count', { options: { stop: [' 5'] } })
    expect(plainText(stopped.parts)).toBe('1, 2, 3, 4,')
    expect(stopped.finishReason).toBe('stop')
  })

  test('keeps to a schema: what it would say otherwise is not let through', async () => {
    const schema = { type: 'object', properties: { verdict: { enum: ['yes', 'no'] } }, required: ['verdict'] }
    const responseFormat = { type: 'json-schema', name: 'verdict', schema }
    const { parts } = await answerTo(app, 'Count!', 'local/count', { options: { responseFormat } })
    expect(JSON.parse(plainText(parts))).toEqual({ verdict: expect.stringMatching(/^(yes|no)$/) as string })
  })

  test('reads the whole conversation in its own template', async () => {
    const asked = await ask(app.baseUrl, 'One', 'local/count')
    await followToEnd(app.baseUrl, asked.generationId)
    const url = `${app.baseUrl}/api/v1/conversations/${asked.conversationId}/messages`
    const sent = await post<Sent>(url, { parts: [{ type: 'text', text: 'Again' }], model: 'local/count' })
    const { answer } = await followToEnd(app.baseUrl, sent.generations[0]?.id ?? '')
    // A character is a token, but for the pieces of the answer and for what begins and ends a turn.
    const turn = (role: string, tokens: number) => 1 + `${role}\n`.length + tokens + 1 + '\n'.length
    const turns = turn('user', 'One'.length) + turn('assistant', 40) + turn('user', 'Again'.length)
    expect(answer.metrics.usage?.inputTokens).toBe(1 + turns + 1 + 'assistant\n'.length)
  })

  test('answers two at once one after the other, in one process', async () => {
    const both = await Promise.all(['One', 'Two'].map((text) => answerTo(app, text, 'local/count')))
    expect(both.map(({ parts }) => plainText(parts))).toEqual([COUNTED, COUNTED])
    expect(modelProcesses(app)).toHaveLength(1)
  })

  test('lets one that waits be stopped without the one that runs noticing', async () => {
    const running = await ask(app.baseUrl, 'On and on', 'local/endless')
    const ended = await untilWriting(app, running)
    const waiting = await ask(app.baseUrl, 'And me', 'local/endless')
    await sleep(100)
    await stopAnswer(app.baseUrl, waiting.generationId)
    expect(await storedAnswer(app.baseUrl, waiting)).toMatchObject({ status: 'cancelled', parts: [] })
    expect((await storedAnswer(app.baseUrl, running))?.status ?? 'running').not.toBe('cancelled')
    await stopAnswer(app.baseUrl, running.generationId)
    expect(await ended()).toMatchObject({ status: 'cancelled' })
  })

  test('is stopped in the middle: what it wrote is kept, and it says when it let go', async () => {
    const asked = await ask(app.baseUrl, 'On and on', 'local/endless')
    const ended = await untilWriting(app, asked, 100)
    const receipt = await stopAnswer(app.baseUrl, asked.generationId)
    const answer = await ended()
    expect(answer).toMatchObject({ status: 'cancelled', cancelledBy: 'user' })
    expect(answer.upstreamClosedAt).toBeTypeOf('number')
    expect(receipt.upstreamClosedAt).toBe(new Date(answer.upstreamClosedAt ?? 0).toISOString())
    const whole = Array<string>(400).fill(counting(99).join('')).join('')
    const text = plainText(answer.parts)
    expect(text.length).toBeGreaterThanOrEqual(100)
    expect(whole.startsWith(text)).toBe(true)
    expect(plainText((await answerTo(app, 'Count!', 'local/count')).parts)).toBe(COUNTED)
  })

  test('is stopped while it still reads a long prompt, and stays loaded', async () => {
    const [before] = await loaded(app)
    // Each character is a token: it takes many seconds to read them.
    const asked = await ask(app.baseUrl, 'long '.repeat(5_500), 'local/endless')
    await sleep(1_500)
    const startedAt = Date.now()
    await stopAnswer(app.baseUrl, asked.generationId)
    const { answer } = await followToEnd(app.baseUrl, asked.generationId)
    expect(Date.now() - startedAt).toBeLessThan(1_500)
    expect(answer).toMatchObject({ status: 'cancelled', parts: [] })
    expect(answer.upstreamClosedAt).toBeTypeOf('number')
    expect(modelProcesses(app)).toEqual([before])
  })

  test('refuses what is too long with both numbers before it writes anything', async () => {
    const answer = await answerTo(app, 'x'.repeat(500), 'local/short')
    expect(answer).toMatchObject({ status: 'failed', parts: [], error: { kind: 'context-length', retryable: false } })
    expect(answer.error?.message).toMatch(/\b5\d\d\b.*\b256\b/)
  })

  test('ends at the end of its context, and says so', async () => {
    const answer = await answerTo(app, 'Count!', 'local/short')
    expect(answer).toMatchObject({ status: 'completed', finishReason: 'length' })
    expect(counting(300).join('').startsWith(plainText(answer.parts))).toBe(true)
  })

  test('is killed in the middle: the text is kept, and the next question is answered', async () => {
    const asked = await ask(app.baseUrl, 'On and on', 'local/endless')
    const ended = await untilWriting(app, asked, 100)
    for (const pid of modelProcesses(app)) kill(pid, 'SIGKILL')
    const answer = await ended()
    expect(answer).toMatchObject({ status: 'failed', error: { kind: 'server', retryable: true } })
    expect(plainText(answer.parts).length).toBeGreaterThanOrEqual(100)
    expect(plainText((await answerTo(app, 'Count!', 'local/count')).parts)).toBe(COUNTED)
  })

  test('dies with its worker, and the answer begins anew with another', async () => {
    const asked = await ask(app.baseUrl, 'On and on', 'local/endless', { options: { maxOutputTokens: 3_000 } })
    const ended = await untilWriting(app, asked)
    const before = modelProcesses(app)
    expect(before).toHaveLength(1)
    for (const pid of app.workerPids()) kill(pid, 'SIGKILL')
    await vi.waitFor(() => expect(before.filter(isAlive)).toEqual([]), { timeout: 5_000 })
    const answer = await ended()
    expect(answer).toMatchObject({ status: 'completed', finishReason: 'length', attempt: 2 })
    expect(modelProcesses(app)).toHaveLength(1)
  })

  /** Its process, once it has answered something. */
  async function loaded(running: App): Promise<number[]> {
    await answerTo(running, 'Go', 'local/endless', { options: { maxOutputTokens: 1 } })
    return modelProcesses(running)
  }
})

describe('where a file lies and nothing runs it', () => {
  const command = /npm install --prefix \S+ .*node-llama-cpp@3\.22\.1/
  let app: App

  beforeAll(async () => {
    const empty = join(folder, 'empty')
    mkdirSync(empty, { recursive: true })
    app = await startWith(empty)
  })
  afterAll(() => app?.stop())

  test.skipIf(findRuntime('/nowhere') !== undefined)(
    'the list says how to install it, and a question fails with the same words',
    async () => {
      await vi.waitFor(async () => {
        const { providers, models } = await modelsOf(app)
        expect(providers.find(({ id }) => id === 'local')).toMatchObject({
          status: 'down',
          error: expect.stringMatching(command) as string,
        })
        expect(models.some(({ provider }) => provider === 'local')).toBe(false)
      })
      const answer = await answerTo(app, 'Count!', 'local/count')
      expect(answer).toMatchObject({
        status: 'failed',
        error: { retryable: false, message: expect.stringMatching(command) as string },
      })
    },
  )
})

describe('with a runtime that plays one', () => {
  let app: App

  beforeAll(async () => {
    app = await startWith(join(folder, 'fake'))
  })
  afterAll(() => app?.stop())

  test('one that does not obey a stop is killed, and the answer says when', async () => {
    const asked = await ask(app.baseUrl, '/deaf', 'local/count')
    await vi.waitFor(() => expect(modelProcesses(app)).toHaveLength(1), { timeout: 10_000 })
    await sleep(500)
    const [deaf = 0] = modelProcesses(app)
    await stopAnswer(app.baseUrl, asked.generationId)
    const { answer } = await followToEnd(app.baseUrl, asked.generationId)
    expect(answer).toMatchObject({ status: 'cancelled' })
    expect(answer.upstreamClosedAt).toBeTypeOf('number')
    expect(isAlive(deaf)).toBe(false)
    expect(plainText((await answerTo(app, 'hello', 'local/count')).parts)).toBe('1, 2, 3.')
  })

  test('one that is killed before its first word is asked again by itself', async () => {
    const asked = await ask(app.baseUrl, '/silent', 'local/count')
    await vi.waitFor(() => expect(modelProcesses(app)).toHaveLength(1), { timeout: 10_000 })
    await sleep(300)
    const [first = 0] = modelProcesses(app)
    kill(first, 'SIGKILL')
    await vi.waitFor(() => expect(modelProcesses(app).filter((pid) => pid !== first)).toHaveLength(1), {
      timeout: 10_000,
    })
    await stopAnswer(app.baseUrl, asked.generationId)
    expect((await followToEnd(app.baseUrl, asked.generationId)).answer.status).toBe('cancelled')
  })

  test('when everything is stopped or killed no process is left', async () => {
    await answerTo(app, 'hello', 'local/count')
    const workers = app.workerPids()
    const models = modelProcesses(app)
    expect(models).toHaveLength(1)
    for (const pid of workers) kill(pid, 'SIGKILL')
    await vi.waitFor(() => expect(models.filter(isAlive)).toEqual([]), { timeout: 5_000 })
    await vi.waitFor(() => expect(app.workerPids().filter((pid) => !workers.includes(pid))).toHaveLength(1))
    await answerTo(app, 'hello', 'local/count')
    const later = modelProcesses(app)
    expect(later).toHaveLength(1)
    await app.stop()
    await vi.waitFor(() => expect(later.filter(isAlive)).toEqual([]), { timeout: 5_000 })
  })
})
