import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import type { ConversationView } from '#protocol/api/conversations.ts'
import type { Sent } from '#protocol/api/messages.ts'
import { createFolderBlobStore } from '#server/adapters/blobs/folder-blob-store.ts'
import { createSealedKeyVault } from '#server/adapters/keys/sealed-key-vault.ts'
import type { EmbeddedBackend } from '#server/adapters/sql/embedded-backend.ts'
import { systemClock } from '#server/compose.ts'
import type { Limits, Settings } from '#server/domain/settings.ts'
import { createApp } from '#server/http/app.ts'
import type { AppDependencies } from '#server/http/app-dependencies.ts'
import type { Bell, Doorbell } from '#server/ports/doorbell.ts'
import { createAddressGuard } from '#server/upstream/address-guard.ts'
import { openBackend } from './open-backend.ts'

/** The API on a port of its own, over a database of its own; no worker runs: tests write the logs themselves. */
export interface Api {
  baseUrl: string
  port: number
  /** Where files are kept. */
  blobFolder: string
  app: FastifyInstance
  backend: EmbeddedBackend
  /** What was rung so far. */
  rung: Bell[]
  /** What was logged as failed. */
  errors: object[]
  /** Creates a conversation and sends one question. */
  ask(body?: object): Promise<Sent & { conversationId: string; generationId: string; messageId: string }>
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>
  /** Claims a generation as a worker would, and writes its log. */
  work(generationId: string, workerId?: string): Promise<LogWriter>
  close(): Promise<void>
}

export interface Reply {
  status: number
  headers: Headers
  /** Parsed where it is JSON, else text: each test knows what it asked for. */
  body: ReturnType<typeof JSON.parse>
}

export interface LogWriter {
  epoch: number
  seq(): number
  append(...events: GenerationEvent[]): Promise<void>
  /** Appends `count` text deltas. */
  write(count: number, text?: string): Promise<void>
  /** Writes the end; as after a worker that is slow to settle, only the log knows of it. */
  seal(): Promise<void>
  /** Ends and settles the generation. */
  end(event?: Partial<Extract<GenerationEvent, { type: 'end' }>>): Promise<void>
}

export interface ApiOptions {
  settings?: Partial<Settings>
  limits?: Partial<Limits>
  providers?: AppDependencies['providers']
  webRoot?: string
  isReady?: () => boolean
  probeStorage?: () => Promise<void>
  /** A backend of the caller's, which is kept. */
  backend?: EmbeddedBackend
}

export async function startApi(options: ApiOptions = {}): Promise<Api> {
  const backend = options.backend ?? (await openBackend())
  const rung: Bell[] = []
  const errors: object[] = []
  const settings = testSettings(options)
  const blobFolder = mkdtempSync(join(tmpdir(), 'millrace-blobs-'))
  const { log, queue, store } = backend
  const now = systemClock.now()
  const chat = { id: 'chat', name: 'Demo', contextLength: null }
  await store.saveCatalogue('demo', { models: [chat], status: 'up', error: null, checkedAt: now })
  const app = await createApp({
    settings,
    log,
    queue,
    store,
    doorbell: {
      ring: (bell) => void rung.push(bell),
      listen: () => () => {},
      close: async () => {},
    } satisfies Doorbell,
    changes: backend.changes,
    clock: systemClock,
    blobs: createFolderBlobStore(blobFolder),
    vault: createSealedKeyVault({ secretKey: settings.secretKey, file: '' }),
    addressGuard: createAddressGuard(settings.privateBaseUrls),
    providers: options.providers ?? [{ id: 'demo', name: 'Demo', local: true }],
    webRoot: options.webRoot,
    isReady: options.isReady ?? (() => true),
    probeStorage: options.probeStorage ?? backend.probeStorage,
    logger: { error: (context) => void errors.push(context), warn() {}, info() {} },
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const baseUrl = `http://127.0.0.1:${port}`

  async function request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const init: RequestInit = { method, headers }
    if (body !== undefined) {
      init.body = typeof body === 'string' ? body : JSON.stringify(body)
      init.headers = { 'content-type': 'application/json', ...headers }
    }
    const response = await fetch(baseUrl + path, init)
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') ?? false
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
  }

  return {
    baseUrl,
    port,
    blobFolder,
    app,
    backend,
    rung,
    errors,
    request,
    async ask(body = {}) {
      const conversation = (await request('POST', '/api/v1/conversations', {})).body as ConversationView
      const reply = await request('POST', `/api/v1/conversations/${conversation.id}/messages`, {
        parts: [{ type: 'text', text: 'hello' }],
        model: 'demo/chat',
        ...body,
      })
      if (reply.status !== 202) throw new Error(JSON.stringify(reply.body))
      const sent = reply.body as Sent
      const first = sent.generations[0]
      return {
        ...sent,
        conversationId: conversation.id,
        generationId: first?.id ?? '',
        messageId: first?.messageId ?? '',
      }
    },
    work: (generationId, workerId = 'test-worker') => openLogWriter(backend, generationId, workerId),
    async close() {
      await app.close()
      if (!options.backend) await backend.close()
      rmSync(blobFolder, { recursive: true, force: true })
    },
  }
}

async function openLogWriter({ queue, log, store }: EmbeddedBackend, generationId: string, workerId: string) {
  const job = await queue.claimOne(workerId, generationId, 60_000)
  if (!job) throw new Error('the generation could not be claimed')
  const { epoch } = job
  const opened = await log.open(generationId, epoch)
  if (!opened.ok) throw new Error(opened.reason)
  let seq = opened.lastSeq
  let answer = emptyAnswer()

  async function append(...events: GenerationEvent[]): Promise<void> {
    const result = await log.append(generationId, { epoch, afterSeq: seq }, events)
    if (!result.ok) throw new Error(result.reason)
    seq = result.lastSeq
    for (const event of events) answer = fold(answer, event)
  }

  return {
    epoch,
    seq: () => seq,
    append,
    write: (count: number, text = 'word ') =>
      append(...Array.from({ length: count }, (): GenerationEvent => ({ type: 'text-delta', text, at: 1 }))),
    seal: () => append({ type: 'end', status: 'completed', finishReason: 'stop', at: 2 }),
    async end(event = {}) {
      await append({ type: 'end', status: 'completed', finishReason: 'stop', at: 2, ...event })
      await store.settle(generationId, answer, systemClock.now())
    },
  } satisfies LogWriter
}

function testSettings({ settings, limits }: ApiOptions): Settings {
  return {
    host: '127.0.0.1',
    port: 0,
    dataDir: '',
    maxFileBytes: 100_000,
    modelOverrides: {},
    workers: 1,
    spareWorker: false,
    privateBaseUrls: 'loopback',
    secretKey: '0'.repeat(64),
    fallbackModels: [],
    defaultModel: 'demo/chat',
    titleModel: 'none',
    generationTimeoutMs: 60_000,
    allowUnlistedModels: false,
    allowOpen: false,
    allowedHosts: [],
    providers: [],
    localModels: { modelsFolder: '', environment: {}, runtimeFolder: '' },
    demo: true,
    allowDemoFaults: false,
    logLevel: 'silent',
    ...settings,
    limits: {
      maxBodyBytes: 64 * 1024,
      maxMessageCharacters: 1_000,
      maxModelsPerQuestion: 4,
      maxRunningPerUser: 64,
      maxOpenStreams: 100,
      requestsPerMinute: 100_000,
      heartbeatMs: 15_000,
      disconnectGraceMs: 5_000,
      firstByteTimeoutMs: 1_000,
      idleTimeoutMs: 1_000,
      connectTimeoutMs: 1_000,
      maxResponseBytes: 1_000_000,
      ...limits,
    },
  }
}
