import type { Recording, WireProtocol } from '../wire/recordings.ts'
import { Ollama } from 'ollama/browser'
import { oracleModel, type OraclePart } from './oracle-model.ts'
import { replyWith } from './oracle-reply.ts'

/** What one reader made of a stream, in words that every reader has. */
export interface Reading {
  text: string
  reasoning: string
  /** With `_` and `-` alike; null where it said none. */
  finish: string | null
  inputTokens: number | null
  outputTokens: number | null
  tools: string
  failed: boolean
}

/** A stream that never ends is waited for as long, then it counts as one that the layer does not end. */
const PATIENCE_MS = 300

export const EMPTY: Reading = {
  text: '',
  reasoning: '',
  finish: null,
  inputTokens: null,
  outputTokens: null,
  tools: '[]',
  failed: false,
}

/** Reads a recording with the vendor's own or most used layer. */
export async function readWithOracle(protocol: WireProtocol, recording: Recording): Promise<Reading> {
  const reading = { ...EMPTY }
  const reader = protocol === 'ollama' ? readOllama(recording, reading) : readParts(protocol, recording, reading)
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)))
  const ended = reader.catch(() => void (reading.failed = true))
  await (recording.serve.hang_at_end === true ? Promise.race([ended, patience]) : ended)
  clearTimeout(timer)
  return reading
}

async function readParts(
  protocol: Exclude<WireProtocol, 'ollama'>,
  recording: Recording,
  reading: Reading,
): Promise<void> {
  const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Say it.' }] }]
  const { stream } = await oracleModel(protocol, recording).doStream({ prompt })
  const tools: object[] = []
  for await (const part of stream as AsyncIterable<OraclePart>) {
    if (part.type === 'text-delta') reading.text += part.delta
    if (part.type === 'reasoning-delta') reading.reasoning += part.delta
    if (part.type === 'error') reading.failed = true
    if (part.type === 'tool-call' && !part.providerExecuted) tools.push({ name: part.toolName, arguments: part.input })
    if (part.type !== 'finish') continue
    reading.finish = part.finishReason.unified
    reading.inputTokens = part.usage.inputTokens.total ?? null
    reading.outputTokens = part.usage.outputTokens.total ?? null
  }
  reading.tools = JSON.stringify(tools)
}

async function readOllama(recording: Recording, reading: Reading): Promise<void> {
  const client = new Ollama({ host: 'http://oracle.invalid', fetch: replyWith(recording) })
  const tools: object[] = []
  for await (const part of await client.chat({ model: 'model', messages: [], stream: true })) {
    reading.text += part.message.content
    reading.reasoning += part.message.thinking ?? ''
    for (const { function: called } of part.message.tool_calls ?? [])
      tools.push({ name: called.name, arguments: JSON.stringify(called.arguments) })
    if (!part.done) continue
    reading.finish = tools.length > 0 ? 'tool-calls' : part.done_reason
    reading.inputTokens = part.prompt_eval_count ?? null
    reading.outputTokens = part.eval_count ?? null
  }
  reading.tools = JSON.stringify(tools)
}
