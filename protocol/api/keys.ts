import { z } from 'zod'

const MAX_KEY_CHARACTERS = 4_096
const MAX_BASE_URL_CHARACTERS = 2_000

export const SaveKey = z.object({
  key: z
    .string()
    .trim()
    .min(1, 'is empty')
    .max(MAX_KEY_CHARACTERS, `is longer than ${MAX_KEY_CHARACTERS} characters`)
    .regex(/^[\x21-\x7e]*$/, 'holds spaces or letters that no key has')
    .describe(
      'The key as the vendor gave it. It is stored encrypted, sent to the vendor alone, and never shown again.',
    ),
  baseUrl: z
    .string()
    .trim()
    .min(1, 'is empty')
    .max(MAX_BASE_URL_CHARACTERS, `is longer than ${MAX_BASE_URL_CHARACTERS} characters`)
    .optional()
    .describe(
      "Where this key is for, written as the vendor writes it; the provider's own address when absent. Private and " +
        'local addresses are refused unless the server allows them.',
    ),
})
export type SaveKey = z.infer<typeof SaveKey>

export const KeyedProviderSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** What it speaks. */
  kind: z.string(),
  local: z.boolean(),
  status: z.enum(['pending', 'up', 'down', 'no-key']),
  /** Why it is down, in the provider's words, or how it gets a key; null otherwise. */
  error: z.string().nullable(),
  /** Whose key it is asked with; a user's own goes before the server's. */
  key: z.enum(['none', 'server', 'own']),
  /** The user's own key, without the key itself; null when there is none. */
  ownKey: z.object({ setAt: z.iso.datetime(), baseUrl: z.string().nullable() }).nullable(),
  /** Whether a key can be stored for it. */
  takesKey: z.boolean(),
})
export type KeyedProviderView = z.infer<typeof KeyedProviderSchema>

export const ProviderList = z.object({ providers: z.array(KeyedProviderSchema) })
export type ProviderList = z.infer<typeof ProviderList>
