import type { GenerationError } from '#protocol/provider-error.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { countCharacters, leastTokens } from './least-tokens.ts'

/**
 * Why a request is not worth sending: it is certain not to fit into what the model takes. Where that is not known, or not
 * certain, the vendor decides.
 */
export function contextOverflow(request: ProviderRequest): GenerationError | undefined {
  const limit = request.known?.contextLength
  if (!limit || countCharacters(request) < limit) return undefined
  const least = leastTokens(request)
  // Prompt and answer share the context: one that is filled by the prompt has no place for a word.
  if (least < limit) return undefined
  const message = `The conversation has at least ${grouped(least)} tokens, and ${request.model} takes ${grouped(limit)}.`
  return { kind: 'context-length', message, retryable: false }
}

function grouped(tokens: number): string {
  return tokens.toLocaleString('en')
}
