import type { ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import { expect, onTestFinished } from 'vitest'
import type { Provider, ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import { CHAT_END, chatEvent, startScriptedUpstream, type UpstreamScript } from './scripted-upstream.ts'
import { createOpenAiChatProvider } from '#server/adapters/openai-chat/openai-chat-provider.ts'
import type { WireProviderOptions } from '#server/upstream/wire-provider.ts'

export const KEY = 'sk-the-only-secret-here'

export const REQUEST: ProviderRequest = {
  model: 'some-model',
  systemPrompt: 'Be brief.',
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
  parameters: {},
  generationId: '0199a000-0000-7000-8000-000000000000',
}

export interface Overrides {
  settings?: Partial<WireProviderOptions['settings']>
  limits?: Partial<WireProviderOptions['limits']>
  dispatcher?: Dispatcher
  privateBaseUrls?: WireProviderOptions['privateBaseUrls']
  /** Of the base URL. */
  path?: string
}

/** A provider before an upstream of its own, which lives as long as the test. */
export async function open(script: UpstreamScript, overrides: Overrides = {}) {
  const { settings, limits, dispatcher, privateBaseUrls, path = '/v1' } = overrides
  const upstream = await startScriptedUpstream(script)
  onTestFinished(() => upstream.stop())
  const provider = createOpenAiChatProvider({
    settings: {
      id: 'openai',
      name: 'OpenAI',
      kind: 'openai-chat',
      vendor: 'openai',
      baseUrl: upstream.url + path,
      apiKey: KEY,
      local: false,
      configured: true,
      ...settings,
    },
    limits: {
      connectTimeoutMs: 10_000,
      firstByteTimeoutMs: 10_000,
      idleTimeoutMs: 10_000,
      maxResponseBytes: 100_000_000,
      ...limits,
    },
    ...(dispatcher ? { dispatcher } : {}),
    ...(privateBaseUrls ? { privateBaseUrls } : {}),
  })
  return { provider, upstream }
}

export function answer(text: string): UpstreamScript {
  return (_request, response: ServerResponse) => response.end(chatEvent({ content: text }) + CHAT_END)
}

export async function collect(provider: Provider, request = REQUEST): Promise<ProviderEvent[]> {
  const events: ProviderEvent[] = []
  for await (const batch of provider.stream(request, new AbortController().signal)) events.push(...batch)
  return events
}

export function textOf(events: readonly ProviderEvent[]): string {
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')
}

export function expectError(events: readonly ProviderEvent[], error: object): void {
  expect(events.at(-1)).toMatchObject({ type: 'error', error })
}
