import type { GenerationEvent } from '#protocol/events.ts'
import { LOG_START } from '#protocol/cursor.ts'
import { createSealedKeyVault } from '#server/adapters/keys/sealed-key-vault.ts'
import { openBackendForTests, type BackendForTests } from '#server/adapters/sql/backend-for-tests.ts'
import type { GenerationRequest } from '#server/domain/generation.ts'
import { LOCAL_USER_ID } from '#server/domain/local-user.ts'
import type { Bell, Doorbell } from '#server/ports/doorbell.ts'
import type { Job } from '#server/ports/job-queue.ts'
import type { Provider, ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import { createCircuitBreakers } from '#server/worker/circuit-breaker.ts'
import { createModelFacts } from '#server/worker/model-facts.ts'
import { runGeneration, type RunDependencies } from '#server/worker/run-generation.ts'

const LEASE_MS = 10_000

/** One backend, one provider that plays what a test tells it, and a worker's hands. */
export interface WorkerBench extends AsyncDisposable {
  backend: BackendForTests
  deps: RunDependencies & { doorbell: Doorbell }
  rings: Bell[]
  /** Asks the played model, unless the request says otherwise. */
  enqueue(request?: Partial<GenerationRequest>): Promise<string>
  claim(workerId?: string): Promise<Job>
  run(job: Job, stop?: AbortSignal): Promise<number | undefined>
  events(generationId: string): Promise<GenerationEvent[]>
}

export type Play = (
  signal: AbortSignal,
  tryNumber: number,
  request: ProviderRequest,
) => AsyncIterable<readonly ProviderEvent[]>

export async function openWorkerBench(play: Play, generationTimeoutMs = 60_000): Promise<WorkerBench> {
  const backend = await openBackendForTests()
  let tries = 0
  const provider: Provider = {
    id: 'played',
    local: true,
    stream: (request, signal) => play(signal, ++tries, request),
    models: () => Promise.resolve([]),
  }
  const rings: Bell[] = []
  const { log, queue, store } = backend
  const clock = { now: () => Date.now(), newId: backend.newId }
  const deps = {
    log,
    queue,
    store,
    blobs: { get: () => Promise.resolve(undefined) },
    vault: createSealedKeyVault({ secretKey: '0'.repeat(64), file: '' }),
    providers: new Map([[provider.id, provider]]),
    clock,
    facts: createModelFacts({ store, clock }),
    breakers: createCircuitBreakers(clock),
    generationTimeoutMs,
    doorbell: { ring: (bell: Bell) => void rings.push(bell), listen: () => () => {}, close: () => Promise.resolve() },
  }
  return {
    backend,
    deps,
    rings,
    enqueue: (request) => enqueue(backend, request),
    async claim(workerId = 'w1') {
      const [shared] = await queue.claim(workerId, { limit: 1, leaseMs: LEASE_MS, maxRunningPerUser: 100 })
      const job = shared ?? (await queue.claimLone(workerId, LEASE_MS))
      if (!job) throw new Error('nothing is due')
      return job
    },
    run: (job, stop = new AbortController().signal) => runGeneration(job, deps, stop),
    async events(generationId) {
      const result = await log.read(generationId, LOG_START, 10_000)
      if (!result.ok) throw new Error(result.reason)
      return result.rows.map((row) => JSON.parse(row.json) as GenerationEvent)
    },
    [Symbol.asyncDispose]: () => backend.close(),
  }
}

async function enqueue(
  { store, newId, now }: BackendForTests,
  request: Partial<GenerationRequest> = {},
): Promise<string> {
  const [conversationId, questionId, messageId, generationId] = [newId(), newId(), newId(), newId()]
  await store.createConversation({ id: conversationId, userId: LOCAL_USER_ID, title: null, now: now() })
  await store.startTurn({
    userId: LOCAL_USER_ID,
    conversationId,
    now: now(),
    origin: 'native',
    question: { kind: 'new', id: questionId, parentId: null, parts: [{ type: 'text', text: 'Why?' }] },
    answers: [
      {
        messageId,
        generationId,
        request: {
          provider: 'played',
          model: 'm',
          requestedModel: 'played/m',
          parameters: {},
          branch: { leafId: questionId },
          ...request,
        },
      },
    ],
    groupId: null,
  })
  return generationId
}
