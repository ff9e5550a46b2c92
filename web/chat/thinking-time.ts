import type { MessagePart } from '#protocol/messages.ts'

export interface Thinking {
  text: string
  /** Whether the model is thinking now. */
  open: boolean
  /** How long it thought in all; undefined when the log does not say. */
  ms: number | undefined
}

/** All reasoning of an answer as one; undefined when there was none. */
export function thinkingOf(parts: readonly MessagePart[], nowMs: number): Thinking | undefined {
  const reasoning = parts.filter((part) => part.type === 'reasoning')
  if (reasoning.length === 0) return undefined
  let ms: number | undefined
  for (const { startedAt, endedAt } of reasoning)
    if (startedAt !== undefined) ms = (ms ?? 0) + Math.max(0, (endedAt ?? nowMs) - startedAt)
  const last = parts.at(-1)
  return {
    text: reasoning.map(({ text }) => text).join('\n\n'),
    open: last?.type === 'reasoning' && last.endedAt === undefined,
    ms,
  }
}
