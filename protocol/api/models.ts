import { z } from 'zod'

export const ModelSchema = z.object({
  /** `provider/model`, as it is sent back. */
  id: z.string(),
  name: z.string(),
  provider: z.string(),
  /** Runs on this machine or in this network. */
  local: z.boolean(),
  /** The built-in demonstration: simulated, and says so. */
  demo: z.boolean(),
  contextLength: z.number().int().nullable(),
})
export type ModelView = z.infer<typeof ModelSchema>

export const ProviderSchema = z.object({
  id: z.string(),
  name: z.string(),
  local: z.boolean(),
  /** `no-key`: the server has no key for it; it can be asked by whoever brings their own. */
  status: z.enum(['pending', 'up', 'down', 'no-key']),
  /** Why it is down, in the provider's words; null otherwise. */
  error: z.string().nullable(),
})
export type ProviderView = z.infer<typeof ProviderSchema>

export const ModelList = z.object({
  models: z.array(ModelSchema),
  providers: z.array(ProviderSchema),
  /** The model asked when a request names none. */
  default: z.string(),
})
export type ModelList = z.infer<typeof ModelList>
