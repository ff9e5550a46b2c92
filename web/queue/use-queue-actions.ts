import { useQueryClient } from '@tanstack/react-query'
import { ClientError } from '#client/client-error.ts'
import type { QueuedTurnView } from '#protocol/api/messages.ts'
import { plainText } from '#protocol/messages.ts'
import { partsOf } from '../store/outbox-item.ts'
import { useApp } from '../store/use-app.ts'
import { notify, offerUndo } from '../ui/toast-store.ts'
import { words } from '../words/words.ts'
import { inOrder, patchQueue } from './queue-query.ts'
import { turnEdit, type TurnEdit } from './turn-edit.ts'
import { useRequeue } from './use-requeue.ts'

export interface QueueActions {
  reorder: (order: readonly string[]) => void
  /** Takes turns back at once; undo puts them at the end again. */
  withdraw: (turns: readonly QueuedTurnView[]) => Promise<void>
  sendNext: () => Promise<void>
  /** Saves an edit over the state of the turn that it names; keeps it when that is no longer so. */
  save: (edit: TurnEdit) => Promise<void>
}

/** What a person does with the turns that wait. Shown at once, and taken back when the server says no. */
export function useQueueActions(conversationId: string): QueueActions {
  const { cache, client, edits } = useApp()
  const queryClient = useQueryClient()
  const requeue = useRequeue(conversationId)
  const patch = (change: (items: QueuedTurnView[]) => QueuedTurnView[]) =>
    patchQueue(queryClient, conversationId, change)
  const settle = () => {
    cache.refresh(conversationId)
  }
  const sayWhy = (what: string, error: unknown) => {
    const why = error instanceof ClientError ? words.problem(error.code, error.message) : ''
    notify(`${what} ${why}`.trim())
    settle()
  }

  return {
    reorder(order) {
      patch((items) => inOrder(items, order))
      client.updateQueue(conversationId, { order: [...order] }).then(settle, (error: unknown) => {
        sayWhy(words.queue.moveFailed, error)
      })
    },

    async withdraw(turns) {
      const ids = new Set(turns.map(({ id }) => id))
      patch((items) => items.filter(({ id }) => !ids.has(id)))
      const results = await Promise.allSettled(turns.map(({ id }) => client.withdrawQueuedTurn(conversationId, id)))
      const withdrawn = turns.filter((_, index) => results[index]?.status === 'fulfilled')
      const failure = results.find((result) => result.status === 'rejected')
      if (failure) sayWhy(words.queue.withdrawFailed, failure.reason)
      else settle()
      if (withdrawn.length > 0) offerUndo(saidOf(withdrawn), () => requeue(withdrawn))
    },

    async sendNext() {
      try {
        await client.updateQueue(conversationId, { held: false })
        settle()
      } catch (error) {
        sayWhy(words.queue.sendFailed, error)
      }
    },

    async save({ name, turnId, revision, text, attachments = [] }) {
      try {
        const parts = partsOf(text, attachments)
        const turn = await client.editQueuedTurn(conversationId, turnId, { revision, parts })
        patch((items) => items.map((item) => (item.id === turnId ? turn : item)))
        // What was typed while it was being saved goes on being edited, from the state that was saved.
        const typed = edits.get(name)
        edits.forget(name)
        if (typed !== text && typed !== '') edits.set(turnEdit(turn), typed)
        settle()
      } catch (error) {
        // The editor itself shows what the others have made of it.
        if (error instanceof ClientError && error.code === 'turn-changed') settle()
        else sayWhy(words.queue.saveFailed, error)
      }
    },
  }
}

function saidOf(turns: readonly QueuedTurnView[]): string {
  const [only] = turns
  return turns.length === 1 && only
    ? words.queue.withdrawn(plainText(only.parts))
    : words.queue.withdrawnAll(turns.length)
}
