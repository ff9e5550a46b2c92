import type { ModelOverrides } from './model-override.ts'

/** The validated settings of one process. `config.ts` makes it from the environment; nothing else reads that. */
export interface Settings {
  host: string
  port: number
  /** Absolute path of the folder that holds the database and the sockets. */
  dataDir: string
  workers: number
  /** Whether one more is kept started, but idle, to take the place of one that dies. */
  spareWorker: boolean
  /** A name as clients write it, `provider/model`. */
  defaultModel: string
  /** Who writes titles: `none`, the `same` model that answers, or the name of one. */
  titleModel: string
  /** Longest run of one generation, in milliseconds. */
  generationTimeoutMs: number
  allowUnlistedModels: boolean
  /** Serve on an address other than loopback although there are no accounts. */
  allowOpen: boolean
  /** Host names that the server answers to beside loopback names. */
  allowedHosts: string[]
  /** Where users may have their own keys sent, beside addresses on the public internet. */
  privateBaseUrls: 'none' | 'loopback' | 'all'
  /** Encrypts the keys that users store; a file in the data folder does where it is not set. */
  secretKey: string | undefined
  /** Whom to ask where the model that was asked for fails before its first word, in this order. */
  fallbackModels: string[]
  /** Also those that have no key of the server's: neither `local` nor `configured`. */
  providers: ProviderSettings[]
  localModels: LocalModelSettings
  /** What the operator says of single models. */
  modelOverrides: ModelOverrides
  /** Offer the demo model. */
  demo: boolean
  /** Let the demo model's scripts kill the worker that plays them. */
  allowDemoFaults: boolean
  /** Bytes of one file that a user sends. */
  maxFileBytes: number
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent'
  limits: Limits
}

/** What an instance speaks: one adapter each. */
export const PROVIDER_KINDS = [
  'openai-chat',
  'openai-responses',
  'anthropic',
  'gemini',
  'ollama',
  'local-gguf',
] as const
export type ProviderKind = (typeof PROVIDER_KINDS)[number]

/** One provider instance: data, not code. */
export interface ProviderSettings {
  id: string
  name: string
  kind: ProviderKind
  /** The row of the kind's table of vendors that says what this one wants differently; the id where nothing else is said. */
  vendor: string
  /** Without a trailing slash. */
  baseUrl: string
  apiKey: string | undefined
  local: boolean
  /** Whether a person configured it; the others are only looked for. */
  configured: boolean
  /** `openai-responses`: answers go on at the vendor without their connection, and are resumed there after a crash. */
  background?: boolean
}

/** Where models lie that are run here from their files, and what runs them: absolute paths. */
export interface LocalModelSettings {
  modelsFolder: string
  /** Holds the optional runtime in a `node_modules` of its own. */
  runtimeFolder: string
  /** What the processes that run the models see of the environment; they run foreign code, and get no key. */
  environment: Record<string, string>
}

export interface Limits {
  maxBodyBytes: number
  /** Characters of one message's text. */
  maxMessageCharacters: number
  maxModelsPerQuestion: number
  maxRunningPerUser: number
  maxOpenStreams: number
  requestsPerMinute: number
  /** Between two heartbeat comments of an idle stream. */
  heartbeatMs: number
  /** How long a generation that is to stop without readers goes on without any. */
  disconnectGraceMs: number
  /** Wait for response headers and for the first byte of the body. */
  firstByteTimeoutMs: number
  /** Longest silence in the middle of a provider's stream. */
  idleTimeoutMs: number
  connectTimeoutMs: number
  /** Bytes of one provider's reply. */
  maxResponseBytes: number
}
