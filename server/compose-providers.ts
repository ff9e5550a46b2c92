import type { ProviderKind, ProviderSettings, Settings } from '#server/domain/settings.ts'
import type { Provider } from '#server/ports/provider.ts'

type CreateProvider = (settings: ProviderSettings) => Provider

/**
 * The provider of every usable instance, and the demo model. Loaded on demand: only workers speak to providers, and only to
 * the kinds that are set up.
 */
export async function composeProviders(settings: Settings): Promise<Map<string, Provider>> {
  const providers: Provider[] = []
  if (settings.demo) {
    const { demoFaults } = await import('#server/adapters/demo/demo-faults.ts')
    const { createDemoProvider } = await import('#server/adapters/demo/demo-provider.ts')
    providers.push(createDemoProvider(settings.allowDemoFaults ? { faults: demoFaults } : {}))
  }
  const creators = new Map<ProviderKind, CreateProvider>()
  for (const instance of settings.providers.filter(isUsable)) {
    const create = creators.get(instance.kind) ?? (await loadAdapter(instance.kind, settings))
    creators.set(instance.kind, create)
    providers.push(create(instance))
  }
  return new Map(providers.map((provider) => [provider.id, provider]))
}

/** Whether the server itself can ask it: it has a key, or needs none. */
export function isUsable({ configured, local }: Pick<ProviderSettings, 'configured' | 'local'>): boolean {
  return configured || local
}

async function loadAdapter(kind: ProviderKind, { limits }: Settings): Promise<CreateProvider> {
  switch (kind) {
    case 'openai-chat': {
      const { createOpenAiChatProvider } = await import('#server/adapters/openai-chat/openai-chat-provider.ts')
      return (settings) => createOpenAiChatProvider({ settings, limits })
    }
    default:
      throw new Error(`There is no adapter for ${kind}.`)
  }
}
