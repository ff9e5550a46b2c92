import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import { createMistral } from '@ai-sdk/mistral'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { Recording, WireProtocol } from '../wire/recordings.ts'
import { replyWith } from './oracle-reply.ts'

/** The vendor layer's model that reads a recording, as a program would set it up for that vendor. */
export function oracleModel(protocol: Exclude<WireProtocol, 'ollama'>, recording: Recording) {
  const options = { apiKey: 'sk-oracle', fetch: replyWith(recording) }
  const baseURL = 'http://oracle.invalid/v1'
  const folder = recording.id.split('/')[1]
  switch (protocol) {
    case 'chat':
      if (folder === 'mistral') return createMistral({ ...options, baseURL })('model')
      if (folder === 'openai-chat' || folder === 'azure-openai') return createOpenAI(options).chat('model')
      return createOpenAICompatible({ ...options, baseURL, name: 'oracle', includeUsage: true })('model')
    case 'responses':
      return createOpenAI(options).responses('model')
    case 'anthropic':
      return createAnthropic(options)('model')
    case 'gemini':
      return createGoogle(options)('model')
  }
}

type OracleModel = ReturnType<typeof oracleModel>
/** What the vendor layers say of a stream, part by part. */
export type OraclePart =
  Awaited<ReturnType<OracleModel['doStream']>>['stream'] extends ReadableStream<infer Part> ? Part : never
