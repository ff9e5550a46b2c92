import { Link } from '@tanstack/react-router'
import { Button } from '../ui/button.tsx'
import { useRestore } from '../conversations/use-restore.ts'
import { words } from '../words/words.ts'

/** Stands in the place of a conversation that was deleted elsewhere while it was open here. */
export function DeletedNotice({ conversationId, onRestored }: { conversationId: string; onRestored: () => void }) {
  const restore = useRestore()
  const onClick = async () => {
    if (await restore(conversationId)) onRestored()
  }
  return (
    <div
      role="alert"
      data-testid="deleted-notice"
      className="mx-auto min-h-0 w-full max-w-column flex-1 px-6 pt-10 sm:px-4"
    >
      <h1 className="text-title font-semibold tracking-[-0.012em]">{words.thread.deleted}</h1>
      <p className="pt-2 pb-5 text-body text-ink-soft">{words.thread.deletedHint}</p>
      <div className="flex items-center gap-4">
        <Button look="outline" onClick={() => void onClick()}>
          {words.nav.restore}
        </Button>
        <Link
          to="/"
          className="inline-flex items-center text-ui font-medium text-accent hover:underline pointer-coarse:h-11"
        >
          {words.nav.newChat}
        </Link>
      </div>
    </div>
  )
}
