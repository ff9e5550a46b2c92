import { piecesOf, type GenerationEvent, type ProviderMetadata } from './events.ts'
import type { Answer, MessagePart, SupersededAttempt } from './messages.ts'

/** The answer before its first event. */
export function emptyAnswer(): Answer {
  return { status: 'queued', parts: [], attempt: 0, superseded: [], metrics: {} }
}

/**
 * Folds one event into an answer. Pure: the given answer is not changed, and unchanged parts keep their identity, so a
 * page can compare by reference. The server stores what this returns, so a page that folds the same events shows the same.
 */
export function fold(answer: Answer, event: GenerationEvent): Answer {
  switch (event.type) {
    case 'attempt-start':
      return startAttempt(answer, event)
    case 'state': {
      const { code, untilMs, tryNumber, error } = event
      const phase: NonNullable<Answer['phase']> = { code }
      if (untilMs !== undefined) phase.untilMs = untilMs
      if (tryNumber !== undefined) phase.tryNumber = tryNumber
      if (error !== undefined) phase.error = error
      return { ...answer, phase, status: code === 'connecting' ? 'running' : code }
    }
    case 'text-delta':
      return visible(answer, event.at, appendText(answer.parts, 'text', event.text, event.at), piecesOf(event))
    case 'refusal-delta':
      return visible(answer, event.at, appendText(answer.parts, 'refusal', event.text, event.at), piecesOf(event))
    case 'reasoning-delta':
      return visible(answer, event.at, appendReasoning(answer.parts, event.text, event.at), piecesOf(event))
    case 'reasoning-end':
      return { ...answer, parts: endReasoning(answer.parts, event.at, event.providerMetadata) }
    case 'part-metadata':
      return { ...answer, parts: addMetadata(answer.parts, event.providerMetadata) }
    case 'tool-call': {
      const { toolCallId, name, providerMetadata } = event
      const part: MessagePart = { type: 'tool-call', toolCallId, name, arguments: event.arguments }
      if (providerMetadata) part.providerMetadata = providerMetadata
      return visible(answer, event.at, [...closeReasoning(answer.parts, event.at), part])
    }
    case 'source': {
      const part: MessagePart = { type: 'source', url: event.url }
      if (event.title !== undefined) part.title = event.title
      return visible(answer, event.at, [...closeReasoning(answer.parts, event.at), part])
    }
    case 'usage':
      return { ...answer, metrics: { ...answer.metrics, usage: event.usage } }
    case 'model-switch':
      return switchModel(answer, event)
    case 'provider-handle':
      return answer
    case 'left-out':
      return { ...answer, leftOut: event.parameters }
    case 'end':
      return end(answer, event)
    default:
      // An event type of a newer version: skipping it keeps an old page readable.
      return answer
  }
}

function startAttempt(answer: Answer, event: Extract<GenerationEvent, { type: 'attempt-start' }>): Answer {
  const { phase: _phase, switchedFrom: _switched, leftOut: _leftOut, ...rest } = answer
  const base: Answer = {
    ...rest,
    status: 'running',
    attempt: event.attempt,
    attemptReason: event.reason,
    provider: event.provider,
    model: event.model,
    metrics: { ...answer.metrics, startedAt: answer.metrics.startedAt ?? event.at },
  }
  if (event.reason === 'resumed' || answer.parts.length === 0) return base
  const superseded = [...answer.superseded, versionOf(answer, closeReasoning(answer.parts, event.at))]
  const { usage: _usage, pieces: _pieces, ...metrics } = base.metrics
  return { ...base, parts: [], superseded, metrics }
}

/** The current attempt as it is kept when another one takes its place. */
function versionOf({ attempt, metrics: { pieces } }: Answer, parts: MessagePart[]): SupersededAttempt {
  return pieces === undefined ? { attempt, parts } : { attempt, parts, pieces }
}

function visible(answer: Answer, at: number, parts: MessagePart[], pieces = 0): Answer {
  let { metrics } = answer
  if (metrics.firstTokenAt === undefined) metrics = { ...metrics, firstTokenAt: at }
  if (pieces > 0) metrics = { ...metrics, pieces: (metrics.pieces ?? 0) + pieces }
  const { phase: _phase, ...rest } = answer
  return { ...rest, status: 'running', parts, metrics }
}

function appendText(parts: MessagePart[], type: 'text' | 'refusal', text: string, at: number): MessagePart[] {
  const last = parts.at(-1)
  if (last?.type === type) return [...parts.slice(0, -1), { ...last, text: last.text + text }]
  return [...closeReasoning(parts, at), { type, text }]
}

function appendReasoning(parts: MessagePart[], text: string, at: number): MessagePart[] {
  const last = parts.at(-1)
  if (last?.type === 'reasoning' && last.endedAt === undefined) {
    return [...parts.slice(0, -1), { ...last, text: last.text + text }]
  }
  return [...parts, { type: 'reasoning', text, startedAt: at }]
}

/** Some vendors hide a thought entirely and want its data back all the same: it is a part without words. */
function endReasoning(parts: MessagePart[], at: number, providerMetadata?: ProviderMetadata): MessagePart[] {
  const last = parts.at(-1)
  const open = last?.type === 'reasoning' && last.endedAt === undefined
  if (open || !providerMetadata) return closeReasoning(parts, at, providerMetadata)
  return [...parts, { type: 'reasoning', text: '', startedAt: at, endedAt: at, providerMetadata }]
}

function addMetadata(parts: MessagePart[], providerMetadata: ProviderMetadata): MessagePart[] {
  const last = parts.at(-1)
  if (!last) return parts
  return [...parts.slice(0, -1), { ...last, providerMetadata: { ...last.providerMetadata, ...providerMetadata } }]
}

function closeReasoning(parts: MessagePart[], at: number, providerMetadata?: ProviderMetadata): MessagePart[] {
  const last = parts.at(-1)
  if (last?.type !== 'reasoning' || last.endedAt !== undefined) return parts
  const closed: MessagePart = { ...last, endedAt: at }
  if (providerMetadata) closed.providerMetadata = { ...last.providerMetadata, ...providerMetadata }
  return [...parts.slice(0, -1), closed]
}

/** What the model before left out or used up is nothing of the one that answers. */
function switchModel(answer: Answer, event: Extract<GenerationEvent, { type: 'model-switch' }>): Answer {
  const { leftOut: _leftOut, ...rest } = answer
  const { usage: _usage, ...metrics } = answer.metrics
  const from = { provider: answer.provider ?? '', model: answer.model ?? '', reason: event.reason }
  const { provider, model } = event
  return { ...rest, provider, model, switchedFrom: answer.switchedFrom ?? from, metrics }
}

function end(answer: Answer, event: Extract<GenerationEvent, { type: 'end' }>): Answer {
  const { phase: _phase, ...rest } = answer
  const ended: Answer = {
    ...rest,
    status: event.status,
    parts: closeReasoning(answer.parts, event.at),
    metrics: { ...answer.metrics, endedAt: event.at },
  }
  if (event.finishReason !== undefined) ended.finishReason = event.finishReason
  if (event.finishDetail !== undefined) ended.finishDetail = event.finishDetail
  if (event.error !== undefined) ended.error = event.error
  if (event.cancelledBy !== undefined) ended.cancelledBy = event.cancelledBy
  if (event.upstreamClosedAt !== undefined) ended.upstreamClosedAt = event.upstreamClosedAt
  // Also of an attempt that was stopped before its first word: what people had seen before is what they keep.
  const keeps = event.status === 'failed' || (event.status === 'cancelled' && weight(ended.parts) === 0)
  return keeps ? keepLongest(ended) : ended
}

/** After a final failure the longest attempt is the answer; the others stay as versions. */
function keepLongest(answer: Answer): Answer {
  let longest = answer.superseded[0]
  for (const attempt of answer.superseded)
    if (longest && weight(attempt.parts) > weight(longest.parts)) longest = attempt
  if (!longest || weight(longest.parts) <= weight(answer.parts)) return answer
  const others = answer.superseded.filter((attempt) => attempt !== longest)
  const current = answer.parts.length > 0 ? [versionOf(answer, answer.parts)] : []
  const { pieces: _pieces, ...rest } = answer.metrics
  const metrics = longest.pieces === undefined ? rest : { ...rest, pieces: longest.pieces }
  return { ...answer, parts: longest.parts, superseded: [...others, ...current], keptAttempt: longest.attempt, metrics }
}

function weight(parts: readonly MessagePart[]): number {
  let length = 0
  for (const part of parts) if ('text' in part) length += part.text.length
  return length
}
