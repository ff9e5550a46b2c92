import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerResponse } from 'node:http'
import type { ProviderRequest } from '#server/ports/provider.ts'
import { describeProviderContract } from '#server/ports/provider.contract.ts'
import { CHAT_END, chatEvent, startScriptedUpstream, type ReceivedRequest } from '#test/upstream/scripted-upstream.ts'
import { createOpenAiChatProvider } from './openai-chat-provider.ts'

describeProviderContract('openai-chat', async () => {
  const upstream = await startScriptedUpstream(behave)
  const provider = createOpenAiChatProvider({
    settings: {
      id: 'openai',
      name: 'OpenAI',
      kind: 'openai-chat',
      vendor: 'openai',
      baseUrl: `${upstream.url}/v1`,
      apiKey: 'sk-test-of-the-contract',
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
  if (path.endsWith('/models')) {
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'answering' }, { id: 'endless' }] }))
    return
  }
  const { model }: { model: string } = JSON.parse(body)
  if (model === 'silent') return
  if (model === 'failing') {
    response.writeHead(500).end(JSON.stringify({ error: { message: 'It broke.' } }))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(chatEvent({ content: 'Hel' }))
  response.write(chatEvent({ content: 'lo' }))
  if (model === 'answering') response.end(CHAT_END)
  else await goOn(response)
}

async function goOn(response: ServerResponse): Promise<void> {
  while (!response.closed) {
    response.write(chatEvent({ content: ' and on' }))
    await sleep(10)
  }
}
