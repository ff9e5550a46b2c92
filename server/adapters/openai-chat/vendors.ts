import { endpoint } from '#server/upstream/wire.ts'

/** A vendor that speaks Chat Completions: where it is, and what it wants said differently. */
export interface ChatVendor {
  /** Provider instance id, the part before the slash in a model name. */
  id: string
  name: string
  /** As the vendor writes it, without a trailing slash. */
  baseUrl: string
  /** Runs on this machine or in this network, and needs no key. */
  local: boolean
  environment: { apiKey: string; baseUrl: string }
  /** Appended to the base URL when the vendor writes that bare. */
  basePath?: string
  tokenLimitParameter: 'max_tokens' | 'max_completion_tokens'
  seedParameter: 'seed' | 'random_seed'
  /** False where the usage comes unasked and asking for it is refused. */
  asksForUsage: boolean
  /** Body fields that switch the thinking phase on or off; absent where the model alone decides. */
  thinking?: { on: Record<string, unknown>; off: Record<string, unknown> }
  /** Header that takes our id of the request, for the vendor's support. */
  requestIdHeader?: string
  /** Listed models that cannot chat. */
  hiddenModels?: RegExp
}

export const CHAT_VENDORS: readonly ChatVendor[] = [
  remote('openai', 'OpenAI', 'https://api.openai.com/v1', {
    tokenLimitParameter: 'max_completion_tokens',
    requestIdHeader: 'x-client-request-id',
    hiddenModels:
      /^(text-embedding|text-moderation|omni-moderation|whisper|tts|dall-e|gpt-image|chatgpt-image|sora|babbage|davinci)|-(realtime|transcribe|tts)\b/,
  }),
  remote('openrouter', 'OpenRouter', 'https://openrouter.ai/api/v1', {
    thinking: { on: { reasoning: { enabled: true } }, off: { reasoning: { enabled: false } } },
  }),
  remote('mistral', 'Mistral', 'https://api.mistral.ai/v1', { seedParameter: 'random_seed', asksForUsage: false }),
  remote('deepseek', 'DeepSeek', 'https://api.deepseek.com', {
    thinking: { on: { thinking: { type: 'enabled' } }, off: { thinking: { type: 'disabled' } } },
  }),
  remote('groq', 'Groq', 'https://api.groq.com/openai/v1'),
  remote('xai', 'xAI', 'https://api.x.ai/v1'),
  remote('together', 'Together', 'https://api.together.xyz/v1'),
  remote('fireworks', 'Fireworks', 'https://api.fireworks.ai/inference/v1'),
  remote('cerebras', 'Cerebras', 'https://api.cerebras.ai/v1'),
  remote('perplexity', 'Perplexity', 'https://api.perplexity.ai'),
  local('ollama', 'Ollama', 'http://127.0.0.1:11434', { basePath: '/v1' }),
  local('lmstudio', 'LM Studio', 'http://127.0.0.1:1234/v1'),
  local('llamacpp', 'llama.cpp', 'http://127.0.0.1:8080/v1', { thinking: templateSwitch() }),
  local('vllm', 'vLLM', 'http://127.0.0.1:8001/v1', { thinking: templateSwitch() }),
]

/** The vendor of an instance; one that is not in the table is taken for a plain OpenAI-compatible server. */
export function chatVendor(id: string): ChatVendor {
  return CHAT_VENDORS.find((vendor) => vendor.id === id) ?? remote(id, id, '')
}

/** The address that `/chat/completions` and `/models` are appended to. A query in it (`?api-version=…`) is kept. */
export function chatEndpoint(vendor: ChatVendor, baseUrl: string, path: string): URL {
  const { basePath = '' } = vendor
  const isWhole = new URL(baseUrl).pathname.replace(/\/+$/, '').endsWith(basePath)
  return endpoint(baseUrl, (isWhole ? '' : basePath) + path)
}

type Differences = Partial<Omit<ChatVendor, 'id' | 'name' | 'baseUrl' | 'local' | 'environment'>>

function remote(id: string, name: string, baseUrl: string, differences: Differences = {}): ChatVendor {
  const prefix = id.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
  return {
    id,
    name,
    baseUrl,
    local: false,
    environment: { apiKey: `${prefix}_API_KEY`, baseUrl: `${prefix}_BASE_URL` },
    tokenLimitParameter: 'max_tokens',
    seedParameter: 'seed',
    asksForUsage: true,
    ...differences,
  }
}

function local(id: string, name: string, baseUrl: string, differences: Differences = {}): ChatVendor {
  return { ...remote(id, name, baseUrl, differences), local: true }
}

/** Servers that hand switches on to the model's own chat template. */
function templateSwitch() {
  return {
    on: { chat_template_kwargs: { enable_thinking: true } },
    off: { chat_template_kwargs: { enable_thinking: false } },
  }
}
