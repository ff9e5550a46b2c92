import { figure, kibibytes, mebibytes, type Finding } from '../finding.ts'
import { fitGrowth, isFlat, type Growth } from './fit-growth.ts'
import type { ProcessState } from './observe-server.ts'

/** All processes after so many operations. */
export interface Observation {
  operations: number
  processes: readonly ProcessState[]
}

const GOAL = 'G7'
/** Per 1,000 operations: 32 bytes each, less than an object takes together with what holds it. */
const HEAP_LIMIT = 32 * 1_000
const COUNT_LIMIT = 0.5
/** Code that runs for the first times is compiled and takes memory, which hides in the growth of more operations alone. */
const WARM_OPERATIONS = 5_000
const THREADS = ['main thread', 'database thread']

/** Whether anything grows with the number of operations; of a heap only a long run can tell. */
export function judgeChurn(what: string, observations: readonly Observation[]): Finding[] {
  const isWarm = (observations.at(-1)?.operations ?? 0) >= WARM_OPERATIONS
  const roles = observations[0]?.processes.map(({ role }) => role) ?? []
  return roles.flatMap((role, index) => {
    const fit = (read: (process: ProcessState) => number | undefined): Growth =>
      fitGrowth(
        observations.flatMap(({ operations, processes }) => {
          const process = processes[index]
          const value = process && read(process)
          return value === undefined ? [] : [{ operations, value }]
        }),
      )
    const name = `${what}: ${role}`
    const heaps = THREADS.flatMap((thread, place) => {
      const growth = fit(({ heapBytes }) => heapBytes[place])
      if (Number.isNaN(growth.first)) return []
      const heap = `${name}, heap of its ${thread}`
      return isWarm ? flat(heap, growth, HEAP_LIMIT, bytes) : figure(GOAL, heap, describe(growth, bytes))
    })
    const resident = fit((process) => process.residentBytes)
    return [
      ...heaps,
      flat(
        `${name}, file descriptors`,
        fit(({ fileDescriptors }) => fileDescriptors),
        COUNT_LIMIT,
        count,
      ),
      flat(
        `${name}, handles`,
        fit(({ handles }) => handles),
        COUNT_LIMIT,
        count,
      ),
      figure(GOAL, `${name}, resident memory`, describe(resident, bytes)),
    ]
  })
}

function flat(what: string, growth: Growth, limit: number, show: ShowGrowth): Finding {
  const reached = isFlat(growth, limit)
  return { goal: GOAL, what, measured: describe(growth, show), limit: `≤ ${show.step(limit)} per 1,000`, reached }
}

interface ShowGrowth {
  step(value: number): string
  whole(value: number): string
}

const bytes: ShowGrowth = { step: kibibytes, whole: mebibytes }
const count: ShowGrowth = { step: (value) => value.toFixed(1), whole: (value) => String(value) }

function describe({ perThousand, error, first, last }: Growth, show: ShowGrowth): string {
  const uncertain = Number.isFinite(error) ? ` ± ${show.step(error)}` : ''
  return `${perThousand < 0 ? '' : '+'}${show.step(perThousand)}${uncertain} (${show.whole(first)} to ${show.whole(last)})`
}
