import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LOG_START } from '#protocol/cursor.ts'
import { emptyAnswer } from '#protocol/fold.ts'
import { GENERATION_STATUSES } from '#protocol/messages.ts'
import { propertyRuns } from '#test/property-runs.ts'
import { tailOfModel } from './event-log-model.fixture.ts'
import { foldRows, perform, type JobCall, type JobProcess } from './job-calls.fixture.ts'
import {
  atomicChoice,
  clockChoice,
  sweepChoice,
  type ClockChoice,
  type JobChoice,
  type JobWorld,
} from './job-choices.fixture.ts'
import { predict, rowOf, type JobRow, type QueueModel } from './job-model.fixture.ts'
import { MAX_LEASE_MS, MAX_WAIT_MS } from './job-queue.ts'
import { createJobWitness, type JobWitness } from './job-witness.fixture.ts'

export interface JobStatesSubject extends JobProcess {
  /** The same backend as another process has it open. */
  another(): Promise<JobProcess>
  /** The stored rows of these generations, in this order. */
  rows(generationIds: readonly string[]): Promise<JobRow[]>
  newId(): string
  now(): number
  advance(milliseconds: number): void
  close(): Promise<void>
}

const runs = propertyRuns(100)

/**
 * Compares queue, store and log with a model of them, over random calls of workers that die, sleep and come back as zombies,
 * while the clock is put forward and back.
 */
export function describeJobStatesContract(name: string, open: () => Promise<JobStatesSubject>): void {
  describe(`states of a generation, random calls: ${name}`, () => {
    let subject: JobStatesSubject
    let processes: Processes
    let users: JobWorld['users']
    beforeAll(async () => {
      subject = await open()
      processes = [subject, await subject.another()]
      users = await createUsers(subject)
    })
    afterAll(() => subject.close())

    test('go as the model says, whoever calls what', { timeout: runs.timeoutMs }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.commands([command], { maxCommands: 150, size: 'max' }), async (commands) => {
          await endAll(subject)
          const model: QueueModel = { now: subject.now(), jobs: [], refs: [] }
          const real = { subject, processes, users, newId: subject.newId, witness: createJobWitness() }
          await fc.asyncModelRun(() => ({ model, real }), commands)
          await finishRun(model, real)
        }),
        runs.parameters,
      )
    })
  })
}

type Processes = readonly [JobProcess, JobProcess]

async function createUsers(subject: JobStatesSubject): Promise<JobWorld['users']> {
  const users = Array.from({ length: 3 }, () => ({ userId: subject.newId(), conversationId: subject.newId() }))
  for (const { userId, conversationId: id } of users)
    await subject.store.createConversation({ id, userId, title: null, now: subject.now() })
  return users
}

/** What a failed run left would be claimed by the next, smaller one. */
async function endAll({ store, now }: JobStatesSubject): Promise<void> {
  for (const { id } of await store.listUnsettled(1_000))
    await store.settle(id, { ...emptyAnswer(), status: 'failed' }, now())
}

interface Run extends JobWorld {
  subject: JobStatesSubject
  processes: Processes
  witness: JobWitness
}

type Command = fc.AsyncCommand<QueueModel, Run>

/** Which process calls, and whether also when the call will change nothing: many of those would be in vain. */
const manner = fc.record({ which: fc.nat(1), inVain: fc.boolean() })
type Manner = typeof manner extends fc.Arbitrary<infer Value> ? Value : never
const command = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(manner, atomicChoice).map(([how, choice]) => callCommand(how, choice)) },
  { weight: 3, arbitrary: fc.tuple(atomicChoice, atomicChoice).map(([first, second]) => raceCommand(first, second)) },
  { weight: 1, arbitrary: manner.map((how) => callCommand(how, sweepChoice)) },
  { weight: 4, arbitrary: clockChoice.map(clockCommand) },
)

function callCommand({ which, inVain }: Manner, choice: JobChoice): Command {
  let made = 'nothing'
  return {
    check: () => true,
    async run(model, real) {
      made = 'nothing'
      const call = choice(model, real)
      if (!call || (!inVain && changesNothing(model, call))) return
      made = show(call)
      const answer = await perform(real.processes[which] ?? real.subject, call, model.now)
      expect(answer, made).toEqual(predict(model, call))
      real.witness.saw(call, answer)
      await compare(model, real, [call])
    },
    toString: () => made,
  }
}

/** Two processes call at the same time: whatever comes first, it is as if they had called one after the other. */
function raceCommand(first: JobChoice, second: JobChoice): Command {
  let made = 'nothing'
  return {
    check: () => true,
    async run(model, real) {
      made = 'nothing'
      const calls = [first(model, real), second(model, real)].filter((call) => call !== undefined)
      const [a, b] = calls
      if (!a || !b) return
      made = `${show(a)} while ${show(b)}`
      const [one, another] = real.processes
      const [answerA, answerB] = await Promise.all([perform(one, a, model.now), perform(another, b, model.now)])
      const inOrder = [
        { call: a, answer: answerA },
        { call: b, answer: answerB },
      ]
      const forward = structuredClone(model)
      const isForward = inOrder.every(({ call, answer }) => isEqual(answer, predict(forward, call)))
      const order =
        isForward && isEqual(await rowsOf(forward, real), forward.jobs.map(rowOf)) ? inOrder : inOrder.toReversed()
      for (const { call, answer } of order) {
        expect(answer, made).toEqual(predict(model, call))
        real.witness.saw(call, answer)
      }
      await compare(model, real, calls)
    },
    toString: () => made,
  }
}

function clockCommand(choice: ClockChoice): Command {
  let made = 'nothing'
  return {
    check: () => true,
    async run(model, { subject }) {
      const step = choice(model)
      made = `clock ${step}`
      subject.advance(step)
      model.now += step
    },
    toString: () => made,
  }
}

/** The rows after every step, and the logs that were called. */
async function compare(model: QueueModel, real: Run, calls: readonly JobCall[]): Promise<void> {
  const rows = await rowsOf(model, real)
  expect(rows).toEqual(model.jobs.map(rowOf))
  real.witness.check(rows, calls.length)
  for (const call of calls)
    if (call.kind === 'open' || call.kind === 'append') await compareLog(model, real, call.generationId)
}

function rowsOf({ jobs }: QueueModel, { subject }: Run): Promise<JobRow[]> {
  return subject.rows(jobs.map(({ id }) => id))
}

async function compareLog({ jobs }: QueueModel, { subject }: Run, generationId: string): Promise<void> {
  const log = jobs.find(({ id }) => id === generationId)?.log
  const read = await subject.log.read(generationId, LOG_START, 10_000)
  if (!read.ok || !log) throw new Error(`No log: ${JSON.stringify(read)}`)
  expect(read.tail).toEqual(tailOfModel(log))
  expect(read.rows.map(({ epoch, seq, json }) => ({ epoch, seq, json }))).toEqual(log.rows)
  expect(read.rows.map(({ seq }) => seq)).toEqual(read.rows.map((_, index) => index + 1))
  const epochs = read.rows.map(({ epoch }) => epoch)
  expect(epochs).toEqual(epochs.toSorted((a, b) => a - b))
  const ends = read.rows.flatMap(({ type }, index) => (type === 'end' ? [index + 1] : []))
  expect(ends).toEqual(read.tail?.sealed ? [read.rows.length] : [])
}

/**
 * Everyone falls silent, and one last worker comes: it finds everything that has not ended, at once or when the longest
 * lease and the longest wait are over. Afterwards every row and every message agree with their log.
 */
async function finishRun(model: QueueModel, real: Run): Promise<void> {
  const { subject, witness } = real
  await endWhatIsFree(model, real)
  const longest = Math.max(MAX_LEASE_MS, MAX_WAIT_MS)
  subject.advance(longest)
  model.now += longest
  await endWhatIsFree(model, real)
  expect(await subject.store.listUnsettled(10), 'nothing is left').toEqual([])
  witness.check(await rowsOf(model, real), GENERATION_STATUSES.length)
  for (const { id } of model.jobs) await compareEnd(model, real, id)
}

async function endWhatIsFree(model: QueueModel, { subject, witness }: Run): Promise<void> {
  const workerId = 'last'
  const make = async (call: JobCall): Promise<unknown> => {
    const answer = await perform(subject, call, model.now)
    expect(answer, show(call)).toEqual(predict(model, call))
    witness.saw(call, answer)
    return answer
  }
  await make({ kind: 'sweep' })
  await make({ kind: 'reap' })
  await make({ kind: 'claim', workerId, options: { limit: 100, leaseMs: 1_000, maxRunningPerUser: 100 } })
  while (await make({ kind: 'claimLone', workerId, leaseMs: 1_000 }));
  for (const { id, epoch, log } of model.jobs.filter((job) => job.workerId === workerId)) {
    await make({ kind: 'open', generationId: id, epoch })
    const end = { type: 'end', status: 'completed', at: 3 } as const
    await make({ kind: 'append', generationId: id, at: { epoch, afterSeq: log.rows.length }, events: [end] })
  }
  await make({ kind: 'sweep' })
}

async function compareEnd(model: QueueModel, real: Run, id: string): Promise<void> {
  await compareLog(model, real, id)
  const generation = await real.subject.store.findGeneration(id)
  const message = await real.subject.store.getMessage(generation?.userId ?? '', generation?.messageId ?? '')
  const read = await real.subject.log.read(id, LOG_START, 10_000)
  const answer = foldRows(read.ok ? read.rows : [])
  expect(generation?.status).toBe(answer.status)
  expect(message?.answer).toEqual(answer)
}

function changesNothing(model: QueueModel, call: JobCall): boolean {
  const after = structuredClone(model)
  predict(after, call)
  return isEqual(after, model)
}

function isEqual(actual: unknown, expected: unknown): boolean {
  return isDeepStrictEqual(actual, expected)
}

function show(call: JobCall): string {
  return JSON.stringify(call)
}
