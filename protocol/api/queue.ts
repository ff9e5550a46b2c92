import { z } from 'zod'
import { GenerationOptions } from './generation-options.ts'
import { QueuedTurnSchema, SendParts } from './messages.ts'

/** The turns of a conversation that wait, in the order in which they are sent. */
export const TurnQueue = z.object({ items: z.array(QueuedTurnSchema) })
export type TurnQueue = z.infer<typeof TurnQueue>

export const UpdateQueue = z.object({
  order: z
    .array(z.string())
    .optional()
    .describe('Ids in their new order. What is gone meanwhile is left out, what is not named comes after.'),
  held: z.literal(false).optional().describe('Sends the next turn although the answer before it is not complete.'),
})
export type UpdateQueue = z.infer<typeof UpdateQueue>

export const UpdateQueuedTurn = z.object({
  /** The `revision` that was edited; another one now is a 409 `turn-changed`. Absent overwrites. */
  revision: z.number().int().optional(),
  parts: SendParts.optional(),
  models: z.array(z.string()).min(1).optional(),
  options: GenerationOptions.optional(),
})
export type UpdateQueuedTurn = z.infer<typeof UpdateQueuedTurn>
