import { availableParallelism } from 'node:os'
import type { GenerationError } from '#protocol/provider-error.ts'
import type { ChildTask, FromChild, ModelPrompt, Written } from './child-messages.ts'
import type { Llama, LlamaChat, LlamaContext, LlamaModel, LlamaRuntime, Sequence } from './llama-runtime.ts'
import { prefill } from './prefill.ts'
import { samplingOf } from './sampling.ts'

type Ended = Extract<FromChild, { kind: 'ended' }>

export type SessionEnd = Pick<Ended, 'reason' | 'rawReason' | 'usage'> | { error: GenerationError }

/** A model that was loaded, with the one context in which it answers one prompt after another. */
export interface ModelSession {
  answer(prompt: ModelPrompt, signal: AbortSignal, listener: SessionListener): Promise<SessionEnd>
}

export interface SessionListener {
  onWritten(written: Written): void
  onLeftOut(parameter: string): void
}

/** A second thread on two cores makes it tens of times slower: they wait for each other, and everything else for them. */
const FEW_CORES = 2

/** Loads the model into this process. */
export async function openModelSession(runtime: LlamaRuntime, task: ChildTask): Promise<ModelSession> {
  const llama = await runtime.getLlama({
    build: 'never',
    skipDownload: true,
    logLevel: 'error',
    ...(availableParallelism() <= FEW_CORES ? { maxThreads: 1 } : {}),
  })
  const model = await llama.loadModel({ modelPath: task.modelPath })
  const context = await model.createContext({ contextSize: { max: task.contextTokens } })
  const sequence = context.getSequence()
  const loaded: Loaded = { llama, model, context, sequence, chat: new runtime.LlamaChat({ contextSequence: sequence }) }
  return { answer: (prompt, signal, listener) => answer(loaded, task, prompt, signal, listener) }
}

interface Loaded {
  llama: Llama
  model: LlamaModel
  context: LlamaContext
  sequence: Sequence
  chat: LlamaChat
}

async function answer(
  { llama, model, context, sequence, chat }: Loaded,
  { modelName }: ChildTask,
  prompt: ModelPrompt,
  signal: AbortSignal,
  { onWritten, onLeftOut }: SessionListener,
): Promise<SessionEnd> {
  const { history, stop, seed, thoughtTokens, schema } = prompt
  const begun = [...history, ...(history.at(-1)?.type === 'model' ? [] : [{ type: 'model', response: [] } as const])]
  const state = chat.chatWrapper.generateContextState({ chatHistory: begun as typeof history })
  const tokens = state.contextText.tokenize(model.tokenizer)
  // The runtime would leave out the oldest messages without a word.
  const room = context.contextSize - tokens.length - 1
  if (room < 1) return { error: tooLong(modelName, tokens.length, context.contextSize) }
  const grammar = schema && (await makeGrammar(llama, schema))
  if (schema && !grammar) onLeftOut('responseFormat')
  const outputBefore = sequence.tokenMeter.usedOutputTokens
  const usage = () => ({
    inputTokens: tokens.length,
    outputTokens: sequence.tokenMeter.usedOutputTokens - outputBefore,
  })
  const stopped = () => ({ reason: 'stopped' as const, rawReason: 'abort', usage: usage() })
  try {
    await prefill(sequence, tokens, signal)
    if (signal.aborted) return stopped()
    const { metadata } = await chat.generateResponse(history, {
      signal,
      stopOnAbortSignal: true,
      maxTokens: Math.min(prompt.maxTokens ?? room, room),
      ...samplingOf(prompt, model.fileInfo?.metadata),
      ...(seed === undefined ? {} : { seed }),
      repeatPenalty: false,
      ...(stop ? { customStopTriggers: stop } : {}),
      ...(grammar ? { grammar } : {}),
      ...(thoughtTokens === undefined ? {} : { budgets: { thoughtTokens } }),
      onResponseChunk({ type, text, tokens: { length }, segmentEndTime }) {
        if (text !== '') onWritten({ type: type === 'segment' ? 'thought' : 'text', text, tokens: length })
        if (segmentEndTime) onWritten({ type: 'thought-end', text: '', tokens: 0 })
      },
    })
    const { stopReason } = metadata
    if (stopReason === 'abort') return stopped()
    return { reason: stopReason === 'maxTokens' ? 'length' : 'stop', rawReason: stopReason, usage: usage() }
  } catch (error) {
    // It throws the reason of an abort that comes before the first token.
    if (signal.aborted) return stopped()
    throw error
  }
}

/** Undefined where the runtime knows no grammar for the schema. */
async function makeGrammar(llama: Llama, schema: Record<string, unknown>): Promise<unknown> {
  try {
    if (Object.keys(schema).length === 0) return await llama.getGrammarFor('json')
    return await llama.createGrammarForJsonSchema(schema)
  } catch {
    return undefined
  }
}

function tooLong(modelName: string, tokens: number, contextSize: number): GenerationError {
  const message =
    `The conversation has ${tokens} tokens, but ${modelName} has room for ${contextSize} here, ` +
    `its answer included.`
  return { kind: 'context-length', message, retryable: false }
}
