import { z } from 'zod'
import { Problem } from '#protocol/api/problem.ts'

export const IdParameter = z.object({ id: z.string() })

/** How many of a list one page holds. */
export const PageLimit = z.coerce.number().int().min(1).max(200).default(50)

export const IdempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe(
      'Any text of your choice: a repeat with the same key and body is the same send, and gets the same answer.',
    ),
})

export const OnDisconnectHeader = z.object({
  'x-on-disconnect': z
    .enum(['continue', 'stop'])
    .default('continue')
    .describe(
      'What is to become of the answers when nobody reads them: `continue` writes on, `stop` stops the model once the ' +
        'last stream of an answer has been gone for `DISCONNECT_GRACE_MS` (5 s). Following it anew within that time ' +
        'keeps it.',
    ),
})

/** The problem documents that a route answers with, beside those that every route can. */
export function problems<Status extends number>(...statuses: Status[]) {
  const entries = statuses.map((status) => [
    status,
    { description: 'Refused: the problem says why', content: { 'application/problem+json': { schema: Problem } } },
  ])
  return Object.fromEntries(entries) as Record<Status, ProblemResponse>
}

interface ProblemResponse {
  description: string
  content: { 'application/problem+json': { schema: typeof Problem } }
}
