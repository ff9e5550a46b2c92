import { describeStoreContract } from '#server/ports/store.contract.ts'
import { openBackendForTests } from './backend-for-tests.ts'

describeStoreContract('SQLite', async () => {
  const backend = await openBackendForTests()
  return { ...backend, another: async () => (await backend.another()).store }
})
