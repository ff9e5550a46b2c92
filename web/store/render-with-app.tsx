import { QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, type RenderResult } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach } from 'vitest'
import type { ModelList } from '#protocol/api/models.ts'
import { UNKNOWN } from '../models/group-models.ts'
import { createApp, type App } from './app.ts'
import { AppProvider } from './use-app.ts'

const TEST_MODELS: ModelList = {
  models: [
    {
      id: 'ollama/llama3.2',
      name: 'llama3.2',
      provider: 'ollama',
      local: true,
      demo: false,
      ...UNKNOWN,
      contextLength: 131_072,
    },
    { id: 'openai/gpt-5', name: 'gpt-5', provider: 'openai', local: false, demo: false, ...UNKNOWN },
    { id: 'demo/chat', name: 'Demo', provider: 'demo', local: true, demo: true, ...UNKNOWN },
  ],
  providers: [{ id: 'mistral', name: 'Mistral', local: false, status: 'down', error: 'no route' }],
  default: 'ollama/llama3.2',
}

afterEach(cleanup)

/** Renders a part of the page with a whole app around it, whose server knows models and nothing else. */
export function renderWithApp(node: ReactNode): RenderResult & { app: App } {
  const app = createApp({
    onCreated: () => Promise.resolve(),
    fetch: async (input) => {
      const url = input instanceof Request ? input.url : String(input)
      if (url.endsWith('/api/v1/models')) return Response.json(TEST_MODELS)
      return Response.json({ code: 'not-found', detail: 'not found' }, { status: 404 })
    },
  })
  app.queryClient.setQueryData(app.cache.models.queryKey, TEST_MODELS)
  const result = render(
    <AppProvider value={app}>
      <QueryClientProvider client={app.queryClient}>{node}</QueryClientProvider>
    </AppProvider>,
  )
  return { ...result, app }
}
