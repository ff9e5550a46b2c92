import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createMillraceClient } from '#client/create-millrace-client.ts'
import type { CancelReceipt } from '#protocol/api/generations.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import { plainText } from '#protocol/messages.ts'
import { createRandom } from '#server/adapters/demo/random.ts'
import { databaseFile } from '#server/data-folder.ts'
import { checkAnswer } from '../../bench/chaos/check-answer.ts'
import { openEvents } from '../../bench/chaos/open-events.ts'
import { readOutcomes } from '../../bench/chaos/read-outcomes.ts'
import { createTally } from '../../bench/chaos/tally.ts'
import type { Target } from '../../bench/chaos/target.ts'
import { createTranscript } from '../../bench/chaos/transcript.ts'
import { post } from '../app/chat.ts'
import { captureDisk, TAILS, type DiskCapture, type Tail } from '../app/disk-capture.ts'
import { kill } from '../app/process-tree.ts'
import { startApp, type App } from '../app/start-app.ts'
import { readWalExtent } from '../app/wal-extent.ts'
import { createWitness, type Asked, type Seen, type SyncedExtent, type Witness } from '../app/witness.ts'

const TIMEOUT_MS = 360_000
const SETTINGS = { ALLOW_UNLISTED_MODELS: '1', WORKERS: '2', HEARTBEAT_MS: '2000', REQUESTS_PER_MINUTE: '1000000' }
const ASKERS = 12
const SYNC_MS = 50

/**
 * The model of it: on the disk is at least everything up to the furthest sync that was done by then, and any part of what
 * was written later; a client knows what it had learned by then. So when a log is cut at some place, the power went at the
 * latest in the moment in which more was synced than the cut keeps: what clients learned before has to hold, and what they
 * learned later has not happened. `DiskCapture` says why the copied files are such a state.
 */
describe('a power loss', () => {
  test.each([1, 2])(
    'P6: keeps what was acknowledged, every answer ends, and an old cursor is refused instead of telling other text (seed %i)',
    { timeout: TIMEOUT_MS },
    async (seed) => {
      const random = createRandom(`power loss ${seed}`)
      await using slow = await startOnSlowDisk()
      const { witness, capture } = await captureUnderLoad(slow, random)
      const one = longestUnsynced(witness, capture)
      const other = capture.least + Math.floor(random() * (capture.most - capture.least))
      await Promise.all(
        [one, other].map((frames, index) =>
          checkAfterPowerLoss(witness, capture, frames, TAILS[(2 * seed + index) % TAILS.length]!),
        ),
      )
    },
  )

  test.each(['all of an answer', 'the last part of an answer'])(
    'a follower whose server lost %s is sent back to the start and gets the whole answer',
    { timeout: TIMEOUT_MS },
    async (what) => {
      await using slow = await startOnSlowDisk()
      const { app, target, witness } = slow
      // Of a log that was just begun anew, the first write would begin the next round.
      await witness.ask(3, 0)
      let frames = 0
      let asked: Asked | undefined
      let following: ReturnType<typeof followThrough> | undefined
      const capture = await captureDisk(app.dataDir, async () => {
        // Alone, so that nothing else brings what it writes to the disk.
        void witness.ask(40, 20).catch(() => {})
        await until(() => (asked = witness.asked[1]) !== undefined)
        following = followThrough(app.baseUrl, asked!.generationId)
        await until(() => asked!.seen.length > 8)
        if (what === 'the last part of an answer') ({ frames } = readWalExtent(databaseFile(app.dataDir)))
        await until(() => asked!.seen.length > 18)
        frames = Math.max(frames, witness.synced().frames)
      })
      slow.pullThePlug()
      if (!capture || !asked || !following) throw new Error('the log was begun anew')
      const dataDir = mkdtempSync(join(tmpdir(), 'millrace-'))
      capture.write(dataDir, frames, 'torn')
      await using again = await startApp({ env: SETTINGS, dataDir, port: target.port })
      const { restarts, text, cursors } = await following
      expect(restarts).toBeGreaterThan(0)
      expect(text).toBe(asked.text)
      expect(cursors.map((cursor) => Number(cursor.split('-')[1]))).toEqual(cursors.map((_, index) => index + 1))
      const later = targetOf(again, AbortSignal.timeout(30_000))
      expect(await checkGeneration(later, asked, asked.seen, new Set(['accepted']))).toBeGreaterThan(0)
      later.agent.destroy()
      rmSync(dataDir, { recursive: true, force: true })
    },
  )

  test('keeps the wish to stop an answer whose receipt came before its end', { timeout: TIMEOUT_MS }, async () => {
    await using slow = await startOnSlowDisk()
    const { app, witness } = slow
    await witness.ask(3, 0)
    let frames = 0
    let asked: Asked | undefined
    const capture = await captureDisk(app.dataDir, async () => {
      void witness.ask(200, 20).catch(() => {})
      await until(() => (witness.asked[1]?.seen.length ?? 0) > 8)
      asked = witness.asked[1]
      for (const pid of app.workerPids()) kill(pid, 'SIGSTOP')
      const cancel = `${app.baseUrl}/api/v1/generations/${asked!.generationId}/cancel`
      expect(await post<CancelReceipt>(cancel, {})).toMatchObject({ state: 'running', upstreamClosedAt: null })
      ;({ frames } = witness.synced())
    })
    slow.pullThePlug()
    if (!capture || !asked) throw new Error('the log was begun anew')
    const dataDir = mkdtempSync(join(tmpdir(), 'millrace-'))
    capture.write(dataDir, frames, 'nothing')
    await using again = await startApp({ env: SETTINGS, dataDir })
    const target = targetOf(again, AbortSignal.timeout(30_000))
    await checkGeneration(target, asked, asked.seen, new Set(['accepted', 'cancelled']))
    target.agent.destroy()
    rmSync(dataDir, { recursive: true, force: true })
  })
})

interface SlowServer extends AsyncDisposable {
  app: App
  target: Target
  witness: Witness
  /** Kills everything at once; the clients hear nothing more. */
  pullThePlug(): void
}

/** A server whose syncs are slow and are recorded. */
async function startOnSlowDisk(): Promise<SlowServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-'))
  const record = join(dataDir, 'syncs')
  writeFileSync(record, '')
  const app = await startApp({
    dataDir,
    env: {
      ...SETTINGS,
      NODE_OPTIONS: `--import=${new URL('../app/record-syncs.ts', import.meta.url).href}`,
      RECORD_SYNCS_TO: record,
      RECORD_SYNCS_OF: databaseFile(dataDir),
      SYNC_MS: String(SYNC_MS),
    },
  })
  const leaving = new AbortController()
  const target = targetOf(app, leaving.signal)
  return {
    app,
    target,
    witness: createWitness(target, record),
    pullThePlug() {
      leaving.abort()
      for (const pid of [app.supervisorPid, app.apiPid(), ...app.workerPids()]) kill(pid, 'SIGKILL')
    },
    async [Symbol.asyncDispose]() {
      leaving.abort()
      await app.stop()
      target.agent.destroy()
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

function targetOf(app: App, signal: AbortSignal): Target {
  const port = Number(new URL(app.baseUrl).port)
  return { port, agent: new Agent({ keepAlive: true }), tally: createTally(), isDown: () => false, signal }
}

/** Lets many ask and read, some of them cancel, and pulls the plug at a random moment. */
async function captureUnderLoad(
  { app, target, witness, pullThePlug }: SlowServer,
  random: () => number,
): Promise<{ witness: Witness; capture: DiskCapture }> {
  const { signal } = target
  const askers = Array.from({ length: ASKERS }, async () => {
    while (!signal.aborted) {
      const cancelAfter = random() < 0.2 ? 5 + Math.floor(random() * 8) : undefined
      await witness.ask(15 + Math.floor(random() * 25), 8 + Math.floor(random() * 16), cancelAfter)
    }
  }).map((asking) => asking.catch((error: unknown) => (signal.aborted ? undefined : Promise.reject(error))))
  await delay(300 + random() * 500)
  let capture: DiskCapture | undefined
  while (!capture) {
    capture = await captureDisk(app.dataDir, async () => {
      const known = witness.told.length
      await delay(200 + random() * 400)
      await until(() => witness.told.length > known + ASKERS)
    })
  }
  pullThePlug()
  await Promise.all(askers)
  return { witness, capture }
}

/** The sync after which clients learned the most before the next one was done, of those that a cut can be at. */
function longestUnsynced({ told, asked }: Witness, capture: DiskCapture): number {
  const learned = new Map<number, number>()
  for (const { synced } of [...told, ...asked.flatMap(({ seen }) => seen)]) {
    const { round, frames } = synced
    if (round !== capture.round || frames < capture.least || frames > capture.most) continue
    learned.set(frames, (learned.get(frames) ?? 0) + 1)
  }
  const [longest] = [...learned].sort((a, b) => b[1] - a[1])
  if (!longest) throw new Error('nothing was synced while the disk was copied')
  return longest[0]
}

/** An earlier round was moved into the database file, all of it, before its frames were overwritten. */
function isKept({ round, frames }: SyncedExtent, capture: DiskCapture, cutAt: number): boolean {
  return round < capture.round || (round === capture.round && frames <= cutAt)
}

/** Starts a server on what is left, and looks at every answer that was asked for before. */
async function checkAfterPowerLoss(witness: Witness, capture: DiskCapture, frames: number, tail: Tail): Promise<void> {
  const moments = [...witness.told, ...witness.asked.flatMap(({ seen }) => seen)]
  const later = moments.filter(({ synced }) => !isKept(synced, capture, frames))
  const firstLost = Math.min(Infinity, ...later.map(({ order }) => order))
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-'))
  capture.write(dataDir, frames, tail)
  await using app = await startApp({ env: SETTINGS, dataDir })
  const target = targetOf(app, AbortSignal.timeout(60_000))
  await Promise.all(
    witness.asked.map((asked) => {
      const seen = asked.seen.filter(({ order }) => order < firstLost)
      const told = witness.told.filter(
        ({ generationId, order }) => generationId === asked.generationId && order < firstLost,
      )
      return checkGeneration(target, asked, seen, new Set(told.map(({ what }) => what)))
    }),
  )
  await untilSettled(dataDir)
  const { outcomes, integrity } = readOutcomes(dataDir)
  expect(integrity).toBe('ok')
  expect(outcomes.filter(({ hasEnded, isSealed }) => !hasEnded || !isSealed)).toEqual([])
  target.agent.destroy()
  await app.stop()
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 })
}

/** Returns how many places that readers had seen are no more. */
async function checkGeneration(
  target: Target,
  asked: Asked,
  seen: readonly Seen[],
  told: ReadonlySet<string>,
): Promise<number> {
  const { generationId, text } = asked
  const faults: string[] = []
  const returned = comeBack(target, generationId, seen)
  const whole = await readAll(target, generationId, faults)
  if (!told.has('accepted') && whole === 'unknown') return 0
  if (whole === 'unknown') throw new Error(`${generationId} was accepted and is gone`)
  const events = whole.map(({ data }) => JSON.parse(data) as GenerationEvent)
  const answer = checkAnswer(events, { thinking: '', text, cancelled: true }, (what) => faults.push(what))
  if (told.has('cancelled') && (answer.status !== 'cancelled' || answer.attempt > 1)) {
    faults.push(`was cancelled and is ${answer.status} in attempt ${answer.attempt}`)
  }
  if (told.has('ended') && whole.length !== seen.length) faults.push(`had ended after ${seen.length} events`)
  // Coming back with a cursor, one gets the same log, or is sent to its start.
  expect(await returned).toEqual(whole)
  let lost = 0
  for (const { id, data } of seen) {
    const seq = Number(id.split('-')[1])
    const now = whole[seq - 1]
    if (now?.id === id) {
      if (now.data !== data) faults.push(`at ${id} stood ${data}, now ${now.data}`)
      continue
    }
    lost += 1
    const refused = await openEvents(target, generationId, { header: id }, () => true)
    const status = refused.how === 'answered' ? refused.status : refused.how
    if (status !== (now ? 410 : 409)) faults.push(`the lost cursor ${id} was answered with ${status}`)
  }
  expect(faults, whole.map(({ id, data }) => `${id} ${data}`).join('\n')).toEqual([])
  return lost
}

type Row = Pick<Seen, 'id' | 'data'>

/** What a reader has in the end that comes back with its last cursor, and begins anew when that is refused. */
async function comeBack(target: Target, generationId: string, seen: readonly Row[]): Promise<Row[]> {
  let rows = seen.map(({ id, data }) => ({ id, data }))
  for (;;) {
    const visit = await openEvents(target, generationId, { header: rows.at(-1)?.id }, (id, data) => {
      rows.push({ id, data })
      return true
    })
    if (visit.how === 'ended' || (visit.how === 'answered' && visit.status === 204)) return rows
    if (visit.how !== 'answered' || (visit.status !== 410 && visit.status !== 409)) return rows
    rows = []
  }
}

async function readAll(target: Target, generationId: string, faults: string[]): Promise<Row[] | 'unknown'> {
  const rows: Row[] = []
  const transcript = createTranscript((what) => faults.push(what))
  const visit = await openEvents(target, generationId, {}, (id, data) => {
    transcript.accept(rows.length, id, data)
    rows.push({ id, data })
    return true
  })
  return visit.how === 'answered' && visit.status === 404 ? 'unknown' : rows
}

/** The client library, left alone while its server goes and comes back. */
async function followThrough(baseUrl: string, generationId: string) {
  const client = createMillraceClient({ baseUrl, fetch, backoff: { firstMs: 50, mostMs: 200 } })
  let answer = emptyAnswer()
  let cursors: string[] = []
  let restarts = 0
  for await (const followed of client.follow(generationId, { signal: AbortSignal.timeout(60_000) })) {
    if (followed.type === 'restart') {
      restarts += 1
      answer = emptyAnswer()
      cursors = []
    }
    if (followed.type !== 'event') continue
    answer = fold(answer, followed.event)
    cursors.push(followed.cursor)
  }
  return { text: plainText(answer.parts), restarts, cursors }
}

async function untilSettled(dataDir: string): Promise<void> {
  const deadline = performance.now() + 10_000
  while (readOutcomes(dataDir).outcomes.some(({ hasEnded }) => !hasEnded) && performance.now() < deadline)
    await delay(50)
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error('it never came')
    await delay(5)
  }
}
