import { Link } from '@tanstack/react-router'
import { Button } from '../ui/button.tsx'
import { words } from '../words/words.ts'
import type { Thread } from './use-thread.ts'

export interface ThreadNoticeProps {
  status: Exclude<Thread['status'], 'ready' | 'deleted'>
  onRetry: () => void
}

/** Stands where the conversation would: while it loads, when it does not exist, when it could not be loaded. */
export function ThreadNotice({ status, onRetry }: ThreadNoticeProps) {
  return (
    <div className="mx-auto min-h-0 w-full max-w-column flex-1 px-6 pt-10 sm:px-4">
      {status === 'loading' && <p className="sr-only">{words.thread.loading}</p>}
      {status === 'missing' && (
        <>
          <h1 className="text-title font-semibold tracking-[-0.012em]">{words.thread.missing}</h1>
          <p className="pt-2 pb-5 text-body text-ink-soft">{words.thread.missingHint}</p>
          <Link
            to="/"
            className="inline-flex items-center text-ui font-medium text-accent hover:underline pointer-coarse:h-11"
          >
            {words.nav.newChat}
          </Link>
        </>
      )}
      {status === 'failed' && (
        <>
          <p className="pb-4 text-body text-ink-soft">{words.thread.loadFailed}</p>
          <Button look="outline" onClick={onRetry}>
            {words.nav.tryAgain}
          </Button>
        </>
      )}
    </div>
  )
}
