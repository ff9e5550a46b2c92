import { describeProviderContract } from '#server/ports/provider.contract.ts'
import { openFakeScene, question } from './fake-runtime.fixture.ts'

describeProviderContract('local-gguf', async () => {
  const scene = openFakeScene()
  return {
    provider: scene.provider,
    answering: question('hello'),
    endless: question('/endless'),
    silent: question('/silent'),
    failing: question('/fails'),
    oneAtATime: true,
    upstream: { openRequests: scene.openRequests, totalRequests: () => scene.askedProcesses().length },
    close: async () => scene[Symbol.asyncDispose](),
  }
})
