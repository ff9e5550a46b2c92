import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { createRandom } from '#server/adapters/demo/random.ts'
import { readOutcomes } from '../../bench/chaos/read-outcomes.ts'
import { captureDisk, TAILS, type DiskCapture, type Tail } from '../app/disk-capture.ts'
import { startApp } from '../app/start-app.ts'
import type { SyncedExtent, Witness } from '../app/witness.ts'
import { checkGeneration } from './check-generation.fixture.ts'
import { SETTINGS, startOnSlowDisk, targetOf, until, type SlowServer } from './slow-disk.fixture.ts'

const TIMEOUT_MS = 360_000
const ASKERS = 12

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
})

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

async function untilSettled(dataDir: string): Promise<void> {
  const deadline = performance.now() + 10_000
  while (readOutcomes(dataDir).outcomes.some(({ hasEnded }) => !hasEnded) && performance.now() < deadline)
    await delay(50)
}
