import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerResponse } from 'node:http'
import { describeProviderContract } from '#server/ports/provider.contract.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { startProvider } from '#test/upstream/open-provider.ts'
import type { ReceivedRequest } from '#test/upstream/scripted-upstream.ts'
import { createGeminiProvider } from './gemini-provider.ts'
import { say, sse, stop } from './gemini-stream.fixture.ts'

describeProviderContract('gemini', async () => {
  const { provider, upstream } = await startProvider(createGeminiProvider, 'gemini', '/v1beta', behave)
  return {
    provider,
    answering: ask('answering'),
    endless: ask('endless'),
    silent: ask('silent'),
    failing: ask('failing'),
    upstream: { openRequests: upstream.openRequests, totalRequests: () => upstream.requests.length },
    close: () => upstream.stop(),
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

async function behave({ path }: ReceivedRequest, response: ServerResponse): Promise<void> {
  if (path.includes('/models?')) {
    response.end(JSON.stringify({ models: [{ name: 'models/answering' }, { name: 'models/endless' }] }))
    return
  }
  if (path.includes('/silent:')) return
  if (path.includes('/failing:')) {
    response.writeHead(500).end(JSON.stringify({ error: { code: 500, message: 'It broke.', status: 'INTERNAL' } }))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(sse(say('Hel'), say('lo')))
  if (path.includes('/answering:')) response.end(sse(stop()))
  else await goOn(response)
}

async function goOn(response: ServerResponse): Promise<void> {
  while (!response.closed) {
    response.write(sse(say(' and on')))
    await sleep(10)
  }
}
