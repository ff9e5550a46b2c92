import { askMock, type Asked } from '../ask-mock.ts'
import { createApiClient, type ApiClient } from '../call-api.ts'
import { followGeneration } from '../follow-generation.ts'
import { startProbedServer } from '../probe/start-probed-server.ts'
import { startMock } from '../start-mock.ts'
import type { MockAnswer } from '../stream/mock-model.ts'
import { createTokenChecker } from '../stream/token-checker.ts'
import type { Observation } from './judge-churn.ts'
import { runInTurns, type ChurnPlan } from './run-in-turns.ts'

/** Turns of one conversation, each after the one before. */
const TURNS = 5
const CAP_MS = 30_000
const SHORT = { tokens: 20, rate: 0 }
const LONG = { tokens: 100_000, rate: 200 }

/** Generations through the whole server: most are read to their end, some are cancelled, some left and read later. */
export async function churnTurns(plan: ChurnPlan, signal: AbortSignal): Promise<Observation[]> {
  await using mock = await startMock()
  await using server = await startProbedServer({ upstreamPort: mock.port, lag: false })
  using api = createApiClient(server.port, plan.concurrency)
  const lanes = Array.from({ length: plan.concurrency }, () => ({ turns: 0, last: undefined as Asked | undefined }))

  async function takeTurn(index: number, laneNumber: number): Promise<void> {
    const lane = lanes[laneNumber]
    if (!lane) throw new Error(`no lane ${laneNumber}`)
    const previous = lane.turns++ % TURNS === 0 ? undefined : lane.last
    const cancels = index % 10 === 0
    const answer: MockAnswer = { stream: index, ...(cancels ? LONG : SHORT) }
    const asked = await askMock(api, answer, previous)
    lane.last = asked
    if (index % 10 === 5) await read(server.port, asked.generationId, answer, { leaveAfter: 1 })
    if (cancels) await readAndCancel(api, server.port, asked.generationId, answer)
    else await read(server.port, asked.generationId, answer, {})
  }

  return await runInTurns(server, plan, takeTurn, signal)
}

async function readAndCancel(api: ApiClient, port: number, generationId: string, answer: MockAnswer): Promise<void> {
  const reading = read(port, generationId, answer, { endsAs: 'cancelled' })
  // It is awaited below; should the cancel fail first, that is the error to tell.
  reading.catch(() => {})
  await read(port, generationId, answer, { leaveAfter: 1 })
  await api.call('POST', `/api/v1/generations/${generationId}/cancel`)
  await reading
}

/** Follows from the start and checks every token, to the end or until so many have come. */
async function read(
  port: number,
  generationId: string,
  answer: MockAnswer,
  { leaveAfter, endsAs = 'completed' }: { leaveAfter?: number; endsAs?: 'completed' | 'cancelled' },
): Promise<void> {
  const checker = createTokenChecker(answer.stream, answer.tokens)
  const done = Promise.withResolvers<void>()
  const timer = setTimeout(() => done.reject(new Error(`no end of an answer within ${CAP_MS} ms`)), CAP_MS)
  const frames = followGeneration(port, generationId, undefined, {
    event(event) {
      if (event.type === 'text-delta') checker.accept(event.text)
      if (leaveAfter !== undefined && checker.received() >= leaveAfter) done.resolve()
      if (event.type !== 'end') return
      if (event.status === endsAs) done.resolve()
      else done.reject(new Error(`stream ${answer.stream} ended as ${event.status}`))
    },
    over(reason) {
      if (reason !== undefined) done.reject(new Error(reason))
    },
  })
  try {
    await done.promise
  } finally {
    clearTimeout(timer)
    frames.close()
  }
  if (leaveAfter === undefined && endsAs === 'completed') checker.end()
  if (checker.faults().length > 0) throw new Error(checker.faults().slice(0, 3).join('; '))
}
