import { describeRandomEventLogContract } from '#server/ports/event-log-random.contract.ts'
import { openBackendForTests } from './backend-for-tests.ts'
import { openMortalBackend, type MortalBackend } from './mortal-backend.fixture.ts'

describeRandomEventLogContract('SQLite', async () => {
  const backend = await openBackendForTests()
  const started: MortalBackend[] = []
  return {
    newId: backend.newId,
    async start() {
      const { newId, now } = backend
      const mortal = await openMortalBackend({ file: backend.file, clock: { now, newId } })
      started.push(mortal)
      return { log: mortal.log, wake: mortal.wakeFollowers, kill: mortal.kill }
    },
    async close() {
      for (const mortal of started) await mortal.close()
      await backend.close()
    },
  }
})
