import { useStore } from 'zustand'
import { useApp } from '../store/use-app.ts'
import { Button } from '../ui/button.tsx'
import { words } from '../words/words.ts'

/** Two tabs typed different drafts at the same time: the one that is not shown is offered until somebody decides. */
export function AsideDraft({ draftKey }: { draftKey: string }) {
  const { drafts } = useApp()
  const theirs = useStore(drafts.aside, (texts) => texts[draftKey])
  if (theirs === undefined) return null
  return (
    <div className="flex flex-wrap items-center gap-x-1 border-b border-line py-1 pr-1 pl-3 text-voice text-ink-soft sm:pl-4">
      <p className="min-w-0 flex-1 basis-60 py-1" title={theirs}>
        {words.composer.aside}
      </p>
      <div className="ml-auto flex">
        <Button onClick={() => drafts.swap(draftKey)}>{words.composer.swap}</Button>
        <Button onClick={() => drafts.dropAside(draftKey)}>{words.composer.dropAside}</Button>
      </div>
    </div>
  )
}
