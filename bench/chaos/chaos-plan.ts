import { createRandom } from '#server/adapters/demo/random.ts'

/** What is killed: one of the workers, the API, two of them in the same moment, the whole tree, or its root alone. */
export const STRIKE_KINDS = ['worker', 'api', 'two', 'everything', 'supervisor'] as const
export type StrikeKind = (typeof STRIKE_KINDS)[number]

export interface Strike {
  kind: StrikeKind
  /** Pause since the strike before. */
  afterMs: number
  /** Which of those alive are hit, each as a share of their number. */
  picks: readonly [number, number]
}

export interface ChaosPlan {
  seed: number
  workers: number
  /** Generations that are asked for at the same time. */
  concurrent: number
  strikes: readonly Strike[]
}

/** One question, and what its answer has to be. */
export interface Question {
  model: string
  thinking: string
  text: string
  readers: number
  /** So many times at once under one key. */
  sends: number
  /** Sent once more under its key after the answer has ended. */
  repeated: boolean
}

/** Chances in a hundred. A dead root costs every running attempt. */
const CHANCES: Record<StrikeKind, number> = { worker: 57, api: 27, two: 11, everything: 3, supervisor: 2 }

/** The seed fixes what is asked and what is struck when; how it interleaves is the machine's own. */
export function planChaos(options: {
  seed: number
  kills: number
  /** Mean pause between two strikes. */
  pauseMs: number
  workers: number
  concurrent: number
}): ChaosPlan {
  const { seed, kills, pauseMs, workers, concurrent } = options
  const random = createRandom(`strikes ${seed}`)
  const strikes = Array.from({ length: kills }, (): Strike => {
    const kind = chooseKind(random() * 100)
    return { kind, afterMs: Math.round(pauseMs * (0.6 + 0.8 * random())), picks: [random(), random()] }
  })
  return { seed, workers, concurrent, strikes }
}

/** The `turn`-th question of one of those who ask. */
export function planQuestion(seed: number, asker: number, turn: number): Question {
  const random = createRandom(`question ${seed} ${asker} ${turn}`)
  const chance = (percent: number): boolean => random() * 100 < percent
  const tokens = 8 + Math.floor(random() * 32)
  const thinking = chance(25) ? 3 + Math.floor(random() * 8) : 0
  const delayMs = 15 + Math.floor(random() * 45)
  const handle = chance(30)
  const stallMs = chance(10) ? 200 + Math.floor(random() * 500) : 0
  const directives = [
    `tokens=${tokens}`,
    `delay=${delayMs}`,
    'jitter=0.5',
    `think=${thinking}`,
    `ttfb=${Math.floor(random() * 200)}`,
    `handle=${handle ? 1 : 0}`,
    ...(stallMs > 0 ? [`stall=${stallMs}@${Math.floor(tokens / 2)}`] : []),
  ]
  return {
    model: `demo/script;${directives.join(';')}`,
    thinking: numbered('r', thinking),
    text: numbered('t', tokens),
    readers: 2 + Math.floor(random() * 3),
    sends: chance(8) ? 3 : 1,
    repeated: chance(8),
  }
}

function chooseKind(percent: number): StrikeKind {
  let sum = 0
  return STRIKE_KINDS.find((kind) => (sum += CHANCES[kind]) > percent) ?? 'worker'
}

/** The tokens of the demo model's scripts. */
function numbered(letter: string, count: number): string {
  return Array.from({ length: count }, (_, index) => `${letter}${index} `).join('')
}
