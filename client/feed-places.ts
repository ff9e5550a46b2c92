import type { FeedFrames, FollowSet } from '#protocol/api/feed.ts'
import { formatCursor, LOG_START, parseCursor } from '#protocol/cursor.ts'
import type { FollowedSet, GenerationItem } from './feed-item.ts'

interface Place {
  /** Of the last event that was passed on; undefined before the first. */
  cursor: string | undefined
  seq: number
  /** The stream is to be told where to begin. */
  untold: boolean
  /** It was told and has not said yet that it knows. */
  telling: boolean
  /** Nothing more comes, or nothing can be had. */
  over: boolean
  /** Of the `end` event, once it passed by, be it in or out of turn. */
  endSeq: number | undefined
}

const START = formatCursor(LOG_START)

/**
 * Where one feed is in each generation that it follows. Passes on what comes next and nothing else: what came before is
 * dropped, and over a gap nobody steps.
 */
export function createFeedPlaces() {
  const places = new Map<string, Place>()

  const next = (frame: FeedFrames['log']): GenerationItem[] => {
    const { generationId, events } = frame
    const place = places.get(generationId)
    if (!place || place.over) return []
    const items: GenerationItem[] = []
    for (const { cursor, ...event } of events) {
      const seq = seqOf(cursor)
      if (event.type === 'end') place.endSeq = seq
      if (seq <= place.seq) continue
      if (seq > place.seq + 1) {
        if (!place.telling) place.untold = true
        return items
      }
      place.seq = seq
      place.cursor = cursor
      items.push({ type: 'event', generationId, cursor, event })
    }
    if (frame.ended && !isBefore(place)) {
      place.over = true
      items.push({ type: 'ended', generationId })
    }
    return items
  }

  return {
    next,

    lost({ generationId, reason }: FeedFrames['lost']): GenerationItem[] {
      const place = places.get(generationId)
      if (!place || place.over) return []
      if (reason === 'unknown' || reason === 'dropped') {
        place.over = true
        return [{ type: 'lost', generationId, reason }]
      }
      if (place.seq === 0) return []
      places.set(generationId, placeAt(undefined))
      return [{ type: 'restart', generationId }]
    },

    has: (generationId: string) => places.has(generationId) && !places.get(generationId)!.over,

    follow(set: FollowedSet) {
      for (const id of places.keys()) if (!set.has(id)) places.delete(id)
      for (const [id, after] of set) {
        const place = places.get(id)
        if (!place) places.set(id, placeAt(after))
        else if (after !== undefined && (place.over || after !== place.cursor)) {
          places.set(id, { ...placeAt(after), endSeq: place.endSeq })
        }
      }
    },

    /** Whether the open stream has to be told something. */
    needsTelling: () => [...places.values()].some(({ untold }) => untold),

    /** The whole set for a stream that is open; call `told` once it was taken. */
    tell(): FollowSet {
      const follow: FollowSet['follow'] = []
      for (const [generationId, place] of places) {
        if (place.over) continue
        follow.push(place.untold ? { generationId, after: place.cursor ?? START } : { generationId })
        place.telling = place.untold
        place.untold = false
      }
      return { follow }
    },

    told() {
      for (const place of places.values()) place.telling = false
    },

    /** The whole set for a new stream, as its `follow=`. */
    tellAll(): string {
      const entries: string[] = []
      for (const [generationId, place] of places) {
        if (place.over) continue
        place.untold = false
        place.telling = false
        entries.push(place.cursor === undefined ? generationId : `${generationId}:${place.cursor}`)
      }
      return entries.join(',')
    },
  }
}

export type FeedPlaces = ReturnType<typeof createFeedPlaces>

function placeAt(after: string | undefined): Place {
  const seq = after === undefined ? 0 : seqOf(after)
  const cursor = seq === 0 ? undefined : after
  return { cursor, seq, untold: true, telling: false, over: false, endSeq: undefined }
}

/** A frame that was on its way when the stream was sent back may say that nothing is left: from where it was. */
function isBefore({ seq, endSeq }: Place): boolean {
  return endSeq !== undefined && seq < endSeq
}

export function seqOf(cursor: string): number {
  return parseCursor(cursor)?.seq ?? 0
}
