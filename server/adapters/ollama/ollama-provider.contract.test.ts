import { describeWireContract } from '#test/upstream/wire-contract.ts'
import { createOllamaProvider } from './ollama-provider.ts'
import { done, lines, say } from './ollama-stream.fixture.ts'

describeWireContract({
  kind: 'ollama',
  create: createOllamaProvider,
  basePath: '',
  modelOf({ path, body }) {
    if (path === '/api/tags') return undefined
    // A model that cannot be asked about is listed all the same.
    return path === '/api/show' ? 'failing' : (JSON.parse(body) as { model: string }).model
  },
  list: { models: [{ model: 'answering' }, { model: 'endless' }] },
  failure: { error: 'It broke.' },
  start: [lines(say('Hel')), lines(say('lo'))],
  more: lines(say(' and on')),
  end: lines(done()),
})
