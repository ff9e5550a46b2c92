import type { GenerationParameters, ResponseFormat } from '#server/domain/generation.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { toContents } from './contents.ts'
import { modelGeneration } from './model-generation.ts'
import { toThinkingConfig } from './thinking.ts'

export interface GeminiRequest {
  body: Record<string, unknown>
  /** Parameters of the API that this model does not take. */
  leftOut: string[]
}

const MAX_STOP_SEQUENCES = 5

/**
 * The body of `POST …:streamGenerateContent` for one answer (https://ai.google.dev/api/generate-content). Throws a
 * `ProviderFailure` for an attachment that cannot be sent.
 */
export function toGeminiRequest(request: ProviderRequest): GeminiRequest {
  const leftOut: string[] = []
  const tools = toTools(request.parameters)
  const generationConfig = toGenerationConfig(request, leftOut)
  return {
    body: {
      ...toInstructedContents(request),
      ...tools,
      ...(Object.keys(generationConfig).length === 0 ? {} : { generationConfig }),
    },
    leftOut,
  }
}

/** System messages in the middle have no place of their own: all of them are instructions. */
function toInstructedContents(request: ProviderRequest) {
  const contents = toContents(request)
  const said = request.messages.flatMap(({ role, parts }) =>
    role === 'system' ? parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])) : [],
  )
  const texts = [request.systemPrompt ?? '', ...said].filter((text) => text.trim() !== '')
  if (texts.length === 0) return { contents }
  const instruction = { text: texts.join('\n\n') }
  if (takesInstructions(request.model)) return { systemInstruction: { parts: [instruction] }, contents }
  const [first, ...rest] = contents
  if (first?.role !== 'user') return { contents: [{ role: 'user', parts: [instruction] }, ...contents] }
  return { contents: [{ ...first, parts: [instruction, ...first.parts] }, ...rest] }
}

/** Gemma up to its third generation refuses a system instruction. */
function takesInstructions(model: string): boolean {
  return !/^(models\/)?gemma-?[123]/.test(model)
}

function toGenerationConfig(request: ProviderRequest, leftOut: string[]): Record<string, unknown> {
  const { temperature, topP, maxOutputTokens, stop = [], seed } = request.parameters
  const config: Record<string, unknown> = {}
  if (temperature !== undefined) config.temperature = temperature
  if (topP !== undefined) config.topP = topP
  if (maxOutputTokens !== undefined) config.maxOutputTokens = maxOutputTokens
  if (stop.length > 0) config.stopSequences = stop.slice(0, MAX_STOP_SEQUENCES)
  if (stop.length > MAX_STOP_SEQUENCES) leftOut.push('stop')
  if (seed !== undefined) {
    if (isInt32(seed)) config.seed = seed
    else leftOut.push('seed')
  }
  const thinking = toThinkingConfig(request)
  if (thinking.config && Object.keys(thinking.config).length > 0) config.thinkingConfig = thinking.config
  leftOut.push(...thinking.leftOut)
  Object.assign(config, toResponseFormat(request, leftOut))
  return config
}

function isInt32(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= 0x7f_ff_ff_ff
}

/** Models before Gemini 3 refuse a form of the answer together with tools, later ones together with a forced call. */
function toResponseFormat({ model, parameters }: ProviderRequest, leftOut: string[]): Record<string, unknown> {
  const { responseFormat, tools = [], toolChoice = 'auto' } = parameters
  if (!responseFormat || responseFormat.type === 'text') return {}
  const mayCall = tools.length > 0 && toolChoice !== 'none'
  const takesBoth = (modelGeneration(model) ?? 0) >= 3 && toolChoice === 'auto'
  if (!mayCall || takesBoth) return { responseMimeType: 'application/json', ...toSchema(responseFormat) }
  leftOut.push('responseFormat')
  return {}
}

function toSchema(format: ResponseFormat): Record<string, unknown> {
  return format.type === 'json-schema' ? { responseJsonSchema: format.schema } : {}
}

function toTools({ tools = [], toolChoice }: GenerationParameters): Record<string, unknown> {
  if (tools.length === 0 || toolChoice === 'none') return {}
  const functionDeclarations = tools.map(({ name, description, parameters }) => ({
    name,
    ...(description === undefined ? {} : { description }),
    parametersJsonSchema: parameters,
  }))
  const functionCallingConfig = toCallingConfig(toolChoice)
  return {
    tools: [{ functionDeclarations }],
    ...(functionCallingConfig ? { toolConfig: { functionCallingConfig } } : {}),
  }
}

function toCallingConfig(choice: GenerationParameters['toolChoice']): Record<string, unknown> | undefined {
  if (choice === 'required') return { mode: 'ANY' }
  return typeof choice === 'object' ? { mode: 'ANY', allowedFunctionNames: [choice.name] } : undefined
}
