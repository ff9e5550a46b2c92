import type { HistoryItem } from './child-messages.ts'

/**
 * What is used of `node-llama-cpp` (https://node-llama-cpp.withcat.ai/api/functions/getLlama), written down here because
 * the package is not there when this is compiled.
 */
export interface LlamaRuntime {
  getLlama(options: {
    build: 'never'
    skipDownload: boolean
    logLevel: 'error'
    /** Absent leaves it to the runtime. */
    maxThreads?: number
  }): Promise<Llama>
  LlamaChat: new (options: { contextSequence: Sequence }) => LlamaChat
}

export interface Llama {
  loadModel(options: { modelPath: string }): Promise<LlamaModel>
  getGrammarFor(type: 'json'): Promise<unknown>
  createGrammarForJsonSchema(schema: Record<string, unknown>): Promise<unknown>
}

export interface LlamaModel {
  tokenizer: unknown
  /** What the file says of itself, nested at the dots of its keys. */
  fileInfo?: { metadata?: unknown }
  createContext(options: { contextSize: { max: number } }): Promise<LlamaContext>
}

export interface LlamaContext {
  contextSize: number
  getSequence(): Sequence
}

/** What the model has before its eyes: tokens that were evaluated, kept from one answer to the next. */
export interface Sequence {
  nextTokenIndex: number
  tokenMeter: { usedOutputTokens: number }
  /** Keeps what is the same at the start, and forgets the rest. */
  adaptStateToTokens(tokens: readonly Token[], allowShift: boolean): Promise<void>
  evaluateWithoutGeneratingNewTokens(tokens: readonly Token[]): Promise<void>
}

export type Token = number

export interface LlamaChat {
  /** The model's own chat template. */
  chatWrapper: {
    generateContextState(options: { chatHistory: readonly HistoryItem[] }): {
      contextText: { tokenize(tokenizer: unknown): Token[] }
    }
  }
  generateResponse(
    history: readonly HistoryItem[],
    options: {
      signal: AbortSignal
      stopOnAbortSignal: boolean
      maxTokens: number
      temperature: number
      topK: number
      topP: number
      minP: number
      seed?: number
      repeatPenalty: false
      customStopTriggers?: readonly string[]
      grammar?: unknown
      budgets?: { thoughtTokens: number }
      onResponseChunk(chunk: ResponseChunk): void
    },
  ): Promise<{ metadata: { stopReason: string } }>
}

export interface ResponseChunk {
  /** `segment` for thoughts and comments. */
  type: 'segment' | undefined
  text: string
  tokens: readonly Token[]
  segmentEndTime?: Date
}
