import { ChevronRight } from 'lucide-react'
import { useId, useState } from 'react'
import { classes } from '../ui/classes.ts'
import { words } from '../words/words.ts'
import type { Thinking } from './thinking-time.ts'

/**
 * What the model thought. While it thinks the newest lines show in a small window; afterwards the panel is closed unless
 * the reader opened it. A closed panel is not in the document.
 */
export function ThinkingPanel({ thinking }: { thinking: Thinking }) {
  const [chosen, setChosen] = useState<boolean>()
  const panelId = useId()
  const open = chosen ?? thinking.open
  return (
    <div data-testid="thinking" className="mb-3 text-ui text-ink-soft">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={panelId}
        onClick={() => setChosen(!open)}
        className="-ml-1 inline-flex h-8 items-center gap-1 rounded-md pr-2 text-ink-faint transition-colors duration-100 hover:text-ink pointer-coarse:h-11"
      >
        <ChevronRight className={classes('size-4 transition-transform duration-100', open && 'rotate-90')} />
        <span className="tabular">{headline(thinking)}</span>
      </button>
      {open && (
        <div id={panelId} className="mt-1 border-l border-line pl-4">
          {chosen === undefined ? (
            // The window shows the end of the text: it is anchored below and runs out at the top.
            <div className="thinking-window flex max-h-36 flex-col justify-end overflow-hidden">
              <p className="leading-6 break-words whitespace-pre-wrap">{thinking.text}</p>
            </div>
          ) : (
            <p className="leading-6 break-words whitespace-pre-wrap">{thinking.text}</p>
          )}
        </div>
      )}
    </div>
  )
}

function headline({ open, ms }: Thinking): string {
  if (open) return words.thinking.now
  return ms === undefined ? words.thinking.doneUntimed : words.thinking.done(ms)
}
