import type { ProblemCode } from '#protocol/api/problem.ts'
import { RequestError } from '#server/domain/errors.ts'
import { MAX_QUEUED_TURNS } from '#server/domain/queued-turn.ts'
import type { StartTurnResult } from '#server/ports/store.ts'

type Refusal = Extract<StartTurnResult, { ok: false }>['reason']

/** Why a turn was not started, in words for who asked. */
export function turnRefusal(reason: Refusal): RequestError {
  const { code, detail } = REFUSALS[reason]
  return new RequestError(code, detail)
}

const REFUSALS: Record<Refusal, { code: ProblemCode; detail: string }> = {
  'unknown-conversation': {
    code: 'unknown-conversation',
    detail: 'There is no such conversation, or it was deleted. Create one first.',
  },
  'unknown-parent': {
    code: 'unknown-parent',
    detail: 'The parentId names no message of this conversation. Use the id of its last answer, or null to start anew.',
  },
  'parent-not-answered': {
    code: 'parent-not-answered',
    detail: 'The answer before is still being written. Wait for it to end, or stop it.',
  },
  'queue-full': {
    code: 'queue-full',
    detail: `${MAX_QUEUED_TURNS} turns wait in this conversation already. Wait for some to be sent, or withdraw some.`,
  },
  'not-a-question': { code: 'not-a-question', detail: 'Only a question, or the answer to one, can be asked again.' },
  'key-reused': {
    code: 'idempotency-key-reused',
    detail: 'This Idempotency-Key was already used for another request. Use a new key for every new message.',
  },
}
