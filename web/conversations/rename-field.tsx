import { useEffect, useRef } from 'react'
import { isComposing } from '../ui/is-composing.ts'
import { words } from '../words/words.ts'

export interface RenameFieldProps {
  title: string
  /** Called once: with the new name, or with nothing when it was given up. */
  onDone: (name?: string) => void
}

export function RenameField({ title, onDone }: RenameFieldProps) {
  const field = useRef<HTMLInputElement>(null)
  const done = useRef(false)
  const finish = (name?: string) => {
    if (done.current) return
    done.current = true
    onDone(name)
  }
  useEffect(() => {
    // The menu gives focus back to its button as it closes; the field takes it after that.
    const frame = requestAnimationFrame(() => field.current?.select())
    return () => cancelAnimationFrame(frame)
  }, [])
  return (
    <input
      ref={field}
      defaultValue={title}
      maxLength={200}
      aria-label={words.nav.renameLabel}
      onBlur={(event) => finish(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (isComposing(event)) return
        if (event.key === 'Enter') finish(event.currentTarget.value)
        if (event.key === 'Escape') finish()
      }}
      className="h-8 w-full rounded-md bg-raised px-2.5 text-ui text-ink ring-1 ring-accent outline-none pointer-coarse:h-11 pointer-coarse:text-body"
    />
  )
}
