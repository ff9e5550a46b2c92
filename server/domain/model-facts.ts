/** What is known of a model beside its name. */
export interface ModelCapabilities {
  images?: boolean
  tools?: boolean
  reasoning?: boolean
  /** Answers in the form of a JSON schema. */
  jsonSchema?: boolean
}

/** US dollars for a million tokens. */
export interface TokenRates {
  input: number
  output: number
  /** Absent where cached tokens cost as much as others. */
  cachedInput?: number
  cacheWrite?: number
}

export interface ModelPrice extends TokenRates {
  /** What a request with a longer prompt costs, as a whole. */
  long?: TokenRates & { aboveTokens: number }
  /** The day on which the price was looked up, `YYYY-MM-DD`; absent where the vendor's own list says it now. */
  asOf?: string
}
