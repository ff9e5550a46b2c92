import type { ProviderKind } from '#server/domain/settings.ts'

/** A wire whose decoding is measured. */
export interface DecodeWire {
  kind: ProviderKind
  goal: string
  framing: 'sse' | 'ndjson'
  /** What the base URL of an instance ends in. */
  basePath: string
  /** What is asked for directly, without a provider. */
  path: string
  /** Everything before the first token, one token, and everything after the last. */
  open: string
  token(text: string): string
  close(tokens: number): string
  /** The text of one parsed event, as the shortest program that wants it would read it. */
  text(event: unknown): string
}

const MODEL = 'bench-model'
const sse = (value: object, event?: string) =>
  `${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(value)}\n\n`
const typed = (value: { type: string }) => sse(value, value.type)

const chunk = (delta: object, finish: string | null) => ({
  id: 'chatcmpl-bench0123456789',
  object: 'chat.completion.chunk',
  created: 1_790_000_000,
  model: MODEL,
  service_tier: 'default',
  system_fingerprint: 'fp_0123456789',
  choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
})

/** Events as the vendors' documentation shows them, with the fields that come in each of them. */
export const DECODE_WIRES: readonly DecodeWire[] = [
  {
    kind: 'openai-chat',
    goal: 'Chat Completions',
    framing: 'sse',
    basePath: '/v1',
    path: '/v1/chat/completions',
    open: sse(chunk({ role: 'assistant', content: '', refusal: null }, null)),
    token: (text) => sse(chunk({ content: text }, null)),
    close: (tokens) =>
      sse(chunk({}, 'stop')) +
      sse({ ...chunk({}, null), choices: [], usage: { prompt_tokens: 9, completion_tokens: tokens } }) +
      'data: [DONE]\n\n',
    text: (event) => (event as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content ?? '',
  },
  {
    kind: 'openai-responses',
    goal: 'Responses',
    framing: 'sse',
    basePath: '/v1',
    path: '/v1/responses',
    open:
      typed({ type: 'response.created', ...{ response: { id: 'resp_bench', status: 'in_progress', output: [] } } }) +
      typed({
        type: 'response.output_item.added',
        ...{ output_index: 0, item: { id: 'msg_bench', type: 'message', role: 'assistant', content: [] } },
      }),
    token: (text) =>
      typed({
        type: 'response.output_text.delta',
        ...{ sequence_number: 7, item_id: 'msg_bench', output_index: 0, content_index: 0, delta: text, logprobs: [] },
        ...{ obfuscation: 'dJ3kx0Qp' },
      }),
    close: (tokens) =>
      typed({
        type: 'response.completed',
        ...{ response: { id: 'resp_bench', status: 'completed', output: [], usage: responsesUsage(tokens) } },
      }),
    text: (event) => {
      const { type, delta } = event as { type: string; delta?: string }
      return type === 'response.output_text.delta' ? (delta ?? '') : ''
    },
  },
  {
    kind: 'anthropic',
    goal: 'Messages',
    framing: 'sse',
    basePath: '/v1',
    path: '/v1/messages',
    open:
      typed({
        type: 'message_start',
        ...{ message: { id: 'msg_bench', type: 'message', role: 'assistant', model: MODEL, content: [] } },
      }) + typed({ type: 'content_block_start', ...{ index: 0, content_block: { type: 'text', text: '' } } }),
    token: (text) => typed({ type: 'content_block_delta', ...{ index: 0, delta: { type: 'text_delta', text } } }),
    close: (tokens) =>
      typed({ type: 'content_block_stop', ...{ index: 0 } }) +
      typed({
        type: 'message_delta',
        ...{ delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: tokens } },
      }) +
      typed({ type: 'message_stop' }),
    text: (event) => (event as { delta?: { text?: string } }).delta?.text ?? '',
  },
  {
    kind: 'gemini',
    goal: 'generateContent',
    framing: 'sse',
    basePath: '/v1beta',
    path: `/v1beta/models/${MODEL}:streamGenerateContent`,
    open: '',
    token: (text) => sse(candidate(text)),
    close: (tokens) =>
      sse({
        ...{ candidates: [{ content: { parts: [{ text: '' }], role: 'model' }, finishReason: 'STOP', index: 0 }] },
        ...{ usageMetadata: { promptTokenCount: 9, candidatesTokenCount: tokens, totalTokenCount: tokens + 9 } },
      }),
    text: (event) =>
      (event as { candidates: { content: { parts: { text: string }[] } }[] }).candidates[0]?.content.parts[0]?.text ??
      '',
  },
  {
    kind: 'ollama',
    goal: 'Ollama',
    framing: 'ndjson',
    basePath: '',
    path: '/api/chat',
    open: '',
    token: (text) => ollamaLine({ message: { role: 'assistant', content: text }, done: false }),
    close: (tokens) =>
      ollamaLine({
        ...{ message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop' },
        ...{ total_duration: 1, prompt_eval_count: 9, eval_count: tokens, eval_duration: 1 },
      }),
    text: (event) => (event as { message: { content: string } }).message.content,
  },
]

function responsesUsage(tokens: number) {
  return { input_tokens: 9, output_tokens: tokens, total_tokens: tokens + 9 }
}

function candidate(text: string) {
  return {
    candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0 }],
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 7, totalTokenCount: 16 },
    modelVersion: MODEL,
    responseId: 'bench0123456789',
  }
}

function ollamaLine(value: object): string {
  return `${JSON.stringify({ model: MODEL, created_at: '2026-11-01T00:00:00.000000Z', ...value })}\n`
}

/** The tokens of a stream, each with its number inside, so that one that is lost, doubled or moved is seen. */
export function tokenText(number: number): string {
  return ` t${number}`
}

export function wholeText(tokens: number): string {
  let text = ''
  for (let number = 0; number < tokens; number++) text += tokenText(number)
  return text
}
