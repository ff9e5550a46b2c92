import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { emptyAnswer } from '#protocol/fold.ts'
import { openBackendForTests, type BackendForTests } from '#server/adapters/sql/backend-for-tests.ts'
import { expectEndedWell } from '#test/interleaving/expect-ended-well.ts'
import { createInterleavedWorld, type InterleavedWorld } from '#test/interleaving/interleaved-world.ts'
import type { Script, Try } from '#test/interleaving/scripted-provider.ts'
import { propertyRuns } from '#test/property-runs.ts'

const runs = propertyRuns(100)
const MAX_GENERATIONS = 3
/** Far more than recovery, waits and leases can take one after another, at two seconds a round. */
const MAX_ROUNDS = 100
const ROUND_MS = 2_000

let backend: BackendForTests
beforeAll(async () => {
  backend = await openBackendForTests()
})
afterAll(() => backend.close())

test(
  'however workers, reapers and cancels interleave and die, every generation ends once and as its log says',
  { timeout: runs.timeoutMs },
  async () => {
    const another = await backend.another()
    await fc.assert(
      fc.asyncProperty(script, fc.array(step, { maxLength: 200, size: 'max' }), async (first, steps) => {
        await endAll()
        const world = createInterleavedWorld(backend, another)
        await world.send(first)
        for (const { act } of steps) {
          await act(world)
          await world.turnstile.calm()
          expect(world.streamsToStop()).toEqual([])
        }
        await settle(world)
        expect(world.history.failures).toEqual([])
        expect(world.provider.openStreams().filter(({ party }) => isAlive(world, party))).toEqual([])
        for (const generationId of world.scripts.keys()) await expectEndedWell(backend, world, generationId)
      }),
      runs.parameters,
    )
  },
)

/** What a failed run left would be claimed by the next, smaller one. */
async function endAll(): Promise<void> {
  for (const { id } of await backend.store.listUnsettled(1_000))
    await backend.store.settle(id, { ...emptyAnswer(), status: 'failed' }, backend.now())
}

/** Those that let something happen meanwhile come more often. */
const TRIES: Try[] = [
  'fine',
  'overloaded',
  'breaks',
  'breaks',
  'hangs',
  'hangs',
  'hangs',
  'cannot-resume',
  'cannot-resume',
]

const script: fc.Arbitrary<Script> = fc.record({
  words: fc.nat(5),
  handleBefore: fc.constantFrom(undefined, 0, 1),
  tries: fc.array(fc.constantFrom(...TRIES), { maxLength: 4, size: 'max' }),
})

interface Step {
  act(world: InterleavedWorld): unknown
  toString(): string
}

function named(name: string, act: Step['act']): Step {
  return { act, toString: () => name }
}

const number = fc.nat(1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 24, arbitrary: fc.tuple(fc.nat(99), fc.integer({ min: 1, max: 20 })).map((drawn) => goOn(...drawn)) },
  { weight: 6, arbitrary: number.map((n) => named(`${n} claims`, ({ workers }) => workers[n]?.claim())) },
  { weight: 3, arbitrary: number.map((n) => named(`${n} claims lone`, ({ workers }) => workers[n]?.claimLone())) },
  { weight: 3, arbitrary: number.map((n) => named(`${n} beats`, ({ workers }) => workers[n]?.beat())) },
  { weight: 4, arbitrary: number.map((n) => named(`${n} is killed`, (world) => world.kill('worker', n))) },
  { weight: 1, arbitrary: number.map((n) => named(`${n} drains`, (world) => world.drain(n))) },
  { weight: 1, arbitrary: fc.constant(named('API is killed', (world) => world.kill('api', 0))) },
  { weight: 1, arbitrary: fc.constant(named('supervisor is killed', (world) => world.kill('supervisor', 0))) },
  { weight: 1, arbitrary: fc.nat(7).map(cancel) },
  { weight: 2, arbitrary: fc.boolean().map((lost) => named(`bell ${lost}`, (world) => world.bring(lost))) },
  { weight: 2, arbitrary: fc.constant(named('reap', (world) => world.recover())) },
  { weight: 1, arbitrary: fc.constant(named('sweep', (world) => world.sweep())) },
  { weight: 2, arbitrary: fc.constantFrom(1_000, 10_000, 3_600_000, -10_000, -3_600_000).map(clock) },
  { weight: 1, arbitrary: script.map(send) },
)

/** One party goes on for some steps, while all the others stand still. */
function goOn(which: number, steps: number): Step {
  return named(`go ${which} ${steps}`, async ({ turnstile }) => {
    const waiting = turnstile.waiting()
    const party = waiting[which % waiting.length]
    for (let count = 0; count < steps; count++) {
      const place = turnstile.waiting().indexOf(party ?? '')
      if (place === -1) return
      await turnstile.letGo(place)
    }
  })
}

function cancel(which: number): Step {
  return named(`cancel ${which}`, ({ scripts, cancel: ask }) => {
    const id = [...scripts.keys()][which]
    if (id !== undefined) ask(id)
  })
}

function clock(milliseconds: number): Step {
  return named(`clock ${milliseconds}`, () => backend.advance(milliseconds))
}

function send(another: Script): Step {
  return named(`send ${JSON.stringify(another)}`, async (world) => {
    if (world.scripts.size < MAX_GENERATIONS) await world.send(another)
  })
}

/** Nobody dies any more, nothing hangs, and everyone gets turns: then everything comes to its end. */
async function settle(world: InterleavedWorld): Promise<void> {
  const { turnstile, workers, provider } = world
  provider.heal()
  for (let round = 0; round < MAX_ROUNDS; round++) {
    for (const act of [
      () => workers.forEach((worker) => worker.beat()),
      () => world.bring(false),
      () => world.recover(),
      () => world.sweep(),
      () => workers.forEach((worker) => worker.claim()),
      () => workers.forEach((worker) => worker.claimLone()),
    ]) {
      act()
      await turnstile.calm()
      while (turnstile.waiting().length > 0) await turnstile.letGo(0)
    }
    if ((await backend.store.listUnsettled(1)).length === 0) return
    backend.advance(ROUND_MS)
  }
  expect(await backend.store.listUnsettled(10), 'everything ends').toEqual([])
}

function isAlive({ workers }: InterleavedWorld, party: string): boolean {
  return workers.some(({ id }) => id === party)
}
