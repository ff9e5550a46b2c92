import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerResponse } from 'node:http'
import { describeProviderContract } from '#server/ports/provider.contract.ts'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { startProvider } from '#test/upstream/open-provider.ts'
import type { ReceivedRequest } from '#test/upstream/scripted-upstream.ts'
import { createOllamaProvider } from './ollama-provider.ts'
import { done, lines, say } from './ollama-stream.fixture.ts'

describeProviderContract('ollama', async () => {
  const { provider, upstream } = await startProvider(createOllamaProvider, 'ollama', '', behave)
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

async function behave({ path, body }: ReceivedRequest, response: ServerResponse): Promise<void> {
  if (path === '/api/tags') {
    response.end(JSON.stringify({ models: [{ model: 'answering' }, { model: 'endless' }] }))
    return
  }
  if (path === '/api/show') {
    response.writeHead(404).end('{"error":"model not found"}')
    return
  }
  const { model }: { model: string } = JSON.parse(body)
  if (model === 'silent') return
  if (model === 'failing') {
    response.writeHead(500).end('{"error":"It broke."}')
    return
  }
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  response.write(lines(say('Hel'), say('lo')))
  if (model === 'answering') response.end(lines(done()))
  else await goOn(response)
}

async function goOn(response: ServerResponse): Promise<void> {
  while (!response.closed) {
    response.write(lines(say(' and on')))
    await sleep(10)
  }
}
