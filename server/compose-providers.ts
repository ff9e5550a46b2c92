import type { ProviderKind, ProviderSettings, Settings } from '#server/domain/settings.ts'
import type { Provider } from '#server/ports/provider.ts'
import { createKeylessProvider } from './keyless-provider.ts'

type CreateProvider = (settings: ProviderSettings) => Provider

/**
 * The provider of every instance, and the demo model. Adapters are loaded on demand: only workers speak to providers, at
 * first only to the kinds that are set up.
 */
export async function composeProviders(settings: Settings): Promise<Map<string, Provider>> {
  const providers: Provider[] = []
  if (settings.demo) {
    const { demoFaults } = await import('#server/adapters/demo/demo-faults.ts')
    const { createDemoProvider } = await import('#server/adapters/demo/demo-provider.ts')
    providers.push(createDemoProvider(settings.allowDemoFaults ? { faults: demoFaults } : {}))
  }
  const creators = new Map<ProviderKind, Promise<CreateProvider>>()
  const creator = (kind: ProviderKind) => {
    const loading = creators.get(kind) ?? loadAdapter(kind, settings)
    creators.set(kind, loading)
    return loading
  }
  for (const instance of settings.providers) {
    const open = async () => (await creator(instance.kind))(instance)
    providers.push(isUsable(instance) ? await open() : createKeylessProvider(instance, open))
  }
  return new Map(providers.map((provider) => [provider.id, provider]))
}

/** Whether the server itself can ask it: it has a key, or needs none. */
export function isUsable({ configured, local }: Pick<ProviderSettings, 'configured' | 'local'>): boolean {
  return configured || local
}

async function loadAdapter(
  kind: ProviderKind,
  { limits, localModels, privateBaseUrls }: Settings,
): Promise<CreateProvider> {
  switch (kind) {
    case 'openai-chat': {
      const { createOpenAiChatProvider } = await import('#server/adapters/openai-chat/openai-chat-provider.ts')
      return (settings) => createOpenAiChatProvider({ settings, limits, privateBaseUrls })
    }
    case 'openai-responses': {
      const { createResponsesProvider } = await import('#server/adapters/openai-responses/responses-provider.ts')
      return (settings) => createResponsesProvider({ settings, limits, privateBaseUrls })
    }
    case 'local-gguf': {
      const { createLocalGgufProvider } = await import('#server/adapters/local-gguf/local-gguf-provider.ts')
      const times = { idleTimeoutMs: limits.idleTimeoutMs }
      return (settings) => createLocalGgufProvider({ settings, localModels, times })
    }
    case 'anthropic': {
      const { createAnthropicProvider } = await import('#server/adapters/anthropic/anthropic-provider.ts')
      return (settings) => createAnthropicProvider({ settings, limits, privateBaseUrls })
    }
    case 'gemini': {
      const { createGeminiProvider } = await import('#server/adapters/gemini/gemini-provider.ts')
      return (settings) => createGeminiProvider({ settings, limits, privateBaseUrls })
    }
    case 'ollama': {
      const { createOllamaProvider } = await import('#server/adapters/ollama/ollama-provider.ts')
      return (settings) => createOllamaProvider({ settings, limits, privateBaseUrls })
    }
  }
}
