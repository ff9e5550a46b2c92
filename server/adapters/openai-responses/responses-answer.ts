import type { FinishReason, Usage } from '#protocol/events.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import type { ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import type { AnswerReader } from '#server/upstream/answer-reader.ts'
import { failure, findError, isObject, toGenerationError } from '#server/upstream/provider-error.ts'
import type { Redact } from '#server/upstream/redact.ts'
import { createSourceCollector } from '#server/upstream/source-collector.ts'
import { createOutputReader } from './output-reader.ts'
import { readHandle, type ResumePoint } from './resume-handle.ts'
import { toUsage } from './responses-usage.ts'

export interface ResponsesAnswerOptions {
  /** The response goes on without its connection: its id is told, and further places in it to resume at. */
  background: boolean
}

const START: ResumePoint = { responseId: '', outputIndex: -1, characters: 0, reasoningCharacters: 0 }

/**
 * Reads the events of a streamed response, and whole `response` objects: a server that ignored `stream`, and a response
 * that is asked for after its time to be streamed is over. Sources and usage are reported once, at the end.
 *
 * Format: OpenAI API reference, "Responses", "Streaming events".
 */
export function createResponsesAnswer(
  redact: Redact,
  request: Pick<ProviderRequest, 'resume'>,
  { background }: ResponsesAnswerOptions,
): AnswerReader {
  const { resume } = request
  const point: ResumePoint = resume ? readHandle(resume.handle) : { ...START }
  const sources = createSourceCollector()
  const output = createOutputReader({ point, resume, keepsPlace: background || resume !== undefined, sources })
  let begun = false
  let status: string | undefined
  let reason: string | undefined
  let usage: Usage | undefined
  let over = false

  function read(value: unknown, out: ProviderEvent[]): GenerationError | 'end' | undefined {
    if (!isObject(value)) return undefined
    const { type } = value
    if (value.object === 'response' || (type === undefined && Array.isArray(value.output)))
      return readResponse(value, out)
    // OpenRouter has an error event of its own beside the vendor's.
    if (type === 'error' || type === 'response.error' || type === undefined) {
      const raw = findError(value)
      return raw === undefined ? undefined : toGenerationError(raw, {}, redact)
    }
    if (typeof type !== 'string') return undefined
    begun ||= type.startsWith('response.')
    if (isObject(value.response))
      return readResponse({ ...value.response, status: statusOf(type, value.response) }, out)
    output.read(type, value, out)
    return undefined
  }

  function readResponse(response: Record<string, unknown>, out: ProviderEvent[]): GenerationError | 'end' | undefined {
    begun = true
    if (typeof response.status === 'string') status = response.status
    usage = toUsage(response.usage) ?? usage
    noteId(response, out)
    over = status === 'completed' || status === 'incomplete' || status === 'failed' || status === 'cancelled'
    if (!over) return undefined
    if (Array.isArray(response.output)) output.readWhole(response.output, out)
    if (status === 'failed') return failedError(response.error)
    if (status === 'cancelled') return failure('cancelled', 'The response was cancelled at the provider.', redact)
    const details = response.incomplete_details
    if (status === 'incomplete' && isObject(details) && typeof details.reason === 'string') reason = details.reason
    return 'end'
  }

  function noteId({ id, background: really }: Record<string, unknown>, out: ProviderEvent[]): void {
    if (point.responseId !== '' || typeof id !== 'string' || id === '') return
    point.responseId = id
    if (background && really !== false) out.push({ type: 'provider-handle', handle: id })
  }

  function failedError(raw: unknown): GenerationError {
    if (!isObject(raw)) return failure('server', 'The provider says that the answer failed, and not why.', redact)
    const error = toGenerationError(raw, {}, redact)
    // These codes name a fault of what was sent, in words that could be anybody's.
    const isOurs = error.kind === 'server' && /^(invalid|unsupported|empty|image)_/.test(error.providerCode ?? '')
    return isOurs ? { ...error, kind: 'bad-request', retryable: false } : error
  }

  function end(out: ProviderEvent[], error?: GenerationError): void {
    const broken = error ?? (over ? undefined : unfinished())
    if (!broken) output.finish(out)
    // Sources alone would make a failure look like a begun answer, and forbid a silent retry.
    if (!broken || output.hasText()) out.push(...sources.take())
    if (usage) out.push({ type: 'usage', usage })
    if (broken) out.push({ type: 'error', error: broken })
    else {
      const rawReason = reason ?? status ?? 'completed'
      out.push({ type: 'finish', reason: toFinishReason(rawReason, output.hasToolCalls()), rawReason })
    }
  }

  /** A document of a response that goes on, or a stream with a `[DONE]` and no end before it. */
  function unfinished(): GenerationError {
    const error = failure('incomplete', 'The stream ended before the answer did.', redact)
    return status === undefined ? error : { ...error, providerCode: status }
  }

  return { isFinished: () => over, hasBegun: () => begun, read, end }
}

/** Servers that imitate the vendor leave the status out of the response, or say `in_progress` in its last event. */
function statusOf(type: string, { status }: Record<string, unknown>): unknown {
  const last = /^response\.(completed|incomplete|failed|cancelled|done)$/.exec(type)?.[1]
  const goesOn = status === 'in_progress' || status === 'queued' || typeof status !== 'string'
  if (last === undefined) return goesOn ? status : 'in_progress'
  if (!goesOn) return status
  return last === 'done' ? 'completed' : last
}

function toFinishReason(raw: string, hasToolCalls: boolean): FinishReason {
  if (raw === 'completed') return hasToolCalls ? 'tool-calls' : 'stop'
  if (raw === 'content_filter') return 'content-filter'
  return /max_.*tokens|length/.test(raw) ? 'length' : 'other'
}
