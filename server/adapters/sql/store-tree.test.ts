import { describeStoreTreeContract, type StoreProcess } from '#server/ports/store-tree.contract.ts'
import { openBackendForTests } from './backend-for-tests.ts'
import { openEmbeddedBackend } from './embedded-backend.ts'

describeStoreTreeContract('SQLite', async () => {
  const backend = await openBackendForTests()
  const { file, newId, now } = backend
  const started: StoreProcess[] = []
  return {
    newId,
    async start() {
      const process = await openEmbeddedBackend({ file, clock: { now, newId }, onLogCommit: () => {} })
      started.push(process)
      return process
    },
    async close() {
      for (const process of started) await process.close()
      await backend.close()
    },
  }
})
