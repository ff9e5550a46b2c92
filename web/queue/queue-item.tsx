import { GripVertical, Pencil, X } from 'lucide-react'
import type { ComponentProps } from 'react'
import { useStore } from 'zustand'
import type { QueuedTurnView } from '#protocol/api/messages.ts'
import { plainText } from '#protocol/messages.ts'
import { useModel } from '../models/use-model.ts'
import { useApp } from '../store/use-app.ts'
import { classes } from '../ui/classes.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { words } from '../words/words.ts'
import { FoldedText } from './folded-text.tsx'
import { QueueItemMenu } from './queue-item-menu.tsx'
import { turnEdit, turnEditsIn } from './turn-edit.ts'
import { TurnEditor } from './turn-editor.tsx'
import type { QueueActions } from './use-queue-actions.ts'

export interface QueueItemProps {
  turn: QueuedTurnView
  place: number
  of: number
  dragged: boolean
  /** It waits for an answer that is not on the path that is shown. */
  elsewhere: boolean
  actions: QueueActions
  handle: ComponentProps<'button'>
  onMove: (by: 1 | -1) => void
}

export function QueueItem({ turn, place, of, dragged, elsewhere, actions, handle, onMove }: QueueItemProps) {
  const { edits } = useApp()
  const edit = useStore(edits.store, (drafts) => editNameOf(turn, drafts))
  const text = plainText(turn.parts)
  const note = useNote(turn, elsewhere)
  if (edit !== undefined)
    return (
      <li data-turn-id={turn.id} data-testid="queued-turn">
        <TurnEditor turn={turn} name={edit} actions={actions} />
      </li>
    )
  const startEdit = () => edits.set(turnEdit(turn), text)
  const withdraw = () => void actions.withdraw([turn])
  return (
    <li
      data-turn-id={turn.id}
      data-testid="queued-turn"
      className={classes('group/turn flex items-start gap-0.5 rounded-md', dragged && 'bg-raised shadow-float')}
    >
      {of > 1 ? (
        <IconButton
          {...handle}
          label={words.queue.drag(text.slice(0, 60), place, of)}
          title={undefined}
          data-testid="drag"
          className={classes('touch-none', dragged ? 'cursor-grabbing' : 'cursor-grab')}
        >
          <GripVertical className="size-3.5" />
        </IconButton>
      ) : (
        <span className="w-1.5 shrink-0 sm:w-2.5" />
      )}
      <div className="min-w-0 flex-1 py-1.5 text-ui text-ink pointer-coarse:py-3">
        <FoldedText text={text} />
        {note !== '' && <p className="truncate pt-0.5 text-voice text-ink-faint">{note}</p>}
      </div>
      <IconButton
        label={words.queue.edit}
        data-testid="edit-turn"
        className="pointer-coarse:hidden"
        onClick={startEdit}
      >
        <Pencil className="size-3.5" />
      </IconButton>
      <IconButton
        label={words.queue.withdraw}
        data-testid="withdraw"
        className="pointer-coarse:hidden"
        onClick={withdraw}
      >
        <X className="size-4" />
      </IconButton>
      <QueueItemMenu text={text} place={place} of={of} onMove={onMove} onEdit={startEdit} onWithdraw={withdraw} />
    </li>
  )
}

function editNameOf(turn: QueuedTurnView, drafts: Readonly<Record<string, string>>): string | undefined {
  return turnEditsIn(drafts, turn.conversationId).find(({ turnId }) => turnId === turn.id)?.name
}

/** What is not as one would expect: another model than the chosen one, another version of the conversation. */
function useNote({ models }: QueuedTurnView, elsewhere: boolean): string {
  const { list, model } = useModel()
  const names = models.map((id) => list?.models.find((each) => each.id === id)?.name ?? id)
  const other = models.length > 1 || models[0] !== model?.id
  return [other ? names.join(', ') : '', elsewhere ? words.queue.elsewhere : ''].filter(Boolean).join(' · ')
}
