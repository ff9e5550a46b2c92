import { CHAT_END, chatEvent } from '#test/upstream/scripted-upstream.ts'
import { describeWireContract } from '#test/upstream/wire-contract.ts'
import { createOpenAiChatProvider } from './openai-chat-provider.ts'

describeWireContract({
  kind: 'openai-chat',
  create: createOpenAiChatProvider,
  basePath: '/v1',
  modelOf: ({ path, body }) => (path.endsWith('/models') ? undefined : (JSON.parse(body) as { model: string }).model),
  list: { object: 'list', data: [{ id: 'answering' }, { id: 'endless' }] },
  failure: { error: { message: 'It broke.' } },
  start: [chatEvent({ content: 'Hel' }), chatEvent({ content: 'lo' })],
  more: chatEvent({ content: ' and on' }),
  end: CHAT_END,
})
