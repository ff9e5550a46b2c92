import { createHash } from 'node:crypto'
import type { Store } from '#server/ports/store.ts'
import { canonicalJson } from './canonical-json.ts'
import { toSentTurn, type SentTurn } from './sent-turn.ts'
import { turnRefusal } from './turn-refusal.ts'

/** An idempotency key, and what tells the request that it stands for from any other. */
export interface KeyedRequest {
  key: string
  bodyHash: string
}

export function keyRequest(key: string | undefined, request: unknown): KeyedRequest | undefined {
  if (key === undefined) return undefined
  return { key, bodyHash: createHash('sha256').update(canonicalJson(request)).digest('base64url') }
}

/**
 * What the same request was answered with before. Looked up before anything that it names, which may be gone by now, such
 * as its model. Throws `idempotency-key-reused`.
 */
export async function repeatedTurn(
  store: Store,
  userId: string,
  request: KeyedRequest | undefined,
): Promise<SentTurn | undefined> {
  const before = request && (await store.answerBefore(userId, request.key, request.bodyHash))
  if (!before) return undefined
  if (!before.ok) throw turnRefusal(before.reason)
  return toSentTurn(before.response)
}
