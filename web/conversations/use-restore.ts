import { useApp } from '../store/use-app.ts'
import { offerUndo } from '../ui/toast-store.ts'
import { words } from '../words/words.ts'

/** Undoes a deletion. Says so when that did not work, with another try; resolves with whether it did. */
export function useRestore(): (conversationId: string) => Promise<boolean> {
  const { cache, client } = useApp()
  return async function restore(id) {
    try {
      await client.updateConversation(id, { deleted: false })
    } catch {
      offerUndo(words.nav.restoreFailed, () => void restore(id), words.nav.tryAgain)
      return false
    }
    cache.refresh(id)
    return true
  }
}
