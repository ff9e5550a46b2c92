import type { ComponentProps } from 'react'
import { classes } from './classes.ts'

export interface IconButtonProps extends ComponentProps<'button'> {
  /** Said by screen readers and shown on hover. */
  label: string
}

/** A button that is only an icon: 32 px, 44 px for fingers. */
export function IconButton({ label, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={classes(
        'inline-flex size-8 shrink-0 items-center justify-center rounded-md text-ink-faint transition-colors duration-100',
        'hover:bg-tint hover:text-ink disabled:pointer-events-none disabled:opacity-40 aria-disabled:opacity-40 pointer-coarse:size-11',
        className,
      )}
      {...rest}
    />
  )
}
