import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LOG_START } from '#protocol/cursor.ts'
import { propertyRuns } from '#test/property-runs.ts'
import {
  appendChoice,
  logChoice,
  performOnLog,
  predictOfLog,
  showLogCall,
  type LogCall,
  type LogChoice,
} from './event-log-calls.fixture.ts'
import { newLogModel, readModel, tailOfModel, type LogModel } from './event-log-model.fixture.ts'
import { startLogFollower, type LogFollower } from './event-log-follower.fixture.ts'
import type { EventLog, LogRow } from './event-log.ts'

export interface RandomEventLogSubject {
  /** The same logs as one more process has them open. No doorbell rings between processes. */
  start(): Promise<LogProcess>
  newId(): string
  close(): Promise<void>
}

export interface LogProcess {
  log: EventLog
  /** What a doorbell does. */
  wake(): void
  /** The process dies in the middle of what it does; calls under way may be rejected, and may have been carried out. */
  kill(): Promise<void>
}

const runs = propertyRuns(100)
const LOGS = 3
/** This one is killed. */
const MORTAL = 2
/** Only a broken log uses it up. */
const CAP_MS = 5_000

/** Compares logs with models of them, over random calls of several processes of which one dies now and then. */
export function describeRandomEventLogContract(name: string, open: () => Promise<RandomEventLogSubject>): void {
  describe(`event log contract, random calls: ${name}`, () => {
    let subject: RandomEventLogSubject
    let processes: LogProcess[]
    beforeAll(async () => {
      subject = await open()
      processes = [await subject.start(), await subject.start(), await subject.start()]
    })
    afterAll(() => subject.close())

    test('answers and tells like the model, whatever is asked by whom', { timeout: runs.timeoutMs }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.commands([command], { maxCommands: 60, size: 'max' }), async (commands) => {
          const logs = Array.from({ length: LOGS }, () => ({ ...newLogModel(), steps: [] }))
          const model: LogsModel = { logs, step: 0, hasCrashed: false }
          await using real = startRun(subject, processes)
          await fc.asyncModelRun(() => ({ model, real }), commands)
          await finishRun(model, real)
        }),
        runs.parameters,
      )
    })
  })
}

interface LogsModel {
  logs: TrackedLog[]
  step: number
  hasCrashed: boolean
}

interface TrackedLog extends LogModel {
  /** In which step each row was written. */
  steps: number[]
  lastAppend?: LogCall
}

interface Run extends AsyncDisposable {
  subject: RandomEventLogSubject
  processes: LogProcess[]
  ids: string[]
  followers: LogFollower[]
}

type Command = fc.AsyncCommand<LogsModel, Run>

function startRun(subject: RandomEventLogSubject, processes: LogProcess[]): Run {
  const followers = processes.slice(0, MORTAL).map(({ log }) => startLogFollower(log))
  const ids = Array.from({ length: LOGS }, () => subject.newId())
  return {
    subject,
    processes,
    ids,
    followers,
    async [Symbol.asyncDispose]() {
      await Promise.all(followers.map((follower) => follower.stop()))
    },
  }
}

const anyProcess = fc.nat(MORTAL)
const anyLog = fc.nat(LOGS - 1)
const command = fc.oneof(
  { weight: 24, arbitrary: fc.tuple(anyProcess, anyLog, logChoice).map((drawn) => callCommand(...drawn)) },
  { weight: 4, arbitrary: fc.tuple(anyProcess, anyLog).map((drawn) => repeatCommand(...drawn)) },
  {
    weight: 8,
    arbitrary: fc
      .tuple(anyProcess, fc.tuple(logChoice, logChoice, logChoice))
      .map((drawn) => togetherCommand(...drawn)),
  },
  { weight: 6, arbitrary: fc.tuple(anyLog, logChoice, logChoice).map((drawn) => raceCommand(...drawn)) },
  { weight: 2, arbitrary: fc.tuple(anyProcess, anyLog).map((drawn) => readEverywhereCommand(...drawn)) },
  {
    weight: 1,
    arbitrary: fc
      .record({ appends: fc.tuple(appendChoice, appendChoice, appendChoice), turns: fc.nat(12), chance: fc.nat(3) })
      // A new process takes as long as everything else in a run.
      .map(({ appends, turns, chance }) => (chance === 0 ? crashCommand(appends, turns) : nothing)),
  },
)

const nothing: Command = { check: () => false, run: () => Promise.resolve(), toString: () => 'nothing' }

/** A command that says what it did. */
function createCommand(run: (model: LogsModel, real: Run, say: (what: string) => void) => Promise<void>): Command {
  let done = 'nothing'
  return {
    check: () => true,
    run(model, real) {
      done = 'nothing'
      model.step++
      return run(model, real, (what) => (done = what))
    },
    toString: () => done,
  }
}

function callCommand(processNumber: number, logNumber: number, choice: LogChoice): Command {
  return createCommand(async (model, real, say) => {
    const call = choice(logOf(model, logNumber))
    say(`${processNumber}: log ${logNumber}: ${showLogCall(call)}`)
    const answer = await perform(real, processNumber, logNumber, call)
    expect(answer).toEqual(predict(model, logNumber, call))
  })
}

/** Someone who does not know whether an append was carried out makes it again, now or much later. */
function repeatCommand(processNumber: number, logNumber: number): Command {
  return createCommand(async (model, real, say) => {
    const call = logOf(model, logNumber).lastAppend
    if (!call) return
    say(`${processNumber}: log ${logNumber}: again ${showLogCall(call)}`)
    const answer = await perform(real, processNumber, logNumber, call)
    expect(answer).toEqual(predict(model, logNumber, call))
  })
}

/** Calls about different logs, made in one turn of the event loop: they may share a commit, and know nothing of it. */
function togetherCommand(processNumber: number, choices: readonly LogChoice[]): Command {
  return createCommand(async (model, real, say) => {
    const calls = choices.map((choice, logNumber) => choice(logOf(model, logNumber)))
    say(`${processNumber}: together ${calls.map(showLogCall).join(', ')}`)
    const answers = await Promise.all(calls.map((call, logNumber) => perform(real, processNumber, logNumber, call)))
    expect(answers).toEqual(calls.map((call, logNumber) => predict(model, logNumber, call)))
  })
}

/** Two processes call at once about one log: it is as if they had called one after the other. */
function raceCommand(logNumber: number, first: LogChoice, second: LogChoice): Command {
  return createCommand(async (model, real, say) => {
    const log = logOf(model, logNumber)
    const calls = [first(log), second(log)] as const
    say(`log ${logNumber}: ${showLogCall(calls[0])} while ${showLogCall(calls[1])}`)
    const answers = await Promise.all(calls.map((call, number) => perform(real, number, logNumber, call)))
    const made = calls.map((call, number) => ({ call, answer: answers[number] }))
    const forward = structuredClone(log)
    const isForward = made.every(({ call, answer }) => isDeepStrictEqual(answer, predictOfLog(forward, call)))
    const tail = await real.processes[0]?.log.tail(real.ids[logNumber] ?? '')
    const order = isForward && isDeepStrictEqual(tail, tailOfModel(forward)) ? made : made.toReversed()
    for (const { call, answer } of order) expect(answer).toEqual(predict(model, logNumber, call))
  })
}

function readEverywhereCommand(processNumber: number, logNumber: number): Command {
  return createCommand(async (model, real, say) => {
    say(`${processNumber}: log ${logNumber}: read from everywhere`)
    const log = logOf(model, logNumber)
    for (const { epoch, seq } of [LOG_START, ...log.rows]) {
      const call = { kind: 'read', after: { epoch, seq }, limit: 1 + (seq % 9) } as const
      expect(await perform(real, processNumber, logNumber, call)).toEqual(readModel(log, call.after, call.limit))
    }
  })
}

/**
 * A process dies with appends under way, and another one takes its place. Each append was carried out wholly or not at
 * all; making it again says which, and in the end it stands there once.
 */
function crashCommand(choices: readonly LogChoice[], turns: number): Command {
  return createCommand(async (model, real, say) => {
    if (model.hasCrashed) return
    model.hasCrashed = true
    const calls = choices.map((choice, logNumber) => choice(logOf(model, logNumber)))
    say(`killed after ${turns} turns while ${calls.map(showLogCall).join(', ')}`)
    const underWay = Promise.allSettled(calls.map((call, logNumber) => perform(real, MORTAL, logNumber, call)))
    for (let turn = 0; turn < turns; turn++) await nextTurn()
    await real.processes[MORTAL]?.kill()
    const outcomes = await underWay
    real.processes[MORTAL] = await real.subject.start()
    for (const [logNumber, call] of calls.entries()) {
      const outcome = outcomes[logNumber]
      const carriedOut = structuredClone(logOf(model, logNumber))
      predictOfLog(carriedOut, call)
      const tail = await perform(real, 0, logNumber, { kind: 'tail' })
      if (outcome?.status === 'fulfilled') expect(outcome.value).toEqual(predict(model, logNumber, call))
      else if (isDeepStrictEqual(tail, tailOfModel(carriedOut))) predict(model, logNumber, call)
      expect(await perform(real, MORTAL, logNumber, call)).toEqual(predict(model, logNumber, call))
    }
  })
}

function logOf({ logs }: LogsModel, logNumber: number): TrackedLog {
  const log = logs[logNumber]
  if (!log) throw new Error(`There is no log ${logNumber}.`)
  return log
}

async function perform({ processes, ids }: Run, processNumber: number, logNumber: number, call: LogCall) {
  const caller = processes[processNumber]
  return caller && performOnLog(caller.log, ids[logNumber] ?? '', call)
}

function predict(model: LogsModel, logNumber: number, call: LogCall): unknown {
  const log = logOf(model, logNumber)
  const answer = predictOfLog(log, call)
  if (call.kind === 'append') log.lastAppend = call
  while (log.steps.length < log.rows.length) log.steps.push(model.step)
  return answer
}

/** Every process reads the same in the end, and every follower was told all of it. */
async function finishRun(model: LogsModel, real: Run): Promise<void> {
  for (const processNumber of real.processes.keys()) {
    for (const [logNumber, log] of model.logs.entries()) {
      const tail = await perform(real, processNumber, logNumber, { kind: 'tail' })
      expect(tail).toEqual(tailOfModel(log))
      for (let seq = 0; ;) {
        const after = log.rows[seq - 1] ?? LOG_START
        const page = await perform(real, processNumber, logNumber, { kind: 'read', after, limit: 1_000 })
        const expected = readModel(log, after, 1_000)
        expect(page).toEqual(expected)
        if (!('rows' in expected) || !expected.more) break
        seq += expected.rows.length
      }
    }
  }
  for (const [number, follower] of real.followers.entries()) {
    real.processes[number]?.wake()
    await expectTold(model, real.ids, follower)
  }
}

async function expectTold({ logs }: LogsModel, ids: readonly string[], { rows }: LogFollower): Promise<void> {
  const told = (logNumber: number): LogRow[] => rows.filter(({ generationId }) => generationId === ids[logNumber])
  const isTold = (): boolean =>
    logs.every(({ dropped, rows: written }, logNumber) => dropped || told(logNumber).length >= written.length)
  for (let waitedMs = 0; !isTold() && waitedMs < CAP_MS; waitedMs += 5) await delay(5)
  for (const [logNumber, log] of logs.entries()) {
    const own = told(logNumber).map(({ epoch, seq, json }) => ({ epoch, seq, json }))
    // Of a log that was dropped before it was read the rest is never told.
    expect(own).toEqual(log.dropped ? log.rows.slice(0, own.length) : log.rows)
  }
  const steps = rows.flatMap(({ generationId, seq, type }) => {
    const step = logs[ids.indexOf(generationId)]?.steps[seq - 1]
    return step === undefined || type === 'end' ? [] : [step]
  })
  expect(steps, 'in the order in which they were committed').toEqual(steps.toSorted((a, b) => a - b))
}
