import { words } from '../words/words.ts'

/** Marks the demonstration wherever its name stands. */
export function Simulated() {
  return (
    <span className="shrink-0 rounded-sm border border-line px-1.5 text-voice text-ink-faint">
      {words.models.simulated}
    </span>
  )
}
