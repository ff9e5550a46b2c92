import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where the recorded streams lie, beside the repository. Tests that need them are skipped where they are absent. */
export const WIRE_FOLDER = fileURLToPath(new URL('../../../shared/wire/', import.meta.url))
export const hasWireRecordings = existsSync(`${WIRE_FOLDER}index.json`)

export type WireProtocol = 'chat' | 'responses' | 'anthropic' | 'gemini' | 'ollama'

/** What a recording's metadata says a reader must make of it. Counts are null where the stream held no usage. */
export interface WireExpectation {
  text: string
  reasoning: string
  /** Summaries that may be joined by blank lines as well. */
  reasoningParts: string[] | undefined
  /** Other splits of text and reasoning that are right as well. */
  inlineThink: { text: string; reasoning: string } | undefined
  finishReason: string | null
  finishNormalized: string | null
  inputTokens: number | null
  outputTokens: number | null
  error: { kind: string; message: string | null } | undefined
  toolCalls: { id: string | null; name: string; arguments: string }[]
  retryAfterSeconds: number | undefined
  /** The connection is reset in the middle: the sender's last pieces may never have left it. */
  cutByReset: boolean
}

export interface Recording {
  /** `SET/FOLDER/NAME`. */
  id: string
  protocol: WireProtocol
  /** The model name that makes the replay server answer with this recording. */
  model: string
  status: number
  contentType: string
  bytes: number
  /** Sizes of the pieces in which the stream was captured, where they are known. */
  chunkSizes: number[] | undefined
  /** What the replay server does beside sending the body: stalls, resets, delays. */
  serve: Record<string, unknown>
  expected: WireExpectation
  readBody(): Buffer
}

/** The recordings of `dev` and the variants of `synthetic` that speak this protocol. */
export function listRecordings(protocol: WireProtocol): Recording[] {
  if (!hasWireRecordings) return []
  const index: { set: string; id: string; protocol: string }[] = JSON.parse(read('index.json'))
  const recorded = index.filter((entry) => entry.set === 'dev' && entry.protocol === protocol)
  const variants: { id: string }[] = JSON.parse(read('synthetic/manifest.json'))
  return [
    ...recorded.map((entry) => readRecording(protocol, `dev/${entry.id}`)),
    ...variants
      .filter(({ id }) => id.startsWith(`${protocol}/`))
      .map(({ id }) => readRecording(protocol, `synthetic/${id}`)),
  ]
}

interface Metadata {
  http_status?: number
  content_type?: string
  chunk_sizes?: number[]
  headers?: Record<string, string>
  serve?: Record<string, unknown>
  expected: {
    text?: string
    text_repeat?: { unit: string; count: number }
    refusal?: string
    reasoning?: string
    reasoning_parts?: string[]
    inline_think?: { text: string; reasoning: string }
    finish_reason?: string | null
    finish_normalized?: string | null
    input_tokens?: number | null
    output_tokens?: number | null
    error?: { kind: string; message: string | null }
    tool_calls?: { id: string | null; name: string; arguments: string }[]
  }
}

function readRecording(protocol: WireProtocol, id: string): Recording {
  const metadata: Metadata = JSON.parse(read(`${id}.json`))
  const readBody = () => readFileSync(`${WIRE_FOLDER}${id}.body`)
  return {
    id,
    protocol,
    model: `replay:${id}`,
    status: metadata.http_status ?? 200,
    contentType: metadata.content_type ?? '',
    bytes: readBody().length,
    chunkSizes: metadata.chunk_sizes,
    serve: metadata.serve ?? {},
    expected: toExpectation(metadata),
    readBody,
  }
}

function toExpectation({ expected, headers, serve }: Metadata): WireExpectation {
  const { text_repeat: repeat, refusal } = expected
  const text = repeat ? repeat.unit.repeat(repeat.count) : (expected.text ?? '')
  const wait = Number(headers?.['retry-after'])
  return {
    text: text + (refusal ?? ''),
    reasoning: expected.reasoning ?? '',
    reasoningParts: expected.reasoning_parts,
    inlineThink: expected.inline_think,
    finishReason: expected.finish_reason ?? null,
    finishNormalized: expected.finish_normalized ?? null,
    inputTokens: expected.input_tokens ?? null,
    outputTokens: expected.output_tokens ?? null,
    error: expected.error,
    toolCalls: expected.tool_calls ?? [],
    retryAfterSeconds: Number.isFinite(wait) ? wait : undefined,
    cutByReset: serve?.reset_after !== undefined,
  }
}

function read(path: string): string {
  return readFileSync(WIRE_FOLDER + path, 'utf8')
}
