import { expect } from 'vitest'
import { GENERATION_STATUSES } from '#protocol/messages.ts'
import { isTerminal, MAX_ATTEMPTS, statesBefore } from '#server/domain/states.ts'
import type { JobCall } from './job-calls.fixture.ts'
import type { JobRow } from './job-model.fixture.ts'
import type { Job, ReapedJob } from './job-queue.ts'

/**
 * Watches what a backend answers and stores, and knows only the promises: it needs no prediction to see one broken.
 */
export interface JobWitness {
  /** To be told of every call in the order in which they took place. */
  saw(call: JobCall, answer: unknown): void
  /** To be asked after every step with all rows; the step was one call, or two at once. */
  check(rows: readonly JobRow[], callsSince: number): void
}

export function createJobWitness(): JobWitness {
  const losses = new Map<string, number>()
  const openEpochs = new Map<string, number>()
  let before = new Map<string, JobRow>()

  function saw(call: JobCall, answer: unknown): void {
    if (call.kind === 'reap') for (const { generationId } of answer as ReapedJob[]) lose(generationId)
    if (call.kind === 'release' && call.how.status === 'recovering' && answer === true) lose(call.ref.generationId)
    if (call.kind === 'claim') expectBounded(call.options.maxRunningPerUser, answer as Job[])
    if (call.kind === 'open' && isOk(answer)) openEpochs.set(call.generationId, call.epoch)
    if (call.kind === 'append' && isOk(answer) && !isRepeated(answer))
      expect(call.at.epoch, 'a fenced epoch writes nothing').toBe(openEpochs.get(call.generationId))
  }

  function lose(generationId: string): void {
    losses.set(generationId, (losses.get(generationId) ?? 0) + 1)
  }

  function expectBounded(maxRunningPerUser: number, jobs: readonly Job[]): void {
    const given = jobs.filter((job) => !job.cancelRequested)
    for (const { userId, lostAttempts } of given) {
      expect(lostAttempts, 'the last attempt is not handed out with others').not.toBe(MAX_ATTEMPTS - 1)
      const own = given.filter((job) => job.userId === userId).length
      expect(own, 'no more than the bound').toBeLessThanOrEqual(maxRunningPerUser)
    }
  }

  function check(rows: readonly JobRow[], callsSince: number): void {
    for (const row of rows) {
      const past = before.get(row.id) ?? { status: 'queued', epoch: 0, lostAttempts: 0, endedAt: null }
      const reachable = reachableFrom(past.status, callsSince)
      expect(reachable, `after ${past.status}`).toContain(row.status)
      if (past.endedAt !== null) expect(row, 'an ended generation stays as it is').toEqual(past)
      expect(row.endedAt !== null, 'ended exactly in a final state').toBe(isTerminal(row.status))
      expect(row.epoch, 'epochs only rise').toBeGreaterThanOrEqual(past.epoch)
      expect(row.workerId !== null, 'running exactly with an owner').toBe(row.status === 'running')
      expect(row.leaseUntil !== null, 'running exactly under a lease').toBe(row.status === 'running')
      expect(row.lostAttempts, 'every loss counts, and nothing else').toBe(losses.get(row.id) ?? 0)
    }
    before = new Map(rows.map((row) => [row.id, row]))
  }

  return { saw, check }
}

function reachableFrom(status: JobRow['status'], calls: number): JobRow['status'][] {
  let reached = new Set<JobRow['status']>([status])
  for (let call = 0; call < calls; call++) {
    const next = GENERATION_STATUSES.filter((after) => statesBefore(after).some((from) => reached.has(from)))
    reached = new Set([...reached, ...next])
  }
  return [...reached]
}

function isOk(answer: unknown): boolean {
  return (answer as { ok?: boolean }).ok === true
}

function isRepeated(answer: unknown): boolean {
  return (answer as { repeated?: boolean }).repeated === true
}
