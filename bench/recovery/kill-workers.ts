import { createApiClient } from '../call-api.ts'
import { monotonicMs, sleepUntil } from '../monotonic.ts'
import { findServerProcesses } from '../server-processes.ts'
import { startMock } from '../start-mock.ts'
import { startServer } from '../start-server.ts'
import { openLostAnswer, type LostAnswer } from './lost-answer.ts'

/** What followed one kill, milliseconds after it; one number for each answer that was lost. */
export interface Kill {
  recoveringMs: number[]
  nextAttemptMs: number[]
  nextTokenMs: number[]
}

const ANSWERS = 6
/** A worker that dies sooner after its start is taken for one that dies of its start, and its successor has to wait. */
const SETTLED_MS = 5_500
const CAP_MS = 20_000

/**
 * Kills workers with SIGKILL in the middle of several answers, again and again, the longest-lived one each time. Throws
 * when an answer lost a token, doubled one or did not complete.
 */
export async function killWorkers(workers: number, kills: number, signal: AbortSignal): Promise<Kill[]> {
  await using mock = await startMock()
  // Compiled code is written down when a process ends in peace, which those that are killed never do.
  await (await startServer({ upstreamPort: mock.port }))[Symbol.asyncDispose]()
  await using server = await startServer({ upstreamPort: mock.port, env: { WORKERS: String(workers) } })
  using api = createApiClient(server.port)
  const found: Kill[] = []
  let nextKillMs = monotonicMs() + SETTLED_MS
  for (let stream = 0; found.length < kills; stream += ANSWERS) {
    signal.throwIfAborted()
    const answers: LostAnswer[] = []
    for (let index = 0; index < ANSWERS; index++) answers.push(await openLostAnswer(api, server.port, stream + index))
    await inTime(answers.map(({ writing }) => writing))
    found.push(await killOne(server.pid, answers))
    nextKillMs = Math.max(nextKillMs, monotonicMs()) + SETTLED_MS / workers
    await sleepUntil(nextKillMs)
  }
  return found
}

async function killOne(supervisor: number, answers: readonly LostAnswer[]): Promise<Kill> {
  const [oldest] = findServerProcesses(supervisor).workers.toSorted((one, other) => one - other)
  if (oldest === undefined) throw new Error('the server has no worker')
  const killedMs = monotonicMs()
  process.kill(oldest, 'SIGKILL')
  try {
    await inTime(answers.map(({ ended }) => ended))
  } finally {
    for (const answer of answers) answer.leave()
  }
  const faults = answers.flatMap((answer) => answer.faults())
  if (faults.length > 0) throw new Error(`${faults.length} faults, such as ${faults.slice(0, 3).join('; ')}`)
  const lost = answers.filter(({ nextAttemptMs }) => nextAttemptMs !== undefined)
  const after = (read: (answer: LostAnswer) => number | undefined) =>
    lost.map((answer) => (read(answer) ?? NaN) - killedMs)
  return {
    recoveringMs: after((answer) => answer.recoveringMs),
    nextAttemptMs: after((answer) => answer.nextAttemptMs),
    nextTokenMs: after((answer) => answer.nextTokenMs),
  }
}

async function inTime(promises: readonly Promise<void>[]): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(() => late.reject(new Error(`answers took longer than ${CAP_MS} ms`)), CAP_MS)
  await Promise.race([Promise.all(promises), late.promise]).finally(() => clearTimeout(timer))
}
