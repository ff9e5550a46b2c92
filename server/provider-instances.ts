import { PROVIDER_KINDS, type ProviderKind } from '#server/domain/settings.ts'
import { readJsonFile } from './json-file.ts'

/** One entry of the file that `PROVIDERS_FILE` names. */
export interface InstanceEntry {
  id: string
  kind: ProviderKind
  vendor?: string
  name?: string
  baseUrl?: string
  apiKey?: string
  /** Name of the environment variable that holds the key, so that it need not stand in the file. */
  apiKeyFrom?: string
  local?: boolean
  /** `openai-responses` only. */
  background?: boolean
}

const TEXTS = ['vendor', 'name', 'baseUrl', 'apiKey', 'apiKeyFrom']
/** Models in files have one folder, and no address. */
const KINDS: readonly ProviderKind[] = PROVIDER_KINDS.filter((kind) => kind !== 'local-gguf')
const BUILT_IN = 'demo'
const FLAGS = ['local', 'background']
const FIELDS = new Set(['id', 'kind', ...FLAGS, ...TEXTS])

/** Reads and checks the file by hand: every process does it before anything else. Throws what is wrong, in words. */
export function readInstanceFile(file: string): InstanceEntry[] {
  const entries = readJsonFile(file)
  if (!Array.isArray(entries)) throw new Error('is not a JSON list of instances')
  const seen = new Set<string>()
  for (const entry of entries as Record<string, unknown>[]) {
    check(entry)
    if (seen.has(String(entry.id))) throw new Error(`has two instances "${String(entry.id)}"`)
    seen.add(String(entry.id))
  }
  return entries as InstanceEntry[]
}

function check(entry: Record<string, unknown> | null): void {
  if (typeof entry !== 'object' || entry === null) throw new Error('has an entry that is no object')
  const { id, kind, baseUrl } = entry
  if (typeof id !== 'string' || !/^[a-z0-9][a-z0-9_.-]{0,63}$/.test(id)) {
    throw new Error('has an entry whose id is not made of small letters, digits, dots and dashes')
  }
  if (id === BUILT_IN) throw new Error(`has an instance "${id}", as the built-in one is called`)
  if (!KINDS.includes(kind as ProviderKind)) {
    throw new Error(`has an instance "${id}" whose kind is not one of ${KINDS.join(', ')}`)
  }
  for (const name of Object.keys(entry))
    if (!FIELDS.has(name)) throw new Error(`has an unknown field "${name}" at "${id}"`)
  for (const name of TEXTS) {
    if (entry[name] !== undefined && typeof entry[name] !== 'string')
      throw new Error(`has a ${name} at "${id}" that is no text`)
  }
  for (const name of FLAGS) {
    if (entry[name] !== undefined && typeof entry[name] !== 'boolean')
      throw new Error(`has a "${name}" at "${id}" that is not true or false`)
  }
  if (entry.background !== undefined && kind !== 'openai-responses')
    throw new Error(`has a "background" at "${id}", which only instances of the kind openai-responses take`)
  if (typeof baseUrl === 'string') checkAddress(id, baseUrl)
}

function checkAddress(id: string, baseUrl: string): void {
  const url = /^https?:\/\/./.test(baseUrl) ? URL.parse(baseUrl) : null
  if (!url) throw new Error(`has a baseUrl at "${id}" that is no address that starts with http:// or https://`)
  if (url.username === '' && url.password === '') return
  throw new Error(`has a baseUrl at "${id}" that contains a user name or a password, which are not sent`)
}
