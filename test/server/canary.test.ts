import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ask, followToEnd, type Asked } from '../app/chat.ts'
import { startApp, type App } from '../app/start-app.ts'
import { startScriptedUpstream, type ScriptedUpstream } from '../upstream/scripted-upstream.ts'
import { leaksIn, type Outlet } from './canary-keys.fixture.ts'
import { keyOf, LOUD_REPLIES, loudScript } from './canary-upstream.fixture.ts'

/** Shaped like no vendor's key, so that only knowing them masks them; with letters that encodings change. */
const KEYS = {
  openai: 'Zq7-server/openai+Canary~Kx93Wv0L5pTt==',
  mistral: 'Bm4-server/mistral+Canary~Rj27Hd8S1cYy==',
  ownMistral: 'Gw9-own/mistral+Canary~Nf65Xe3A0uQq==',
  ownGroq: 'Lc2-own/groq+Canary~Vb81Mz4I7oPp==',
  replaced: 'Dk5-own/replaced+Canary~Tg40Js6E9iUu==',
}
/** The other protocols' instances, each with a server's key. */
const OTHERS = {
  'openai-responses': 'Ha6-server/responses+Canary~Wm18Pd5F2nBb==',
  anthropic: 'Xs3-server/anthropic+Canary~Qe47Ku9G6mRr==',
  gemini: 'Pt1-server/gemini+Canary~Ly59Ch2B8jNn==',
  ollama: 'Fv4-server/ollama+Canary~Ib73Zo6D0wEe==',
}
const ALL_KEYS = [...Object.values(KEYS), ...Object.values(OTHERS)]

const PROVIDERS = ['openai', 'mistral', 'groq', ...Object.keys(OTHERS)]

/** P30: keys leave the server towards their own hosts, and no other way. */
describe('keys that are echoed, refused, stored and replaced', () => {
  let openai: ScriptedUpstream
  let mistral: ScriptedUpstream
  let groq: ScriptedUpstream
  const others = new Map<string, ScriptedUpstream>()
  let app: App
  let printed = ''
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-canary-'))
  const replies: Outlet[] = []
  const failures: string[] = []
  beforeAll(async () => {
    openai = await startScriptedUpstream(loudScript)
    mistral = await startScriptedUpstream(loudScript)
    groq = await startScriptedUpstream(loudScript)
    const env: Record<string, string> = {}
    for (const [id, key] of Object.entries(OTHERS)) {
      const upstream = await startScriptedUpstream(loudScript)
      others.set(id, upstream)
      const prefix = id.toUpperCase().replace('-', '_')
      env[`${prefix}_API_KEY`] = key
      env[`${prefix}_BASE_URL`] = upstream.url
    }
    app = await startApp({
      dataDir,
      env: {
        ...env,
        LOG_LEVEL: 'debug',
        IDLE_TIMEOUT_MS: '20000',
        ALLOW_UNLISTED_MODELS: '1',
        OPENAI_API_KEY: KEYS.openai,
        OPENAI_BASE_URL: `${openai.url}/v1`,
        MISTRAL_API_KEY: KEYS.mistral,
        MISTRAL_BASE_URL: `${mistral.url}/v1`,
      },
    })
    await sayEverything()
    await app.stop()
    printed = app.output()
  }, 120_000)
  afterAll(async () => {
    await app?.stop()
    await Promise.all([openai, mistral, groq, ...others.values()].map((upstream) => upstream?.stop()))
    rmSync(dataDir, { recursive: true })
  })

  async function sayEverything(): Promise<void> {
    const feed = readFeed()
    await take('PUT', '/api/v1/keys/mistral', { key: KEYS.replaced })
    await take('PUT', '/api/v1/keys/mistral', { key: KEYS.ownMistral })
    await take('PUT', '/api/v1/keys/groq', { key: KEYS.ownGroq, baseUrl: `${groq.url}/v1` })
    await takeRefusals()
    const models = ['well', ...Object.keys(LOUD_REPLIES)]
    const asked = await Promise.all(
      PROVIDERS.flatMap((provider) => models.map((model) => askAbout(`${provider}/${model}`))),
    )
    await loseWorker()
    for (const { conversationId, generationId } of asked) {
      await take('GET', `/api/v1/conversations/${conversationId}/messages`)
      await take('GET', `/api/v1/generations/${generationId}`)
      await take('GET', `/api/v1/generations/${generationId}/events`)
    }
    for (const path of ['conversations', 'models', 'providers', 'me', 'health/ready'])
      await take('GET', `/api/v1/${path}`)
    for (const path of ['/api/openapi.json', '/api/docs', '/health', '/']) await take('GET', path)
    await vi.waitFor(() => expect(replies.some(({ bytes }) => bytes.includes('"status":"down"'))).toBe(true))
    replies.push(...filesOf(dataDir, 'while it runs'))
    await loseMasterKey()
    await take('DELETE', '/api/v1/keys/mistral')
    await feed()
  }

  async function takeRefusals(): Promise<void> {
    await take('PUT', '/api/v1/keys/groq', `{"key": "${KEYS.ownGroq}", "baseUrl": nonsense}`)
    await take('PUT', '/api/v1/keys/groq', { key: `${KEYS.ownGroq}ü` })
    await take('PUT', '/api/v1/keys/groq', { key: KEYS.ownGroq, baseUrl: 'http://10.0.0.1/v1' })
    await take('PUT', '/api/v1/keys/groq', { key: KEYS.ownGroq, baseUrl: `https://8.8.8.8/?key=${KEYS.ownGroq}` })
    await take('PUT', '/api/v1/keys/groq', { key: KEYS.ownGroq, baseUrl: `https://u:${KEYS.ownGroq}@8.8.8.8/` })
    await take('PUT', '/api/v1/keys/nobody', { key: KEYS.ownGroq })
    await take('PUT', '/api/v1/keys/demo', { key: KEYS.ownGroq })
  }

  async function askAbout(model: string): Promise<Asked> {
    const asked = await ask(app.baseUrl, 'go', model)
    const { answer } = await followToEnd(app.baseUrl, asked.generationId)
    if (answer.error) failures.push(`${model} ${answer.error.message} ${answer.error.providerCode ?? ''}`)
    return asked
  }

  /** A worker with both kinds of keys in its memory dies in the middle of two answers. */
  async function loseWorker(): Promise<void> {
    const asked = [await ask(app.baseUrl, 'go', 'openai/endless'), await ask(app.baseUrl, 'go', 'groq/endless')]
    await vi.waitFor(() => expect(openai.openRequests() + groq.openRequests()).toBe(2), { timeout: 10_000 })
    for (const pid of app.workerPids()) process.kill(pid, 'SIGKILL')
    await vi.waitFor(() => expect(openai.openRequests() + groq.openRequests()).toBe(2), { timeout: 20_000 })
    for (const { generationId } of asked) await take('POST', `/api/v1/generations/${generationId}/cancel`, {})
  }

  /** Storing a key fails with a stack trace in the log then, and those that are stored cannot be read. */
  async function loseMasterKey(): Promise<void> {
    const file = join(dataDir, 'secret.key')
    const kept = readFileSync(file)
    writeFileSync(file, 'damaged')
    await take('PUT', '/api/v1/keys/groq', { key: KEYS.ownGroq })
    await askAbout('groq/well')
    writeFileSync(file, kept)
  }

  async function take(method: string, path: string, body?: unknown): Promise<void> {
    const init: RequestInit = { method }
    if (body !== undefined) {
      init.headers = { 'content-type': 'application/json' }
      init.body = typeof body === 'string' ? body : JSON.stringify(body)
    }
    const response = await fetch(app.baseUrl + path, init)
    const head = JSON.stringify([...response.headers])
    replies.push({ where: `${method} ${path}`, bytes: `${response.status} ${head} ${await response.text()}` })
  }

  function readFeed(): () => Promise<void> {
    const stop = new AbortController()
    const outlet = { where: 'GET /api/v1/events', bytes: '' }
    replies.push(outlet)
    const reading = fetch(`${app.baseUrl}/api/v1/events`, { signal: stop.signal })
      .then(async ({ body }) => {
        for await (const chunk of body ?? []) outlet.bytes += Buffer.from(chunk).toString('utf8')
      })
      .catch(() => {})
    return async () => {
      stop.abort()
      await reading
    }
  }

  test('the upstreams were shown their keys, and showed them', () => {
    expect(failures.length).toBeGreaterThanOrEqual(PROVIDERS.length * (Object.keys(LOUD_REPLIES).length - 1))
    const masked = failures.filter((failure) => failure.includes('[redacted]'))
    for (const provider of PROVIDERS) {
      expect(masked.filter((failure) => failure.startsWith(`${provider}/`)).length, provider).toBeGreaterThan(9)
    }
    expect(replies.find(({ where }) => where === 'GET /api/v1/models')?.bytes).toContain('[redacted]')
    expect(replies.find(({ where }) => where === 'GET /api/v1/events')?.bytes.length).toBeGreaterThan(1_000)
    expect(failures.at(-1)).toContain('Your stored key for groq cannot be read')
    expect(printed).toMatch(/"msg":"a request failed"/)
  })

  test('no key, no part of one and no encoding of one is in any reply of the API', () => {
    expect(leaksIn(replies, ALL_KEYS)).toEqual([])
  })

  test('nor in what the processes print', () => {
    expect(leaksIn([{ where: 'output', bytes: printed }], ALL_KEYS)).toEqual([])
  })

  test('nor in any file of the data folder, while it runs and after', () => {
    const files = filesOf(dataDir, 'after its end')
    expect(files.map(({ where }) => where)).toContain('millrace.db after its end')
    expect(leaksIn(files, ALL_KEYS)).toEqual([])
  })

  test('each key was sent to its own host, and to no other', () => {
    const received = ({ requests }: ScriptedUpstream, method: string) =>
      new Set(requests.filter((request) => request.method === method).map(keyOf))
    expect(received(openai, 'POST')).toEqual(new Set([KEYS.openai]))
    expect(received(openai, 'GET')).toEqual(new Set([KEYS.openai]))
    expect(received(mistral, 'POST')).toEqual(new Set([KEYS.ownMistral]))
    expect(received(mistral, 'GET')).toEqual(new Set([KEYS.mistral]))
    expect(received(groq, 'POST')).toEqual(new Set([KEYS.ownGroq]))
    expect(received(groq, 'GET')).toEqual(new Set())
    for (const [id, key] of Object.entries(OTHERS)) {
      const requests = others.get(id)?.requests ?? []
      expect(requests.length, id).toBeGreaterThan(10)
      expect(new Set(requests.map(keyOf)), id).toEqual(new Set([key]))
    }
  })
})

function filesOf(folder: string, when: string): Outlet[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name, parentPath }) => ({
      where: `${name} ${when}`,
      bytes: readFileSync(join(parentPath, name), 'latin1'),
    }))
}
