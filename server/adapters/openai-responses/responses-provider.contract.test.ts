import type { ProviderRequest } from '#server/ports/provider.ts'
import { describeProviderContract } from '#server/ports/provider.contract.ts'
import { startResponsesUpstream } from '#test/upstream/responses-upstream.ts'
import { createResponsesProvider } from './responses-provider.ts'

contractOf('foreground', false)
contractOf('background', true)

function contractOf(mode: string, background: boolean): void {
  describeProviderContract(`openai-responses, ${mode}`, async () => {
    const upstream = await startResponsesUpstream({
      instead({ body }, response) {
        if (!body.includes('"failing"')) return false
        response.writeHead(500).end(JSON.stringify({ error: { message: 'It broke.' } }))
        return true
      },
    })
    const provider = createResponsesProvider({
      settings: {
        id: 'openai-responses',
        name: 'OpenAI',
        kind: 'openai-responses',
        vendor: 'openai-responses',
        baseUrl: `${upstream.url}/v1`,
        apiKey: 'sk-test-of-the-contract',
        local: false,
        configured: true,
        background,
      },
      limits: {
        connectTimeoutMs: 5_000,
        firstByteTimeoutMs: 20_000,
        idleTimeoutMs: 20_000,
        maxResponseBytes: 1_000_000,
      },
    })
    return {
      provider,
      answering: ask('count'),
      endless: ask('count;tokens=5000;delay=10'),
      silent: ask('count;delay=60000'),
      failing: ask('failing'),
      upstream: { openRequests: upstream.openRequests, totalRequests: () => upstream.requests.length },
      close: upstream.stop,
    }
  })
}

function ask(model: string): ProviderRequest {
  return {
    model,
    systemPrompt: undefined,
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
    parameters: {},
    generationId: '0199a000-0000-7000-8000-000000000000',
  }
}
