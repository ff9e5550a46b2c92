import { piecesOf } from '#protocol/events.ts'
import type { ProviderEvent } from '#server/ports/provider.ts'

type DeltaType = 'text-delta' | 'reasoning-delta' | 'refusal-delta'

/** Appends a delta, joined with one of its type that comes just before it. Anything but text is passed over. */
export function writeDelta(type: DeltaType, text: unknown, out: ProviderEvent[]): void {
  if (typeof text !== 'string' || text === '') return
  const last = out.at(-1)
  if (last?.type === type) {
    last.text += text
    last.pieces = piecesOf(last) + 1
  } else out.push({ type, text })
}
