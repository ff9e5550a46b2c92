import { describeProviderContract } from '#server/ports/provider.contract.ts'
import { startResponsesUpstream } from '#test/upstream/responses-upstream.ts'
import { contractQuestion } from '#test/upstream/wire-contract.ts'
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
      answering: contractQuestion('count'),
      endless: contractQuestion('count;tokens=5000;delay=10'),
      silent: contractQuestion('count;delay=60000'),
      failing: contractQuestion('failing'),
      upstream: { openRequests: upstream.openRequests, totalRequests: () => upstream.requests.length },
      close: upstream.stop,
    }
  })
}
