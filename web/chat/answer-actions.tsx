import { Check, Copy, Pause, RotateCcw } from 'lucide-react'
import type { MessageView } from '#protocol/api/messages.ts'
import { useModel } from '../models/use-model.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { useCopy } from '../ui/use-copy.ts'
import { words } from '../words/words.ts'
import { useRetry } from './use-retry.ts'
import { Versions } from './versions.tsx'

export interface AnswerActionsProps {
  message: MessageView
  versions: readonly string[]
  /** The exact Markdown of the answer. */
  text: string
  /** The answer is whole, or was stopped: it can be asked for again. A failed one says so in words. */
  ended: boolean
  /** Present while there is something to hold. */
  onPause: (() => void) | undefined
}

export function AnswerActions({ message, versions, text, ended, onPause }: AnswerActionsProps) {
  const { copied, copy } = useCopy()
  const { model } = useModel()
  const { retry, retrying } = useRetry(message)
  return (
    <div className="-mr-2 flex items-center max-sm:-ml-2.5 sm:ml-auto">
      {versions.length > 1 && <Versions message={message} versions={versions} />}
      {text !== '' && (
        <IconButton
          label={copied ? words.answer.copied : words.answer.copy}
          data-testid="copy"
          onClick={() => copy(text)}
        >
          {copied ? <Check className="size-3.5 text-accent" /> : <Copy className="size-3.5" />}
        </IconButton>
      )}
      {onPause && (
        <IconButton
          label={words.pause.pause}
          title={words.pause.pauseHint}
          aria-keyshortcuts="Alt+P"
          data-testid="pause"
          // The text above grows: what a mouse has pressed may lie elsewhere before it lets go, and then would be no click.
          onPointerDown={({ pointerType, button }) => {
            if (pointerType === 'mouse' && button === 0) onPause()
          }}
          onClick={onPause}
        >
          <Pause className="size-3.5" />
        </IconButton>
      )}
      {ended && (
        <IconButton
          label={model ? words.answer.retryWith(model.name) : words.answer.retry}
          data-testid="retry"
          aria-disabled={retrying}
          onClick={retry}
        >
          <RotateCcw className="size-3.5" />
        </IconButton>
      )}
    </div>
  )
}
