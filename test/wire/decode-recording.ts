import { createAnswerPipeline } from '#server/pipeline/answer-pipeline.ts'
import type { Filter } from '#server/pipeline/pipeline.ts'
import type { ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import { failure } from '#server/upstream/provider-error.ts'
import { createRedact } from '#server/upstream/redact.ts'
import { createReplyReader } from '#server/upstream/reply-reader.ts'
import type { Wire } from '#server/upstream/wire.ts'
import type { Recording } from './recordings.ts'

/** The key that recordings of careless vendors echo. */
export const WIRE_KEY = 'sk-CANARY-0123456789abcdef'
const redact = createRedact(WIRE_KEY)
const now = () => Date.UTC(2026, 0, 1)

export const WIRE_REQUEST: Omit<ProviderRequest, 'model'> = {
  systemPrompt: undefined,
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Say it.' }] }],
  parameters: {},
  generationId: '0199a000-0000-7000-8000-000000000000',
}

export interface DecodeOptions {
  /** How the body comes; whole when absent. */
  pieces?: readonly Buffer[]
  /** What the events pass on their way to the log. */
  filter?: Filter
}

/** The reply without a network: what the replay server does to the connection is said to the reader instead. */
export function decodeRecording(
  wire: Wire,
  recording: Recording,
  { pieces = [recording.readBody()], filter = createAnswerPipeline() }: DecodeOptions = {},
): ProviderEvent[] {
  const { serve, status, expected } = recording
  const seconds = expected.retryAfterSeconds
  const headers = seconds === undefined ? {} : { 'retry-after': String(seconds) }
  const reader = createReplyReader(status, headers, {
    framing: wire.framing,
    createAnswer: () => wire.createAnswer(redact, { ...WIRE_REQUEST, model: recording.model }),
    redact,
    now,
  })
  const events: ProviderEvent[] = []
  let left = typeof serve.reset_after === 'number' ? serve.reset_after : Infinity
  for (const piece of pieces) {
    events.push(...filter.push(reader.push(piece.subarray(0, left))))
    left = Math.max(0, left - piece.length)
  }
  const broken = serve.reset_after !== undefined ? 'network' : serve.hang_at_end === true ? 'timeout' : undefined
  events.push(...filter.push(reader.end(broken && failure(broken, '', redact))), ...filter.end())
  return events
}
