import type { Store } from '#server/ports/store.ts'
import type { SqlContext } from '../sql-context.ts'
import type { TransactionsOf } from '../transactions-of.ts'
import { createCatalogueStore } from './catalogue.ts'
import { createConversationStore } from './conversations.ts'
import { createFileStore } from './files.ts'
import { createGenerationStore } from './generations.ts'
import { createMessageStore } from './messages.ts'
import { createQueueStore } from './queue.ts'
import { createTurnStore } from './turns.ts'
import { createUserKeyStore } from './user-keys.ts'

/** The whole store port, one transaction a call. */
export function createStoreTransactions(context: SqlContext): TransactionsOf<Store> {
  return {
    ...createConversationStore(context),
    ...createMessageStore(context),
    ...createTurnStore(context),
    ...createQueueStore(context),
    ...createGenerationStore(context),
    ...createCatalogueStore(context),
    ...createFileStore(context),
    ...createUserKeyStore(context),
  }
}
