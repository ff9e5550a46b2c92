import { describeWireContract } from '#test/upstream/wire-contract.ts'
import { createGeminiProvider } from './gemini-provider.ts'
import { say, sse, stop } from './gemini-stream.fixture.ts'

describeWireContract({
  kind: 'gemini',
  create: createGeminiProvider,
  basePath: '/v1beta',
  modelOf: ({ path }) => /\/models\/(\w+):/.exec(path)?.[1],
  list: { models: [{ name: 'models/answering' }, { name: 'models/endless' }] },
  failure: { error: { code: 500, message: 'It broke.', status: 'INTERNAL' } },
  start: [sse(say('Hel')), sse(say('lo'))],
  more: sse(say(' and on')),
  end: sse(stop()),
})
