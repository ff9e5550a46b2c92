/** To the worker: more lines of one listing, which keeps its grammar state between messages; or its end. */
export type HighlightRequest = MoreLines | { session: number; ended: true }

export interface MoreLines {
  session: number
  language: string
  lines: string
}

/** From the worker, in order: for each line its runs, as pairs of a length and a token kind (index). */
export interface HighlightReply {
  session: number
  runs: LineRuns[]
}

export type LineRuns = readonly number[]

/**
 * Kinds of tokens; the first is plain text, and so is punctuation, which would double the number of elements. The names
 * are Shiki's CSS variables and our class names.
 */
export const TOKEN_KINDS = [
  'foreground',
  'keyword',
  'string',
  'string-expression',
  'constant',
  'function',
  'parameter',
  'comment',
  'link',
  'inserted',
  'deleted',
  'changed',
] as const
