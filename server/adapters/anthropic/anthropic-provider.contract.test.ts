import { describeWireContract } from '#test/upstream/wire-contract.ts'
import { createAnthropicProvider } from './anthropic-provider.ts'
import { begin, finish, sse, textBlock } from './anthropic-stream.fixture.ts'

const [start = '', hel = '', lo = '', stop = ''] = textBlock(0, 'Hel', 'lo').map((event) => sse(event))

describeWireContract({
  kind: 'anthropic',
  create: createAnthropicProvider,
  basePath: '/v1',
  modelOf: ({ path, body }) =>
    path.startsWith('/v1/models') ? undefined : (JSON.parse(body) as { model: string }).model,
  list: { data: [{ id: 'answering' }, { id: 'endless' }], has_more: false },
  failure: { type: 'error', error: { type: 'api_error', message: 'It broke.' } },
  start: [sse(begin()) + start + hel, lo],
  more: hel,
  end: stop + sse(...finish('end_turn')),
})
