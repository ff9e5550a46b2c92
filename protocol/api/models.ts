import { z } from 'zod'

const rates = {
  input: z.number(),
  output: z.number(),
  cachedInput: z.number().optional().describe('Absent where cached tokens cost as much as others'),
  cacheWrite: z.number().optional(),
}

/** In US dollars. */
const PriceSchema = z.object({
  ...rates,
  long: z
    .object({ ...rates, aboveTokens: z.number().int() })
    .optional()
    .describe('What a request with a longer prompt costs, as a whole'),
  asOf: z.string().optional().describe('The day on which it was looked up; absent where the vendor says it now'),
})

export const ModelSchema = z.object({
  /** `provider/model`, as it is sent back. */
  id: z.string(),
  name: z.string(),
  provider: z.string(),
  /** Runs on this machine or in this network. */
  local: z.boolean(),
  /** The built-in demonstration: simulated, and says so. */
  demo: z.boolean(),
  contextLength: z.number().int().nullable().describe('Tokens of prompt and answer together, where it is known'),
  maxOutputTokens: z.number().int().nullable().describe('Tokens of one answer, where it is known'),
  capabilities: z
    .object({
      images: z.boolean().optional(),
      tools: z.boolean().optional(),
      reasoning: z.boolean().optional(),
      jsonSchema: z.boolean().optional(),
    })
    .describe('What it can be sent and can do; what is absent is not known'),
  price: PriceSchema.nullable().describe('What a million tokens cost, where it is known'),
})
export type ModelView = z.infer<typeof ModelSchema>

export const ProviderSchema = z.object({
  id: z.string(),
  name: z.string(),
  local: z.boolean(),
  /** `no-key`: the server has no key for it; it can be asked by whoever brings their own. */
  status: z.enum(['pending', 'up', 'down', 'no-key']),
  /** Why it is down, in the provider's words, or what to set where it has no key; null otherwise. */
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
