import { describeJobStatesContract } from '#server/ports/job-states.contract.ts'
import type { JobRow } from '#server/ports/job-model.fixture.ts'
import { openBackendForTests } from './backend-for-tests.ts'
import { openConnection } from './sqlite-connection.ts'

describeJobStatesContract('SQLite', async () => {
  const backend = await openBackendForTests()
  const reading = openConnection(backend.file, { readOnly: true })
  const query = reading.prepare(
    `SELECT generation.id, status, epoch, worker_id AS workerId, lease_until AS leaseUntil, lost_attempts AS lostAttempts,
       cancel_requested_at AS cancelRequestedAt, ended_at AS endedAt
     FROM json_each(?) AS wanted JOIN generation ON generation.id = wanted.value ORDER BY wanted.key`,
  )
  return {
    ...backend,
    another: () => backend.another(),
    rows: async (ids) => query.all(JSON.stringify(ids)).map((row) => ({ ...row }) as unknown as JobRow),
    async close() {
      reading.close()
      await backend.close()
    },
  }
})
