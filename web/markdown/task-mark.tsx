import type { ComponentProps } from 'react'
import { markdownWords } from '../words/markdown-words.ts'

/** The box of a task list says its state; it is no control. */
export function TaskMark({ checked }: ComponentProps<'input'>) {
  return (
    <span
      className="md-task"
      role="img"
      aria-label={checked ? markdownWords.done : markdownWords.notDone}
      data-done={checked || undefined}
    />
  )
}
