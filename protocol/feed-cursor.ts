import { formatCursor, parseCursor, type Cursor } from './cursor.ts'

/**
 * A place in a user's feed, opaque to clients: `<revision>`, and after a `;` the place in each generation that is followed,
 * as `<generation>:<cursor>` with commas between.
 */
export interface FeedCursor {
  /** Changes up to this one were told; undefined when none is wanted from before. */
  revision: number | undefined
  followed: ReadonlyMap<string, Cursor>
}

export function formatFeedCursor({ revision, followed }: FeedCursor): string {
  const places = formatFollowed(followed)
  const head = revision === undefined ? '' : String(revision)
  return places === '' ? head : `${head};${places}`
}

export function formatFollowed(followed: ReadonlyMap<string, Cursor>): string {
  return [...followed].map(([generationId, cursor]) => `${generationId}:${formatCursor(cursor)}`).join(',')
}

/** Reads a place; undefined when the text is none. */
export function parseFeedCursor(text: string): FeedCursor | undefined {
  const match = /^(\d{0,15})(?:;(.*))?$/.exec(text)
  if (!match) return undefined
  const followed = parseFollowed(match[2] ?? '')
  if (!followed) return undefined
  return { revision: match[1] === '' ? undefined : Number(match[1]), followed }
}

/** Reads `<generation>:<cursor>,…`; a cursor that is left out is the start. Undefined when the text is not that. */
export function parseFollowed(text: string): Map<string, Cursor> | undefined {
  const followed = new Map<string, Cursor>()
  if (text === '') return followed
  for (const place of text.split(',')) {
    const match = /^([\w-]{1,64})(?::(.*))?$/.exec(place)
    const cursor = parseCursor(match?.[2] ?? '0-0')
    if (match?.[1] === undefined || !cursor) return undefined
    followed.set(match[1], cursor)
  }
  return followed
}
