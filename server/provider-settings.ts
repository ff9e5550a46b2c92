import { CHAT_VENDORS } from '#server/adapters/openai-chat/vendors.ts'
import type { ProviderKind, ProviderSettings } from '#server/domain/settings.ts'
import type { SettingReader } from './domain/setting-reader.ts'
import { readInstanceFile } from './provider-instances.ts'

/** A vendor that can be set up by its key or its base URL alone. */
export interface KnownVendor {
  id: string
  name: string
  kind: ProviderKind
  /** As the vendor writes it, without a trailing slash; empty where each customer has one of their own. */
  baseUrl: string
  /** Runs on this machine or in this network, and needs no key. */
  local: boolean
  environment: { apiKey: string; baseUrl: string }
  /** A vendor whose key and base URL count for this one too, where it has none of its own. */
  sharesWith?: { apiKey: string; baseUrl: string }
}

export const KNOWN_VENDORS: readonly KnownVendor[] = [
  ...CHAT_VENDORS.filter(({ id }) => id !== 'ollama').map((vendor): KnownVendor => ({
    ...vendor,
    kind: 'openai-chat',
  })),
  {
    ...known('openai-responses', 'OpenAI (Responses)', 'https://api.openai.com/v1'),
    sharesWith: { apiKey: 'OPENAI_API_KEY', baseUrl: 'OPENAI_BASE_URL' },
  },
  known('anthropic', 'Anthropic', 'https://api.anthropic.com/v1'),
  known('gemini', 'Google Gemini', 'https://generativelanguage.googleapis.com/v1beta'),
  { ...known('ollama', 'Ollama', 'http://127.0.0.1:11434'), local: true },
]

const NOT_SENDABLE = 'holds spaces, line breaks or letters that no key has: copy it again'

/** GGUF files in the folder of models, which are found there without any setting. */
const LOCAL_FILES: ProviderSettings = {
  id: 'local',
  name: 'GGUF files',
  kind: 'local-gguf',
  vendor: 'local',
  baseUrl: '',
  apiKey: undefined,
  local: true,
  configured: false,
}

/**
 * The instances: every known vendor, the models in files, and what stands in the file that `PROVIDERS_FILE` names. One that
 * is neither local nor configured has no key of the server's; users may bring theirs.
 */
export function readProviders(read: SettingReader): ProviderSettings[] {
  const vendors = KNOWN_VENDORS.flatMap((vendor) => readVendor(read, vendor) ?? [])
  const file = read.optional('PROVIDERS_FILE')
  const listed = file === undefined ? [] : readInstances(read, file)
  for (const { id } of listed) {
    if (vendors.some((vendor) => vendor.id === id && vendor.configured)) {
      read.problem(
        `PROVIDERS_FILE=${file} has an instance "${id}", which the environment sets up too. Rename one of them.`,
      )
    }
  }
  return [...vendors, LOCAL_FILES].filter(({ id }) => listed.every((instance) => instance.id !== id)).concat(listed)
}

function known(kind: ProviderKind, name: string, baseUrl: string): KnownVendor {
  const prefix = kind.toUpperCase().replaceAll('-', '_')
  const environment = { apiKey: `${prefix}_API_KEY`, baseUrl: `${prefix}_BASE_URL` }
  return { id: kind, name, kind, baseUrl, local: false, environment }
}

function readVendor(read: SettingReader, vendor: KnownVendor): ProviderSettings | undefined {
  const { id, name, kind, local, environment, sharesWith } = vendor
  const apiKey = read.optional(environment.apiKey) ?? (sharesWith && read.optional(sharesWith.apiKey))
  const baseUrl = read.url(environment.baseUrl) ?? (sharesWith && read.optional(sharesWith.baseUrl))
  const address = withoutSlash(baseUrl ?? vendor.baseUrl)
  if (!isSendable(read.optional(environment.apiKey))) read.problem(`${environment.apiKey} ${NOT_SENDABLE}.`)
  // There is no such address in general: each customer has their own.
  if (address === '') {
    if (apiKey !== undefined)
      read.problem(`${environment.apiKey} is set, but ${environment.baseUrl} is not: ${name} needs both.`)
    return undefined
  }
  const settings = { id, name, vendor: id, baseUrl: address, apiKey, local }
  const configured = apiKey !== undefined || baseUrl !== undefined
  // Ollama speaks Chat Completions too, under this path.
  const speaksChat = kind === 'ollama' && address.endsWith('/v1')
  const instance = { ...settings, kind: speaksChat ? ('openai-chat' as const) : kind, configured }
  return kind === 'openai-responses' && read.flag('OPENAI_RESPONSES_BACKGROUND', false)
    ? { ...instance, background: true }
    : instance
}

function readInstances(read: SettingReader, file: string): ProviderSettings[] {
  try {
    return readInstanceFile(file).map(({ id, kind, vendor = id, name = id, local = false, ...rest }) => {
      const apiKey = rest.apiKey ?? (rest.apiKeyFrom === undefined ? undefined : read.optional(rest.apiKeyFrom))
      if (apiKey === undefined && rest.apiKeyFrom !== undefined)
        throw new Error(`has an instance "${id}" whose key is in ${rest.apiKeyFrom}, which is not set`)
      if (!isSendable(apiKey)) throw new Error(`has an instance "${id}" whose key ${NOT_SENDABLE}`)
      const baseUrl = withoutSlash(rest.baseUrl ?? defaultAddress(kind, vendor))
      if (baseUrl === '') throw new Error(`has an instance "${id}" without a baseUrl`)
      const { background } = rest
      const instance = { id, name, kind, vendor, baseUrl, apiKey, local, configured: true }
      return background === undefined ? instance : { ...instance, background }
    })
  } catch (error) {
    read.problem(`PROVIDERS_FILE=${file} ${(error as Error).message}.`)
    return []
  }
}

/** Whether it can stand in a header. It is never repeated in a problem, as other wrong values are. */
function isSendable(apiKey: string | undefined): boolean {
  return apiKey === undefined || /^[\x21-\x7e]*$/.test(apiKey)
}

function defaultAddress(kind: ProviderKind, vendor: string): string {
  const found = KNOWN_VENDORS.find(
    ({ id, ...known }) => known.kind === kind && (id === vendor || kind !== 'openai-chat'),
  )
  return found?.baseUrl ?? ''
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '')
}
