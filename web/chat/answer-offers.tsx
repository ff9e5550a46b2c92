import { ChevronDown, RotateCcw } from 'lucide-react'
import { useState } from 'react'
import type { MessageView } from '#protocol/api/messages.ts'
import { plainText, type Answer } from '#protocol/messages.ts'
import type { GenerationError } from '#protocol/provider-error.ts'
import { unlisted } from '../models/group-models.ts'
import { ModelChooser } from '../models/model-chooser.tsx'
import { useModel } from '../models/use-model.ts'
import { useApp } from '../store/use-app.ts'
import { Button } from '../ui/button.tsx'
import { words } from '../words/words.ts'
import { useAsk } from './use-ask.ts'
import { useRetry } from './use-retry.ts'

export interface AnswerOffersProps {
  message: MessageView
  answer: Answer
  /** Nothing stands below this answer. */
  last: boolean
}

/** What a person can do about an answer that waits or has failed. Stop stands in the composer, as always. */
export function AnswerOffers(props: AnswerOffersProps) {
  const [choosing, setChoosing] = useState(false)
  const { status } = props.answer
  // Whoever is choosing goes on choosing, also when the wait is over meanwhile.
  if (status !== 'failed' && status !== 'waiting' && !choosing) return null
  return <Offers {...props} onChoosing={setChoosing} />
}

interface OffersProps extends AnswerOffersProps {
  onChoosing: (choosing: boolean) => void
}

function Offers({ message, answer, last, onChoosing }: OffersProps) {
  const { model } = useModel()
  const { retry, switchModel, retrying } = useRetry(message)
  const failed = answer.status === 'failed'
  return (
    <fieldset aria-label={words.answer.recovery} className="flex flex-wrap gap-2 pt-2">
      {failed && (
        <Button
          look="outline"
          data-testid="retry"
          title={model && words.answer.retryWith(model.name)}
          aria-disabled={retrying}
          onClick={retry}
        >
          <RotateCcw className="size-3.5" />
          {words.answer.retry}
        </Button>
      )}
      <ModelChooser
        button={
          <Button
            look="outline"
            data-testid="switch-model"
            title={failed ? words.answer.retryOtherHint : words.answer.switchModelHint}
            aria-haspopup="listbox"
            aria-disabled={retrying}
          >
            {failed ? words.answer.retryOther : words.answer.switchModel}
            <ChevronDown className="size-3.5 text-ink-faint" />
          </Button>
        }
        model={message.generation ? unlisted(message.generation.model) : undefined}
        onChoose={switchModel}
        onOpenChange={onChoosing}
      />
      {failed && last && canContinue(answer) && <Continue message={message} />}
    </fieldset>
  )
}

function Continue({ message }: { message: MessageView }) {
  const ask = useAsk(useApp())
  const onClick = () =>
    ask({ conversationId: message.conversationId, parentId: message.id, text: words.answer.continueQuestion })
  return (
    <Button look="outline" data-testid="continue" title={words.answer.continueHint} onClick={onClick}>
      {words.answer.continue}
    </Button>
  )
}

const BROKEN_OFF = new Set<GenerationError['kind']>([
  'worker-lost',
  'incomplete',
  'network',
  'timeout',
  'server',
  'overloaded',
])

/** Where an answer broke off through no fault of its request, and there is something to go on from. */
function canContinue({ error, parts }: Answer): boolean {
  return error !== undefined && BROKEN_OFF.has(error.kind) && plainText(parts) !== ''
}
