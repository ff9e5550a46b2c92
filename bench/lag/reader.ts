/** The process that reads much. */
import { answerEach } from '../bench-process.ts'
import { createApiClient } from '../call-api.ts'
import { monotonicMs } from '../monotonic.ts'
import { spreadOf, type Spread } from '../percentile.ts'
import { fillLibrary, READS, type Library, type ReadKind } from './reads.ts'

export type ReaderOrder =
  /** Writes what is read afterwards; answered with nothing. */
  | { order: 'fill'; port: number; turns: number; longTokens: number }
  /** Reads again and again, each kind in a lane of its own; answered with how long each read took. */
  | { order: 'read'; kinds: ReadKind[]; untilMs: number }

let library: Library | undefined

answerEach<ReaderOrder>(async (message) => {
  if (message.order === 'fill') {
    library = await fillLibrary(message.port, message.turns, message.longTokens)
    return {}
  }
  if (!library) throw new Error('there is nothing to read')
  const current = library
  return (await Promise.all(message.kinds.map((kind) => readUntil(current, kind, message.untilMs)))) satisfies Spread[]
})

async function readUntil(current: Library, kind: ReadKind, untilMs: number): Promise<Spread> {
  using api = createApiClient(current.port)
  const tookMs: number[] = []
  do {
    const startMs = monotonicMs()
    await READS[kind](current, api)
    tookMs.push(monotonicMs() - startMs)
  } while (monotonicMs() < untilMs)
  return spreadOf(tookMs)
}
