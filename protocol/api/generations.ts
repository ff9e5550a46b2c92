import { z } from 'zod'
import { GENERATION_STATUSES } from '../messages.ts'

export const GenerationSchema = z.object({
  id: z.string(),
  status: z.enum(GENERATION_STATUSES),
  /** The model as it was asked for, `provider/model`. */
  model: z.string(),
  conversationId: z.string().nullable(),
  messageId: z.string().nullable(),
  /** Number of the same user's generations that wait before this one; null when it does not wait. */
  position: z.number().int().nullable(),
  createdAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
})
export type GenerationView = z.infer<typeof GenerationSchema>

/** The answer to a cancel: `upstreamClosedAt` is null when the model's connection was not closed within a second. */
export const CancelReceipt = z.object({
  state: z.enum(GENERATION_STATUSES),
  acceptedAt: z.iso.datetime(),
  upstreamClosedAt: z.iso.datetime().nullable(),
})
export type CancelReceipt = z.infer<typeof CancelReceipt>
