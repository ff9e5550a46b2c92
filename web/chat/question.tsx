import { Pencil } from 'lucide-react'
import { useStore } from 'zustand'
import { plainText, type MessagePart } from '#protocol/messages.ts'
import type { PathEntry } from '../store/message-tree.ts'
import { useApp } from '../store/use-app.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { words } from '../words/words.ts'
import { QuestionEditor } from './question-editor.tsx'
import { QuestionExtras } from './question-extras.tsx'
import { QuestionText } from './question-text.tsx'
import { Versions } from './versions.tsx'

export function Question({ entry }: { entry: PathEntry }) {
  const { message, versions } = entry
  const { edits } = useApp()
  const editing = useStore(edits.store, (drafts) => message.id in drafts)
  const text = plainText(message.parts as MessagePart[])
  if (editing) return <QuestionEditor message={message} />
  return (
    <div className="pb-5">
      <QuestionText text={text}>
        <QuestionExtras parts={message.parts as MessagePart[]} />
        <div className="absolute top-2.5 left-full pl-1 opacity-0 transition-opacity duration-100 group-hover/question:opacity-100 focus-within:opacity-100 pointer-coarse:top-1 pointer-coarse:right-1 pointer-coarse:left-auto pointer-coarse:opacity-100">
          <IconButton
            label={words.question.edit}
            data-testid="edit-question"
            onClick={() => edits.set(message.id, text)}
          >
            <Pencil className="size-3.5" />
          </IconButton>
        </div>
      </QuestionText>
      {versions.length > 1 && (
        <div className="-ml-2 pt-1">
          <Versions message={message} versions={versions} />
        </div>
      )}
    </div>
  )
}
