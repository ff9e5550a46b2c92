import { PLAIN_RULES, type ChatRules, type ModelRules } from './chat-rules.ts'
import { OPENAI_MODELS } from './openai-models.ts'
import { effortField, templateSwitch, thinkingType } from './reasoning-terms.ts'

/** A vendor that speaks Chat Completions: where it is, and what it and its models want said differently. */
export interface ChatVendor {
  /** Provider instance id, the part before the slash in a model name. */
  id: string
  name: string
  /** As the vendor writes it, without a trailing slash; empty where each customer has one of their own. */
  baseUrl: string
  /** Runs on this machine or in this network, and needs no key. */
  local: boolean
  environment: { apiKey: string; baseUrl: string }
  /** Appended to the base URL when the vendor writes that bare. */
  basePath?: string
  /** Azure's older addresses, which have the deployment in the path and the version in the query. */
  hasDeployments?: boolean
  /** The header that takes the key as it is; absent where it is a bearer token. */
  keyHeader?: string
  /** Header that takes our id of the request, for the vendor's support. */
  requestIdHeader?: string
  /** Listed models that cannot chat. */
  hiddenModels?: RegExp
  /** A fuller list of models than the one under `/models`, from the root of the host. */
  richListPath?: string
  /** The models of a vendor that has no list of them. */
  unlistedModels?: readonly string[]
  rules: ChatRules
  models: readonly ModelRules[]
}

const HIDDEN_AT_OPENAI =
  /^(text-embedding|text-moderation|omni-moderation|whisper|tts|dall-e|gpt-image|chatgpt-image|sora|babbage|davinci)|-(realtime|transcribe|tts)\b/

const OPENAI: Partial<ChatRules> = {
  tokenLimitParameter: 'max_completion_tokens',
  maxStops: 4,
  reasoning: {},
  document: 'file',
  cachePrompt: (key) => ({ prompt_cache_key: key }),
}

const NO_REASONING: Partial<ChatRules> = { reasoning: {} }

export const CHAT_VENDORS: readonly ChatVendor[] = [
  {
    ...remote('openai', 'OpenAI', 'https://api.openai.com/v1', OPENAI),
    models: OPENAI_MODELS,
    requestIdHeader: 'x-client-request-id',
    hiddenModels: HIDDEN_AT_OPENAI,
  },
  {
    // The model is the name of a deployment, which often is that of its model.
    ...remote('azure-openai', 'Azure OpenAI', '', { ...OPENAI, document: undefined }),
    models: OPENAI_MODELS,
    basePath: '/openai/v1',
    hasDeployments: true,
    keyHeader: 'api-key',
    requestIdHeader: 'x-ms-client-request-id',
    hiddenModels: HIDDEN_AT_OPENAI,
  },
  {
    ...remote('openrouter', 'OpenRouter', 'https://openrouter.ai/api/v1', {
      maxStops: 4,
      document: 'file',
      reasoning: {
        on: { reasoning: { enabled: true } },
        efforts: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'],
        effort: (word) => ({ reasoning: { effort: word } }),
        off: { reasoning: { enabled: false } },
        budget: (tokens) => ({ reasoning: { max_tokens: tokens } }),
      },
      reasoningBack: { as: 'reasoning_details', turns: 'current' },
    }),
    models: [
      { match: /^anthropic\//, rules: { cachePrompt: () => ({ cache_control: { type: 'ephemeral' } }) } },
      { match: /^(openai|x-ai)\//, rules: { cachePrompt: (key) => ({ prompt_cache_key: key }) } },
    ],
  },
  {
    ...remote('mistral', 'Mistral', 'https://api.mistral.ai/v1', {
      ...NO_REASONING,
      seedParameter: 'random_seed',
      asksForUsage: false,
      document: 'document_url',
      toolCallId: /^[a-zA-Z0-9]{9}$/,
      reasoningBack: { as: 'thinking-parts', turns: 'current' },
      cachePrompt: (key) => ({ prompt_cache_key: key }),
    }),
    models: [
      {
        match: /^(magistral-|mistral-(small|medium|large-[4-9]|vibe))/,
        rules: { reasoning: { efforts: ['none', 'high'], effort: effortField, on: { reasoning_effort: 'high' } } },
      },
    ],
  },
  remote('deepseek', 'DeepSeek', 'https://api.deepseek.com', {
    refuses: ['seed'],
    refusesThinking: ['temperature'],
    maxStops: 16,
    reasoning: {
      ...thinkingType(),
      efforts: ['low', 'high', 'max'],
      effort: (word) => ({ thinking: { type: 'enabled' }, reasoning_effort: word }),
    },
    responseFormats: ['json'],
    images: false,
    reasoningBack: { as: 'reasoning_content', turns: 'all', evenEmpty: true },
  }),
  {
    ...remote('groq', 'Groq', 'https://api.groq.com/openai/v1', { ...NO_REASONING, maxStops: 4 }),
    models: [
      { match: /gpt-oss/, rules: { reasoning: { alwaysThinks: true, ...PLAIN_RULES.reasoning } } },
      {
        match: /qwen/,
        rules: {
          reasoning: { on: { reasoning_effort: 'default' }, off: { reasoning_effort: 'none' } },
          always: { reasoning_format: 'parsed' },
        },
      },
    ],
  },
  {
    ...remote('xai', 'xAI', 'https://api.x.ai/v1', { ...NO_REASONING, maxStops: 4 }),
    richListPath: '/v1/language-models',
    models: [
      { match: /^grok-(?!.*non-reasoning)(3-mini|4|code|[5-9]|latest)/, rules: { refuses: ['stop'] } },
      {
        match: /^grok-3-mini/,
        rules: { reasoning: { alwaysThinks: true, efforts: ['low', 'high'], effort: effortField } },
      },
      {
        match: /^grok-(4\.[3-9](?!\d)|[5-9]|latest)/,
        rules: {
          reasoning: {
            on: {},
            efforts: ['none', 'low', 'medium', 'high'],
            effort: effortField,
          },
        },
      },
    ],
  },
  remote('together', 'Together', 'https://api.together.xyz/v1', {
    reasoning: {
      ...PLAIN_RULES.reasoning,
      on: { reasoning: { enabled: true } },
      off: { reasoning: { enabled: false } },
    },
  }),
  remote('fireworks', 'Fireworks', 'https://api.fireworks.ai/inference/v1', {
    maxStops: 4,
    reasoning: {
      on: { thinking: { type: 'enabled' } },
      efforts: ['none', 'low', 'medium', 'high'],
      effort: effortField,
      budget: (tokens) => ({ thinking: { type: 'enabled', budget_tokens: Math.max(1_024, tokens) } }),
    },
    reasoningBack: { as: 'reasoning_content', turns: 'current' },
  }),
  {
    ...remote('cerebras', 'Cerebras', 'https://api.cerebras.ai/v1', {
      ...NO_REASONING,
      tokenLimitParameter: 'max_completion_tokens',
      maxStops: 4,
    }),
    models: [
      { match: /gpt-oss/, rules: { reasoning: { alwaysThinks: true, ...PLAIN_RULES.reasoning } } },
      { match: /glm/, rules: { reasoning: { on: {}, off: { reasoning_effort: 'none' } } } },
    ],
  },
  {
    ...remote('perplexity', 'Perplexity', 'https://api.perplexity.ai', {
      ...NO_REASONING,
      refuses: ['seed', 'stop', 'tools', 'toolChoice'],
      responseFormats: ['json-schema'],
      document: 'file_url',
    }),
    unlistedModels: ['sonar', 'sonar-pro', 'sonar-reasoning-pro', 'sonar-deep-research'],
    models: [
      { match: /reasoning|deep-research/, rules: { reasoning: { alwaysThinks: true, ...PLAIN_RULES.reasoning } } },
    ],
  },
  {
    ...remote('zai', 'Z.ai', 'https://api.z.ai/api/paas/v4', {
      refuses: ['seed'],
      maxStops: 1,
      reasoning: thinkingType(),
      responseFormats: ['json'],
      toolChoices: [],
      // Without it a tool call is held back until it is whole, in a silence of minutes.
      withTools: { tool_stream: true },
      reasoningBack: { as: 'reasoning_content', turns: 'current' },
    }),
    models: [
      {
        match: /^glm-(5\.[2-9]|[6-9])/,
        rules: {
          reasoning: {
            ...thinkingType(),
            efforts: ['low', 'high', 'max'],
            effort: (word) => ({ thinking: { type: 'enabled' }, reasoning_effort: word }),
          },
        },
      },
      {
        match: /^glm-(5\.[3-9]|[6-9])/,
        rules: {
          reasoning: { alwaysThinks: true, efforts: ['low', 'high', 'max'], effort: effortField },
        },
      },
    ],
  },
  local(
    'ollama',
    'Ollama',
    'http://127.0.0.1:11434',
    {
      reasoning: {
        ...PLAIN_RULES.reasoning,
        on: { reasoning_effort: 'medium' },
        off: { reasoning_effort: 'none' },
      },
      reasoningBack: { as: 'reasoning', turns: 'current' },
    },
    { basePath: '/v1' },
  ),
  local(
    'lmstudio',
    'LM Studio',
    'http://127.0.0.1:1234/v1',
    { responseFormats: ['json-schema'] },
    { richListPath: '/api/v0/models' },
  ),
  local('llamacpp', 'llama.cpp', 'http://127.0.0.1:8080/v1', {
    reasoning: {
      ...templateSwitch(),
      efforts: ['low', 'medium', 'high'],
      effort: (word) => ({ chat_template_kwargs: { enable_thinking: true, reasoning_effort: word } }),
      budget: (tokens) => ({ thinking_budget_tokens: tokens }),
    },
    // The wish for one tool by name is silently taken for `auto`.
    toolChoices: ['none', 'required'],
    reasoningBack: { as: 'reasoning_content', turns: 'current' },
  }),
  local('vllm', 'vLLM', 'http://127.0.0.1:8001/v1', {
    reasoning: { ...PLAIN_RULES.reasoning, ...templateSwitch() },
    reasoningBack: { as: 'reasoning', turns: 'current' },
  }),
]

/** The vendor of an instance; one that is not in the table is taken for a plain OpenAI-compatible server. */
export function chatVendor(id: string): ChatVendor {
  return CHAT_VENDORS.find((vendor) => vendor.id === id) ?? remote(id, id, '')
}

function remote(id: string, name: string, baseUrl: string, differences: Partial<ChatRules> = {}): ChatVendor {
  const prefix = id.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
  return {
    id,
    name,
    baseUrl,
    local: false,
    environment: { apiKey: `${prefix}_API_KEY`, baseUrl: `${prefix}_BASE_URL` },
    rules: { ...PLAIN_RULES, ...differences },
    models: [],
  }
}

function local(
  id: string,
  name: string,
  baseUrl: string,
  differences: Partial<ChatRules>,
  place: Pick<ChatVendor, 'basePath' | 'richListPath'> = {},
): ChatVendor {
  return { ...remote(id, name, baseUrl, differences), local: true, ...place }
}
