import { Play } from 'lucide-react'
import { Button } from '../ui/button.tsx'
import { words } from '../words/words.ts'

export interface HeldBarProps {
  /** The model is still at it. */
  running: boolean
  /** Nothing is held back on this page, only elsewhere. */
  whole: boolean
  /** It was held from here: whoever pressed the one button has the other under their fingers. */
  focused: boolean
  onResume: () => void
}

/** Stands where the text is held, and lets it go. */
export function HeldBar({ running, whole, focused, onResume }: HeldBarProps) {
  const { pause } = words
  const where = whole ? pause.heldElsewhere : running ? pause.heldWhileRunning : pause.heldAfterEnd
  return (
    <div
      data-testid="held"
      className="mt-4 flex flex-wrap items-center gap-x-3 gap-y-2 border-t border-dashed border-line-strong pt-3"
    >
      <Button
        look="primary"
        data-testid="resume"
        title={pause.resumeHint}
        aria-keyshortcuts="Alt+P"
        ref={focused ? focusOnArrival : undefined}
        onClick={onResume}
      >
        <Play className="size-3.5 fill-current" />
        {pause.resume}
      </Button>
      <p className="min-w-0 flex-1 basis-56 text-voice text-pretty text-ink-soft">{where}</p>
    </div>
  )
}

function focusOnArrival(button: HTMLButtonElement | null): void {
  button?.focus({ preventScroll: true })
}
