import type { FinishReason } from '#protocol/events.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import { titledQuestion } from '#server/domain/title.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { failure } from './failure.ts'
import { createRandom } from './random.ts'
import { parseScript, type Script } from './script.ts'
import { tokenise } from './tokenise.ts'
import { writeReply, writeTitle } from './write-reply.ts'

/** Everything about one answer, decided before its first token. Two plans of one request are the same. */
export interface AnswerPlan {
  thinking: Tokens
  text: Tokens
  inputTokens: number
  finish: FinishReason
  firstTokenMs: number
  /** Milliseconds until the next token; called once for each, in order. */
  nextDelayMs: () => number
  /** Milliseconds of silence after so many tokens of text. */
  stalls: ReadonlyMap<number, number>
  failure?: { afterTokens: number; error: GenerationError; times: number }
  crashAfterTokens?: number
  hogAfterTokens?: number
  /** Given before the first token of text. */
  handle?: string
}

/** Tokens made when they are needed: a load of thousands of long streams would fill the memory otherwise. */
export interface Tokens {
  count: number
  at(index: number): string
}

export interface Pace {
  /** Mean speed of the models that answer people; a script sets its own. */
  tokensPerSecond: number
  /** Mean wait before their first token. */
  firstTokenMs: number
}

/** Plans the answer to a request, or says why there is none. */
export function planAnswer(
  request: ProviderRequest,
  pace: Pace,
): { ok: true; plan: AnswerPlan } | { ok: false; error: GenerationError } {
  const [model] = request.model.split(';')
  if (request.purpose === 'title') return { ok: true, plan: planTitle(request, pace) }
  if (model === 'script') {
    const parsed = parseScript(request.model)
    if (!parsed.ok) return { ok: false, error: failure('bad-request', { message: parsed.problem }) }
    return { ok: true, plan: bounded(planScript(request, parsed.script), request) }
  }
  if (request.model !== 'chat' && request.model !== 'thinking') {
    const message = `The demo provider has no model "${request.model.slice(0, 100)}".`
    return { ok: false, error: failure('model-not-found', { message }) }
  }
  return { ok: true, plan: bounded(planReply(request, pace), request) }
}

function planScript(request: ProviderRequest, script: Script): AnswerPlan {
  const random = createRandom(String(script.seed ?? seedOf(request)))
  const plan: AnswerPlan = {
    thinking: numbered('r', script.think),
    text: script.text === undefined ? numbered('t', script.tokens) : listed(tokenise(script.text)),
    inputTokens: countInput(request),
    finish: script.finish,
    firstTokenMs: script.ttfbMs,
    nextDelayMs: () => script.delayMs * (1 + script.jitter * (2 * random() - 1)),
    stalls: new Map(script.stalls.map(({ ms, afterTokens }) => [afterTokens, ms])),
  }
  if (script.failure) {
    const retryAfter = script.retryAfterMs === undefined ? {} : { retryAfterMs: script.retryAfterMs }
    const error = failure(script.failure.kind, retryAfter)
    plan.failure = { afterTokens: script.failure.afterTokens, error, times: script.failTimes }
  }
  if (script.crashAfterTokens !== undefined) plan.crashAfterTokens = script.crashAfterTokens
  if (script.hogAfterTokens !== undefined) plan.hogAfterTokens = script.hogAfterTokens
  if (script.handle) plan.handle = `demo-${request.generationId}`
  return plan
}

/** Whatever the model: a script's own text would be no title. */
function planTitle(request: ProviderRequest, { tokensPerSecond, firstTokenMs }: Pace): AnswerPlan {
  return {
    thinking: listed([]),
    text: listed(tokenise(writeTitle(titledQuestion(lastQuestion(request))))),
    inputTokens: countInput(request),
    finish: 'stop',
    firstTokenMs,
    nextDelayMs: () => 1000 / tokensPerSecond,
    stalls: new Map(),
  }
}

function planReply(request: ProviderRequest, pace: Pace): AnswerPlan {
  const random = createRandom(String(seedOf(request)))
  const reply = writeReply(lastQuestion(request), random)
  const thinks = request.parameters.thinking ?? request.model === 'thinking'
  const meanDelayMs = (1000 / pace.tokensPerSecond) * (0.9 + 0.2 * random())
  return {
    thinking: listed(thinks ? tokenise(reply.thinking) : []),
    text: listed(tokenise(reply.text)),
    inputTokens: countInput(request),
    finish: 'stop',
    firstTokenMs: pace.firstTokenMs * (0.6 + 0.8 * random()),
    nextDelayMs: () => meanDelayMs * (0.5 + random()),
    stalls: new Map(),
  }
}

/** Applies the request's stop sequences to the text and its limit to thinking and text together. */
function bounded(plan: AnswerPlan, { parameters }: ProviderRequest): AnswerPlan {
  const stopped = parameters.stop?.length ? { ...plan, text: untilStop(plan.text, parameters.stop) } : plan
  const limit = parameters.maxOutputTokens ?? Infinity
  if (stopped.thinking.count + stopped.text.count <= limit) return stopped
  const thinking = { ...stopped.thinking, count: Math.min(stopped.thinking.count, limit) }
  const text = { ...stopped.text, count: Math.min(stopped.text.count, limit - thinking.count) }
  return { ...stopped, thinking, text, finish: 'length' }
}

function untilStop(tokens: Tokens, stop: readonly string[]): Tokens {
  const text = Array.from({ length: tokens.count }, (_, index) => tokens.at(index)).join('')
  const ends = stop.map((sequence) => text.indexOf(sequence)).filter((end) => end >= 0)
  return ends.length > 0 ? listed(tokenise(text.slice(0, Math.min(...ends)))) : tokens
}

function numbered(letter: string, count: number): Tokens {
  return { count, at: (index) => `${letter}${index} ` }
}

function listed(tokens: readonly string[]): Tokens {
  return { count: tokens.length, at: (index) => tokens[index] ?? '' }
}

function seedOf(request: ProviderRequest): string | number {
  return request.parameters.seed ?? request.generationId
}

function lastQuestion({ messages }: ProviderRequest): string {
  const question = messages.findLast((message) => message.role === 'user')
  return question ? textOf(question) : ''
}

function countInput({ systemPrompt, messages }: ProviderRequest): number {
  let count = tokenise(systemPrompt ?? '').length
  for (const message of messages) count += tokenise(textOf(message)).length
  return count
}

function textOf(message: ProviderRequest['messages'][number]): string {
  return message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
}
