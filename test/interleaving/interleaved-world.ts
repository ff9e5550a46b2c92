import { createSealedKeyVault } from '#server/adapters/keys/sealed-key-vault.ts'
import { LOG_START } from '#protocol/cursor.ts'
import type { EndEvent, GenerationEvent } from '#protocol/events.ts'
import type { BackendForTests } from '#server/adapters/sql/backend-for-tests.ts'
import type { EmbeddedBackend } from '#server/adapters/sql/embedded-backend.ts'
import { cancelGeneration } from '#server/commands/cancel-generation.ts'
import { LOCAL_USER_ID } from '#server/domain/local-user.ts'
import type { Bell, Doorbell } from '#server/ports/doorbell.ts'
import type { Job, JobQueue, JobRef } from '#server/ports/job-queue.ts'
import { createCircuitBreakers } from '#server/worker/circuit-breaker.ts'
import { createModelFacts } from '#server/worker/model-facts.ts'
import { recoverLost } from '#server/worker/recover-lost.ts'
import { sweep } from '#server/worker/sweep.ts'
import { createScriptedProvider, type Script, type ScriptedProvider } from './scripted-provider.ts'
import { createSimulatedWorker, type SimulatedWorker } from './simulated-worker.ts'
import { createTurnstile, type Turnstile } from './turnstile.ts'

/** What took place, in the order in which the backend did it. */
export interface History {
  /** Epochs under which a generation was claimed after someone had asked to cancel it. */
  claimedToCancel: Set<string>
  cancelled: Set<string>
  drains: Map<string, number>
  losses: Map<string, number>
  receipts: { generationId: string; state: string }[]
  /** Failures that nobody should meet. */
  failures: unknown[]
}

/** Workers, an API and a supervisor on one backend, each with one thread of its own that goes on only turn by turn. */
export interface InterleavedWorld {
  turnstile: Turnstile
  provider: ScriptedProvider
  history: History
  scripts: Map<string, Script>
  workers: SimulatedWorker[]
  send(script: Script): Promise<void>
  cancel(generationId: string): void
  recover(workerId?: string): void
  sweep(): void
  /** The process of a worker, of the API or of the supervisor dies, and another takes its place. */
  kill(which: 'worker' | 'api' | 'supervisor', number: number): void
  drain(number: number): void
  /** Streams that are still open although their worker was told to stop them. */
  streamsToStop(): unknown[]
  /** Brings the oldest bell that was rung to every worker, or loses it. */
  bring(lost: boolean): void
}

const WORKERS = 2
const DAY_MS = 86_400_000

export function createInterleavedWorld(backend: BackendForTests, another: EmbeddedBackend): InterleavedWorld {
  const turnstile = createTurnstile()
  const scripts = new Map<string, Script>()
  const provider = createScriptedProvider(turnstile, scripts)
  const history: History = {
    claimedToCancel: new Set(),
    cancelled: new Set(),
    drains: new Map(),
    losses: new Map(),
    receipts: [],
    failures: [],
  }
  const bells: Bell[] = []
  const everyWorker: SimulatedWorker[] = []
  const doorbell: Doorbell = {
    ring: (bell) => void bells.push(bell),
    listen: () => () => {},
    close: () => Promise.resolve(),
  }
  let parties = 0
  const nextName = (kind: string): string => `${kind}-${backend.newId().slice(-6)}-${++parties}`
  let api = nextName('api')
  let supervisor = nextName('supervisor')
  const workers = Array.from({ length: WORKERS }, newWorker)

  function portsOf(party: string) {
    const { log, queue, store } = parties % 2 === 0 ? backend : another
    const { follow, ...calls } = log
    const witnessed = { ...queue, ...witnessQueue(queue, history) }
    const requestCancel: typeof store.requestCancel = async (...args) => {
      const accepted = await store.requestCancel(...args)
      if (accepted) history.cancelled.add(args[1])
      return accepted
    }
    return {
      log: { ...turnstile.gate(party, calls), follow },
      queue: turnstile.gate(party, witnessed),
      store: turnstile.gate(party, { ...store, requestCancel }),
      clock: { now: backend.now, newId: backend.newId },
      doorbell,
    }
  }

  function newWorker(): SimulatedWorker {
    const id = nextName('worker')
    const providers = new Map([['scripted', provider.of(id)]])
    const ports = portsOf(id)
    const vault = createSealedKeyVault({ secretKey: '0'.repeat(64), file: '' })
    const worker = createSimulatedWorker({
      id,
      ports: {
        ...ports,
        blobs: { get: () => Promise.resolve(undefined) },
        vault,
        providers,
        facts: createModelFacts(ports),
        breakers: createCircuitBreakers(ports.clock),
        generationTimeoutMs: DAY_MS,
      },
      letGo,
      fail,
    })
    everyWorker.push(worker)
    return worker
  }

  async function letGo({ generationId, epoch }: Job): Promise<void> {
    const row = await backend.store.findGeneration(generationId)
    if (row?.status === 'running' && row.epoch === epoch) fail(new Error('A worker that is done keeps the job.'))
  }

  function fail(error: unknown): void {
    history.failures.push(error)
  }

  function replace(number: number): void {
    const worker = workers[number]
    if (!worker) return
    turnstile.kill(worker.id)
    everyWorker.splice(everyWorker.indexOf(worker), 1)
    workers[number] = newWorker()
    recover(worker.id)
  }

  function recover(workerId?: string): void {
    recoverLost(portsOf(supervisor), workerId === undefined ? {} : { workerId }).catch(fail)
  }

  return {
    turnstile,
    provider,
    history,
    scripts,
    workers,
    recover,
    async send(script) {
      const generationId = backend.newId()
      scripts.set(generationId, script)
      await startTurn(backend, generationId)
    },
    cancel(generationId) {
      const party = api
      const ports = portsOf(party)
      const waitForEnd = async () => {
        await turnstile.pass(party)
        return readEnd(backend, generationId)
      }
      cancelGeneration({ ...ports, waitForEnd }, { userId: LOCAL_USER_ID, generationId, by: 'user' })
        .then(({ state }) => history.receipts.push({ generationId, state }))
        .catch(fail)
    },
    sweep: () => void sweep(portsOf(supervisor)).catch(fail),
    kill(which, number) {
      if (which === 'worker') return replace(number)
      turnstile.kill(which === 'api' ? api : supervisor)
      if (which === 'api') api = nextName('api')
      else supervisor = nextName('supervisor')
    },
    drain(number) {
      const worker = workers[number]
      if (!worker) return
      worker.handOver()
      workers[number] = newWorker()
    },
    streamsToStop: () =>
      provider.openStreams().filter(({ party, generationId }) => {
        return everyWorker.some(({ id, stopping }) => id === party && stopping().includes(generationId))
      }),
    bring(lost) {
      const bell = bells.shift()
      if (lost || bell?.kind !== 'cancel') return
      for (const worker of workers) worker.stop(bell.generationId, 'cancel')
    },
  }
}

type Witnessed = Pick<JobQueue, 'claim' | 'claimLone' | 'claimOne' | 'release' | 'reap'>

/** Notes what the backend did, before whoever asked for it hears of it. */
function witnessQueue(queue: JobQueue, { cancelled, claimedToCancel, drains, losses }: History): Witnessed {
  const note = (job: Job | undefined): Job | undefined => {
    if (job && cancelled.has(job.generationId)) claimedToCancel.add(`${job.generationId} ${job.epoch}`)
    return job
  }
  const count = (counts: Map<string, number>, { generationId }: JobRef): void => {
    counts.set(generationId, (counts.get(generationId) ?? 0) + 1)
  }
  return {
    async claim(...args) {
      const jobs = await queue.claim(...args)
      jobs.forEach(note)
      return jobs
    },
    claimLone: async (...args) => note(await queue.claimLone(...args)),
    claimOne: async (...args) => note(await queue.claimOne(...args)),
    async release(ref, how) {
      const released = await queue.release(ref, how)
      if (released && how.status === 'drained') count(drains, ref)
      return released
    },
    async reap(options) {
      const lost = await queue.reap(options)
      for (const ref of lost) count(losses, ref)
      return lost
    },
  }
}

export async function readEvents(
  { log }: Pick<BackendForTests, 'log'>,
  generationId: string,
): Promise<(GenerationEvent & { epoch: number; seq: number })[]> {
  const read = await log.read(generationId, LOG_START, 10_000)
  if (!read.ok) throw new Error(read.reason)
  return read.rows.map(({ json, epoch, seq }) => ({ ...(JSON.parse(json) as GenerationEvent), epoch, seq }))
}

async function readEnd(backend: BackendForTests, generationId: string): Promise<EndEvent | undefined> {
  return (await readEvents(backend, generationId)).find((event) => event.type === 'end')
}

async function startTurn({ store, newId, now }: BackendForTests, generationId: string): Promise<void> {
  const conversationId = newId()
  const question = { kind: 'new' as const, id: newId(), parentId: null, parts: [] }
  const branch = { leafId: question.id }
  const request = { provider: 'scripted', model: 'm', requestedModel: 'scripted/m', parameters: {}, branch }
  await store.createConversation({ id: conversationId, userId: LOCAL_USER_ID, title: null, now: now() })
  await store.startTurn({
    userId: LOCAL_USER_ID,
    conversationId,
    now: now(),
    origin: 'native',
    question,
    answers: [{ messageId: newId(), generationId, request }],
    groupId: null,
  })
}
