import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { isAlive, kill } from '#test/app/process-tree.ts'
import { counting, writeTinyGguf } from '#test/gguf/make-tiny-gguf.ts'
import { findRuntime } from './runtime-location.ts'
import { FAKE_CONTEXT_TOKENS, openFakeScene, play, question, textOf, type FakeScene } from './fake-runtime.fixture.ts'

let scene: FakeScene
let open: FakeScene[] = []

/** With other times than those of the scene that each test begins with. */
function openScene(...times: Parameters<typeof openFakeScene>): FakeScene {
  const opened = openFakeScene(...times)
  open.push(opened)
  return opened
}

beforeEach(() => {
  scene = openScene()
})
afterEach(async () => {
  for (const each of open) await each[Symbol.asyncDispose]()
  open = []
})

const endOf = async (request: ReturnType<typeof question>, { provider } = scene) =>
  (await play(provider, request)).at(-1)

async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(condition()).toBe(true), { timeout: 5_000, interval: 5 })
}

describe('an answer', () => {
  test('is its text, what it used and why it ended', async () => {
    const events = await play(scene.provider, question('hello'))
    expect(textOf(events)).toBe('1, 2, 3.')
    expect(events.slice(-2)).toEqual([
      { type: 'usage', usage: { inputTokens: 2, outputTokens: 3 } },
      { type: 'finish', reason: 'stop', rawReason: 'eogToken' },
    ])
    expect(await endOf(question('/limited'))).toMatchObject({ type: 'finish', reason: 'length' })
  })

  test('keeps thoughts apart', async () => {
    const events = await play(scene.provider, question('/thinks'))
    expect(events.map(({ type }) => type)).toEqual([
      'reasoning-delta',
      'reasoning-end',
      'text-delta',
      'usage',
      'finish',
    ])
  })

  test('counts its tokens', async () => {
    const events = await play(scene.provider, question('hello'))
    const pieces = events.map((event) => (event.type === 'text-delta' ? (event.pieces ?? 1) : 0))
    expect(pieces.reduce((sum, count) => sum + count, 0)).toBe(3)
  })

  test('is asked with what was asked for, and never without an end', async () => {
    const parameters = { temperature: 0, seed: 7, stop: ['x'], maxOutputTokens: 9, thinking: false }
    const asked = async (request: ReturnType<typeof question>) =>
      JSON.parse(textOf(await play(scene.provider, request))) as { options: object; history: object }
    const { options, history } = await asked(question('/echo', { parameters, systemPrompt: 'brief' }))
    expect(options).toMatchObject({
      temperature: 0,
      topP: 0.95,
      seed: 7,
      customStopTriggers: ['x'],
      maxTokens: 9,
      repeatPenalty: false,
      stopOnAbortSignal: true,
      budgets: { thoughtTokens: 0 },
    })
    expect(history).toMatchObject([{ type: 'system', text: 'brief' }, { type: 'user' }])
    expect((await asked(question('/echo'))).options).toMatchObject({
      temperature: 0,
      maxTokens: FAKE_CONTEXT_TOKENS - 3,
    })
  })

  test('is run where no key of the server is to be seen', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'sk-of-the-server')
    const seen = textOf(await play(scene.provider, question('/environment')))
    vi.unstubAllEnvs()
    expect(seen).toContain('PATH')
    expect(seen).not.toContain('OPENAI_API_KEY')
  })

  test('keeps to a schema, or says that it does not', async () => {
    const format = (schema: Record<string, unknown>) =>
      question('/echo', { parameters: { responseFormat: { type: 'json-schema', name: 'n', schema } } })
    expect(textOf(await play(scene.provider, format({ type: 'object' })))).toContain('"grammar"')
    // One that this adapter does not know, and one that the runtime refuses.
    for (const schema of [{ type: 'mystery' }, { type: 'array', items: { type: 'string' } }]) {
      const events = await play(scene.provider, format(schema))
      expect(events[0]).toEqual({ type: 'left-out', parameters: ['responseFormat'] })
      expect(textOf(events)).not.toContain('"grammar"')
    }
  })

  test('leaves tools out and says so', async () => {
    const tools = [{ name: 'look', parameters: {} }]
    const events = await play(scene.provider, question('hello', { parameters: { tools } }))
    expect(events[0]).toEqual({ type: 'left-out', parameters: ['tools'] })
    expect(events.at(-1)).toMatchObject({ type: 'finish' })
  })
})

test('a conversation that is too long is refused with both numbers, and nothing is asked', async () => {
  const long = question('word '.repeat(FAKE_CONTEXT_TOKENS))
  expect(await play(scene.provider, long)).toEqual([
    {
      type: 'error',
      error: {
        kind: 'context-length',
        message: 'The conversation has 102 tokens, but tiny has room for 100 here, its answer included.',
        retryable: false,
      },
    },
  ])
  expect(scene.askedProcesses()).toEqual([])
})

describe('one after another', () => {
  test('in one process that is kept warm', async () => {
    const texts = await Promise.all(['a', 'b', 'c'].map((text) => play(scene.provider, question(text))))
    expect(texts.map(textOf)).toEqual(Array(3).fill('1, 2, 3.'))
    expect(new Set(scene.askedProcesses()).size).toBe(1)
  })

  test('who waits is not asked yet, and can be stopped without the other noticing', async () => {
    const [first, second] = [new AbortController(), new AbortController()]
    const running = play(scene.provider, question('/endless'), first.signal)
    await until(() => scene.openRequests() === 1)
    const waiting = play(scene.provider, question('hello'), second.signal)
    await sleep(100)
    expect(scene.askedProcesses()).toHaveLength(1)
    second.abort()
    expect(await waiting).toMatchObject([{ type: 'error', error: { kind: 'cancelled' } }])
    expect(scene.openRequests()).toBe(1)
    first.abort()
    expect((await running).at(-1)).toMatchObject({ error: { kind: 'cancelled' } })
    expect(textOf(await play(scene.provider, question('hello')))).toBe('1, 2, 3.')
  })

  test('who goes away without a word lets the next one in', async () => {
    for await (const _batch of scene.provider.stream(question('/endless'), new AbortController().signal)) break
    expect(textOf(await play(scene.provider, question('hello')))).toBe('1, 2, 3.')
    expect(new Set(scene.askedProcesses()).size).toBe(1)
  })

  test('another model takes the place of the one before', async () => {
    writeTinyGguf(join(scene.modelsFolder, 'other.gguf'), { answer: counting(3) })
    await play(scene.provider, question('hello'))
    await play(scene.provider, question('hello', { model: 'other' }))
    const [one = 0, two = 0] = scene.askedProcesses()
    expect(two).not.toBe(one)
    await until(() => !isAlive(one))
    expect(isAlive(two)).toBe(true)
  })

  test('so does a file that replaces it', async () => {
    await play(scene.provider, question('hello'))
    writeTinyGguf(join(scene.modelsFolder, 'tiny.gguf'), { answer: counting(4), contextLength: FAKE_CONTEXT_TOKENS })
    await play(scene.provider, question('hello'))
    expect(new Set(scene.askedProcesses()).size).toBe(2)
  })
})

describe('a stop', () => {
  test('in the middle says what was used until then', async () => {
    const stop = new AbortController()
    const playing = play(scene.provider, question('/endless'), stop.signal)
    await until(() => scene.openRequests() === 1)
    await sleep(50)
    stop.abort()
    const events = await playing
    expect(events.slice(-2)).toMatchObject([
      { type: 'usage', usage: { inputTokens: 2 } },
      { type: 'error', error: { kind: 'cancelled', retryable: false } },
    ])
    expect(textOf(events)).toMatch(/^(word )+$/)
  })

  test('while it reads a long prompt is obeyed, and the model stays', async () => {
    await play(scene.provider, question('hello'))
    const stop = new AbortController()
    const playing = play(scene.provider, question(`/slow${' word'.repeat(90)}`), stop.signal)
    await sleep(100)
    stop.abort()
    expect((await playing).at(-1)).toMatchObject({ error: { kind: 'cancelled' } })
    await play(scene.provider, question('hello'))
    expect(new Set(scene.askedProcesses()).size).toBe(1)
  })

  test('that is not obeyed kills the process, and the next question has another', async () => {
    const stop = new AbortController()
    const playing = play(scene.provider, question('/deaf'), stop.signal)
    await until(() => scene.openRequests() === 1)
    const startedAt = performance.now()
    stop.abort()
    expect((await playing).at(-1)).toMatchObject({ error: { kind: 'cancelled' } })
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    expect(textOf(await play(scene.provider, question('hello')))).toBe('1, 2, 3.')
    const [one = 0, two = 0] = scene.askedProcesses()
    expect(two).not.toBe(one)
    expect(isAlive(one)).toBe(false)
  })
})

describe('a failure', () => {
  test('of the model is said in its words; what came before is kept', async () => {
    const events = await play(scene.provider, question('/fails'))
    expect(textOf(events)).toBe('some')
    expect(events.at(-1)).toEqual({
      type: 'error',
      error: { kind: 'server', message: 'out of luck', retryable: true },
    })
  })

  test('of the process is said with its last words, and the next question has another', async () => {
    const events = await play(scene.provider, question('/dies'))
    expect(textOf(events)).toBe('some')
    expect(events.at(-1)).toEqual({
      type: 'error',
      error: {
        kind: 'server',
        message: 'The process that runs the model ended (SIGKILL: GGML_ASSERT failed).',
        retryable: true,
      },
    })
    expect(await endOf(question('hello'))).toMatchObject({ type: 'finish' })
  })

  test('that comes while nothing is asked is not even noticed', async () => {
    await play(scene.provider, question('hello'))
    kill(scene.askedProcesses()[0] ?? 0, 'SIGKILL')
    await until(() => !isAlive(scene.askedProcesses()[0] ?? 0))
    await sleep(50)
    expect(await endOf(question('hello'))).toMatchObject({ type: 'finish' })
  })

  test('to go on ends after a silence', async () => {
    const quick = openScene({ idleTimeoutMs: 200 })
    const events = await play(quick.provider, question('/falls-silent'))
    expect(textOf(events)).toBe('some')
    expect(events.at(-1)).toMatchObject({ error: { kind: 'timeout', retryable: true } })
    expect(await endOf(question('hello'), quick)).toMatchObject({ type: 'finish' })
  })

  test('to load is said, and does not keep another model from being loaded', async () => {
    writeTinyGguf(join(scene.modelsFolder, 'broken.gguf'), { answer: counting(3) })
    const broken = question('hello', { model: 'broken' })
    for (let time = 0; time < 2; time += 1) {
      expect(await endOf(broken)).toMatchObject({
        error: { kind: 'server', message: 'broken could not be loaded: tensors are missing', retryable: false },
      })
    }
    expect(await endOf(question('hello'))).toMatchObject({ type: 'finish' })
  })
})

test('a model that nobody asks gives its memory back', async () => {
  const quick = openScene({ unloadMs: 200 })
  await play(quick.provider, question('hello'))
  const [one = 0] = quick.askedProcesses()
  expect(isAlive(one)).toBe(true)
  await until(() => !isAlive(one))
  expect(await endOf(question('hello'), quick)).toMatchObject({ type: 'finish' })
})

describe('the list', () => {
  const list = () => scene.provider.models(new AbortController().signal)

  test('is what lies in the folder', async () => {
    writeTinyGguf(join(scene.modelsFolder, 'vast.gguf'), { answer: counting(3), contextLength: 1_000_000 })
    expect(await list()).toEqual([
      { id: 'tiny', name: 'tiny', contextLength: FAKE_CONTEXT_TOKENS },
      { id: 'vast', name: 'vast', contextLength: 32_768 },
    ])
    rmSync(scene.modelsFolder, { recursive: true })
    expect(await list()).toEqual([])
  })

  test('says where only broken files lie', async () => {
    rmSync(join(scene.modelsFolder, 'tiny.gguf'))
    writeFileSync(join(scene.modelsFolder, 'page.gguf'), '<html>')
    await expect(list()).rejects.toThrow('No file there can be used. page.gguf: it does not begin as one.')
  })

  test('a file that has gone is an error that names it', async () => {
    expect(await endOf(question('hello', { model: 'gone' }))).toMatchObject({
      error: { kind: 'model-not-found', message: expect.stringContaining('gone.gguf') as string },
    })
  })
})

describe('without the runtime', () => {
  const command =
    /\nnpm install --prefix \S+ --omit=optional --ignore-scripts node-llama-cpp@3\.22\.1 @node-llama-cpp\/\S+@3\.22\.1$/

  // Where a developer has it among the server's own packages it is never absent.
  test.skipIf(findRuntime('/nowhere') !== undefined)('the list and an answer say how to install it', async () => {
    rmSync(join(scene.runtimeFolder, 'node_modules'), { recursive: true })
    await expect(scene.provider.models(new AbortController().signal)).rejects.toThrow(command)
    expect(await endOf(question('hello'))).toMatchObject({
      error: { kind: 'server', message: expect.stringMatching(command) as string, retryable: false },
    })
  })

  test('that has no build for this machine, an answer says so too', async () => {
    writeTinyGguf(join(scene.modelsFolder, 'unbuilt.gguf'), { answer: counting(3) })
    expect(await endOf(question('hello', { model: 'unbuilt' }))).toMatchObject({
      error: { kind: 'server', message: expect.stringMatching(command) as string, retryable: false },
    })
  })

  test('that cannot even be read, likewise', async () => {
    writeFileSync(join(scene.runtimeFolder, 'node_modules/node-llama-cpp/index.js'), 'throw new Error("half written")')
    expect(await endOf(question('hello'))).toMatchObject({
      error: { message: expect.stringMatching(/half written[^]*npm install/) as string },
    })
  })
})
