import { usePutInComposer } from '../chat/use-take-back.ts'
import { useApp } from '../store/use-app.ts'
import { Button } from '../ui/button.tsx'
import { words } from '../words/words.ts'
import type { TurnEdit } from './turn-edit.ts'

/** What was being typed into a turn that was sent or withdrawn meanwhile. It stays until its person has decided. */
export function OrphanedEdit({ edit, conversationId }: { edit: TurnEdit; conversationId: string }) {
  const { edits } = useApp()
  const putInComposer = usePutInComposer()
  const keep = () => {
    edits.forget(edit.name)
    putInComposer(conversationId, edit.text)
  }
  return (
    <div role="alert" data-testid="orphaned-edit" className="px-3 pt-2 pb-2 sm:px-4">
      <p className="text-voice text-caution">{words.queue.gone}</p>
      <p className="max-h-24 overflow-y-auto pt-1 text-ui break-words whitespace-pre-wrap">{edit.text}</p>
      <div className="flex justify-end gap-2 pt-1">
        <Button onClick={() => edits.forget(edit.name)}>{words.queue.discard}</Button>
        <Button look="outline" onClick={keep}>
          {words.queue.toComposer}
        </Button>
      </div>
    </div>
  )
}
