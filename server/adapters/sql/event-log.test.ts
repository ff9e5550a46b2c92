import { describeEventLogFollowContract } from '#server/ports/event-log-follow.contract.ts'
import { describeEventLogReadContract } from '#server/ports/event-log-read.contract.ts'
import { describeEventLogContract, type EventLogSubject } from '#server/ports/event-log.contract.ts'
import { openBackendForTests } from './backend-for-tests.ts'

async function openSubject(): Promise<EventLogSubject> {
  const backend = await openBackendForTests()
  return { ...backend, another: async () => (await backend.another()).log }
}

describeEventLogContract('SQLite', openSubject)
describeEventLogReadContract('SQLite', openSubject)
describeEventLogFollowContract('SQLite', openSubject)
