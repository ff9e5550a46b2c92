import { expect } from 'vitest'
import type { GenerationEvent } from '#protocol/events.ts'
import { checkAnswer } from '../../bench/chaos/check-answer.ts'
import { openEvents } from '../../bench/chaos/open-events.ts'
import type { Target } from '../../bench/chaos/target.ts'
import { createTranscript } from '../../bench/chaos/transcript.ts'
import type { Asked, Seen } from '../app/witness.ts'

/**
 * Fails unless what a power loss left of an answer is what its readers may rely on. Returns how many places that readers
 * had seen are no more.
 */
export async function checkGeneration(
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
