import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeProviderContract } from '#server/ports/provider.contract.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { startScriptedUpstream, type ReceivedRequest } from '#test/upstream/scripted-upstream.ts'
import { createAnthropicProvider } from './anthropic-provider.ts'
import { begin, finish, sse, textBlock } from './anthropic-stream.fixture.ts'

const [START, HEL, LO, STOP] = textBlock(0, 'Hel', 'lo').map((event) => sse(event))

describeProviderContract('anthropic', async () => {
  const upstream = await startScriptedUpstream(behave)
  const provider = createAnthropicProvider({
    settings: {
      id: 'anthropic',
      name: 'Anthropic',
      kind: 'anthropic',
      vendor: 'anthropic',
      baseUrl: `${upstream.url}/v1`,
      apiKey: 'sk-ant-test-of-the-contract',
      local: false,
      configured: true,
    },
    limits: { connectTimeoutMs: 5_000, firstByteTimeoutMs: 20_000, idleTimeoutMs: 20_000, maxResponseBytes: 1_000_000 },
  })
  return {
    provider,
    answering: ask('answering'),
    endless: ask('endless'),
    silent: ask('silent'),
    failing: ask('failing'),
    upstream: { openRequests: upstream.openRequests, totalRequests: () => upstream.requests.length },
    async close() {
      await upstream.stop()
    },
  }
})

function ask(model: string): ProviderRequest {
  return {
    model,
    systemPrompt: undefined,
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }],
    parameters: {},
    generationId: '0199a000-0000-7000-8000-000000000000',
  }
}

async function behave({ path, body }: ReceivedRequest, response: ServerResponse): Promise<void> {
  if (path.startsWith('/v1/models')) {
    response.end(JSON.stringify({ data: [{ id: 'answering' }, { id: 'endless' }], has_more: false }))
    return
  }
  const { model }: { model: string } = JSON.parse(body)
  if (model === 'silent') return
  if (model === 'failing') {
    response.writeHead(500).end(JSON.stringify({ type: 'error', error: { type: 'api_error', message: 'It broke.' } }))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(`${sse(begin())}${START}${HEL}`)
  response.write(LO)
  if (model === 'answering') response.end(STOP + sse(...finish('end_turn')))
  else await goOn(response)
}

async function goOn(response: ServerResponse): Promise<void> {
  while (!response.closed) {
    response.write(HEL)
    await sleep(10)
  }
}
