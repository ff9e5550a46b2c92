import { describeJobQueueContract } from '#server/ports/job-queue.contract.ts'
import { openBackendForTests } from './backend-for-tests.ts'

describeJobQueueContract('SQLite', async () => {
  const backend = await openBackendForTests()
  return { ...backend, another: async () => (await backend.another()).queue }
})
