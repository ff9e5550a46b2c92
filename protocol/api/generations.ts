import { z } from 'zod'
import { GENERATION_STATUSES } from '../messages.ts'
import { UsageSchema } from './messages.ts'

export const GenerationSchema = z.object({
  id: z.string(),
  status: z.enum(GENERATION_STATUSES),
  /** The model as it was asked for, `provider/model`. */
  model: z.string(),
  conversationId: z.string().nullable(),
  messageId: z.string().nullable(),
  /** Number of the same user's generations that wait before this one; null when it does not wait. */
  position: z.number().int().nullable(),
  /** The cursor at which the display is held on every client; null while it is not. */
  pausedAt: z.string().nullable(),
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
})
export type GenerationView = z.infer<typeof GenerationSchema>

export const PauseGeneration = z.object({
  at: z
    .string()
    .optional()
    .describe('The cursor of the last event that is shown; absent holds at the newest that is logged.'),
})
export type PauseGeneration = z.infer<typeof PauseGeneration>

/** The answer to a cancel. Once the generation has ended, asking again gives the same receipt. */
export const CancelReceipt = z.object({
  state: z
    .enum(GENERATION_STATUSES)
    .describe('`cancelled`, another end that came first, or a state that had not ended within a second.'),
  acceptedAt: z.iso
    .datetime()
    .describe('When it was first asked to stop; when it ended, if nobody had asked before that.'),
  upstreamClosedAt: z.iso
    .datetime()
    .nullable()
    .describe(
      'When the connection to the model was closed. Null when there was none, or when it was not closed within a ' +
        'second: then the time is in the `end` event that follows, and in the next receipt.',
    ),
  tokensWritten: z
    .number()
    .int()
    .describe('What was written and is kept, thinking included, in pieces of the model: nearly always one token each.'),
  tokensBilled: UsageSchema.nullable().describe(
    'What the provider says that this attempt used; null when it said nothing.',
  ),
})
export type CancelReceipt = z.infer<typeof CancelReceipt>

/** The answer to a cancel of everything: the receipts by generation id. */
export const CancelReceipts = z.object({ receipts: z.record(z.string(), CancelReceipt) })
export type CancelReceipts = z.infer<typeof CancelReceipts>
