import { z } from 'zod'

export const Health = z.object({ status: z.literal('ok') })
export type Health = z.infer<typeof Health>

/** Who asks. Without accounts there is one local user. */
export const Me = z.object({
  id: z.string(),
  accounts: z.boolean(),
  limits: z.object({
    maxMessageCharacters: z.number().int(),
    maxModelsPerQuestion: z.number().int(),
  }),
})
export type Me = z.infer<typeof Me>
