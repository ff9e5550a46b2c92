import { z } from 'zod'
import { GENERATION_STATUSES } from '../messages.ts'

/** The answer to a cancel: `upstreamClosedAt` is null when the model's connection was not closed within a second. */
export const CancelReceipt = z.object({
  state: z.enum(GENERATION_STATUSES),
  acceptedAt: z.iso.datetime(),
  upstreamClosedAt: z.iso.datetime().nullable(),
})
export type CancelReceipt = z.infer<typeof CancelReceipt>
