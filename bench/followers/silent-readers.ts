import type { CrowdWindow, Place } from './crowd.ts'
import { runCrowd } from './run-crowd.ts'

const READERS = 150
const SILENT = 50
/** How many of the silent ones read in the end, to see that nothing was lost for them. */
const WOKEN = 3
const TOKENS_PER_SECOND = 500
/** Written before anyone follows: more than the buffers of a socket take, so that the server itself has to hold back. */
const BURST_TOKENS = 300_000
const CAP_MS = 50_000

export interface SilentReaders {
  readers: number
  silent: number
  /** What the others saw before, while the silent ones attached, beside them, and when they had gone. */
  before: CrowdWindow
  attaching: CrowdWindow
  beside: CrowdWindow
  after: CrowdWindow
  /** What the API held before and beside them, after a collection. */
  heldBefore: number
  heldBeside: number
  /** The most resident memory of the API before and beside them. */
  residentBefore: number
  residentBeside: number
  /** What each of them could have read, as text of the answer. */
  unreadBytes: number
}

/** Followers of one generation, some of whom never read a byte: what that does to the others and to the API. */
export async function measureSilentReaders(quick: boolean): Promise<SilentReaders> {
  const windowMs = quick ? 3_000 : 8_000
  return await runCrowd({ rate: TOKENS_PER_SECOND, burst: BURST_TOKENS }, async (crowd) => {
    await crowd.order({ order: 'attach', count: 1, silent: false })
    const from = await crowd.order<Place>({ order: 'place-after', tokens: BURST_TOKENS, capMs: CAP_MS })
    await crowd.order({ order: 'attach', count: READERS - 1, silent: false, from })
    const before = await crowd.measure(windowMs)
    const heldBefore = await crowd.heldBytes()
    await crowd.order({ order: 'attach', count: SILENT, silent: true })
    const attaching = await crowd.measureNow(windowMs)
    const beside = await crowd.measure(windowMs)
    const heldBeside = await crowd.heldBytes()
    await crowd.order({ order: 'wake', count: WOKEN, capMs: CAP_MS })
    const after = await crowd.measure(windowMs)
    return {
      readers: READERS,
      silent: SILENT,
      before,
      attaching,
      beside,
      after,
      heldBefore,
      heldBeside,
      residentBefore: before.peakBytes,
      residentBeside: Math.max(attaching.peakBytes, beside.peakBytes),
      unreadBytes: BURST_TOKENS * averageTokenBytes(),
    }
  })
}

/** Tokens of stream 1 with six digits of their number and about thirteen of their time. */
function averageTokenBytes(): number {
  return '1.150000.1234567890123 '.length
}
