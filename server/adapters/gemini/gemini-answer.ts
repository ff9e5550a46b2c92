import type { ProviderMetadata, Usage } from '#protocol/events.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import type { FinishEvent, ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import type { AnswerReader } from '#server/upstream/answer-reader.ts'
import { failure, findError, isObject, toGenerationError } from '#server/upstream/provider-error.ts'
import type { Redact } from '#server/upstream/redact.ts'
import { createSourceCollector } from '#server/upstream/source-collector.ts'
import { writeDelta } from '#server/upstream/write-delta.ts'
import { isFinishReason, toFinishReason } from './finish-reason.ts'
import { readSources } from './sources.ts'
import { toUsage } from './usage.ts'

const MAX_MESSAGE_CHARACTERS = 2_000

/**
 * Reads `GenerateContentResponse` objects, and lists of them where `alt=sse` was ignored. The protocol has no end of its
 * own: an answer is whole once a finish reason was seen, but older models write one into every chunk, so the last counts.
 *
 * Function calls come whole, each in a part of its own. From the first one on everything is held back until the end: calls
 * are handed out only when the answer is whole, and signatures have to stay with the part that they came with.
 */
export function createGeminiAnswer(
  redact: Redact,
  { generationId }: Pick<ProviderRequest, 'generationId'>,
): AnswerReader {
  const sources = createSourceCollector()
  let held: ProviderEvent[] | undefined
  let calls = 0
  let usage: Usage | undefined
  let finishReason: string | undefined
  let finishMessage = ''
  let blockReason: string | undefined
  let begun = false
  let wrote = false

  function read(value: unknown, out: ProviderEvent[]): GenerationError | undefined {
    if (Array.isArray(value)) return readAll(value, out)
    if (!isObject(value)) return undefined
    const { candidates, promptFeedback, usageMetadata } = value
    if (Array.isArray(candidates)) for (const candidate of candidates) readCandidate(candidate, out)
    if (isObject(promptFeedback) && isText(promptFeedback.blockReason)) {
      begun = true
      blockReason = promptFeedback.blockReason
      readMessage(promptFeedback.blockReasonMessage)
    }
    if (isObject(usageMetadata)) usage = toUsage(usageMetadata) ?? usage
    const raw = findError(value)
    return raw === undefined ? undefined : toGenerationError(raw, {}, redact)
  }

  function readAll(values: unknown[], out: ProviderEvent[]): GenerationError | undefined {
    for (const value of values) {
      const error = read(value, out)
      if (error) return error
    }
    return undefined
  }

  function readCandidate(candidate: unknown, out: ProviderEvent[]): void {
    if (!isObject(candidate) || (candidate.index ?? 0) !== 0) return
    begun = true
    const parts = isObject(candidate.content) ? candidate.content.parts : undefined
    if (Array.isArray(parts)) for (const part of parts) if (isObject(part)) readPart(part, out)
    sources.add(readSources(candidate))
    readMessage(candidate.finishMessage)
    if (isFinishReason(candidate.finishReason)) finishReason = candidate.finishReason
  }

  function readMessage(raw: unknown): void {
    if (isText(raw)) finishMessage = raw.slice(0, MAX_MESSAGE_CHARACTERS)
  }

  /** Code that the vendor ran itself, its output and generated images are passed over: nothing that we send asks for them. */
  function readPart(part: Record<string, unknown>, out: ProviderEvent[]): void {
    const { text, thought, functionCall, thoughtSignature } = part
    const metadata = isText(thoughtSignature) ? { gemini: { thoughtSignature } } : undefined
    if (isObject(functionCall)) return readCall(functionCall, metadata)
    const target = held ?? out
    if (isText(text)) {
      writeDelta(thought === true ? 'reasoning-delta' : 'text-delta', text, target)
      wrote = true
    }
    if (metadata) writeSignature(metadata, target)
  }

  function readCall({ id, name, args }: Record<string, unknown>, metadata: ProviderMetadata | undefined): void {
    if (!isText(name)) return
    const call: ProviderEvent = {
      type: 'tool-call',
      toolCallId: isText(id) ? id : `call_${generationId}_${calls}`,
      name,
      arguments: JSON.stringify(args ?? {}),
    }
    if (metadata) call.providerMetadata = metadata
    held ??= []
    held.push(call)
    calls += 1
  }

  /** A signature may come in a part without words, and is then that of the part before it. */
  function writeSignature(providerMetadata: ProviderMetadata, target: ProviderEvent[]): void {
    // A call has its own signature, or shares that of the first one.
    if (target.at(-1)?.type === 'tool-call') return
    target.push({ type: wrote ? 'part-metadata' : 'reasoning-end', providerMetadata })
    wrote = true
  }

  function end(out: ProviderEvent[], error?: GenerationError): void {
    const rawReason = finishReason ?? blockReason
    const broken = error ?? finishError(rawReason, finishMessage, redact)
    for (const event of held ?? []) if (!broken || event.type !== 'tool-call') out.push(event)
    // Sources alone would make a failure look like a begun answer, and forbid a silent retry.
    if (!broken || wrote) out.push(...sources.take())
    if (usage) out.push({ type: 'usage', usage })
    if (broken) out.push({ type: 'error', error: broken })
    else if (rawReason === undefined) out.push({ type: 'finish', reason: 'other' })
    else {
      const reason = finishReason === undefined ? 'content-filter' : toFinishReason(rawReason)
      const finish: FinishEvent = {
        type: 'finish',
        reason: reason === 'stop' && calls > 0 ? 'tool-calls' : reason,
        rawReason,
      }
      // After a good end it only says once more that there are calls.
      if (finishMessage !== '' && reason !== 'stop') finish.detail = redact(finishMessage)
      out.push(finish)
    }
  }

  return {
    isFinished: () => finishReason !== undefined || blockReason !== undefined,
    hasBegun: () => begun,
    read,
    end,
  }
}

/** A finish reason can say that the model failed; that is no end of an answer, and often goes well at the next try. */
function finishError(rawReason: string | undefined, words: string, redact: Redact): GenerationError | undefined {
  if (rawReason === undefined || toFinishReason(rawReason) !== 'error') return undefined
  const isOurs = rawReason === 'MISSING_THOUGHT_SIGNATURE'
  const message = `The model broke off its answer (${rawReason})${words === '' ? '.' : `: ${words}`}`
  return { ...failure(isOurs ? 'bad-request' : 'server', message, redact), providerCode: rawReason }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
