import type { ModelCapabilities, ModelPrice } from './model-facts.ts'

/** What the operator says of one model; it wins over what its vendor says and over what is known here. */
export interface ModelOverride {
  name?: string
  contextLength?: number
  maxOutputTokens?: number
  capabilities?: ModelCapabilities
  /** Null: it is not known, whatever else says so. */
  price?: ModelPrice | null
  /** Takes it off the list; it can still be asked by its name. */
  hidden?: boolean
}

/** By `provider/model`. */
export type ModelOverrides = Readonly<Record<string, ModelOverride>>
