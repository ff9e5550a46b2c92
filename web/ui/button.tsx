import type { ComponentProps } from 'react'
import { classes } from './classes.ts'

const LOOKS = {
  primary: 'bg-accent text-on-accent hover:brightness-110 disabled:bg-line disabled:text-ink-faint',
  outline: 'border border-line bg-raised text-ink hover:border-line-strong',
  quiet: 'text-ink-soft hover:bg-tint hover:text-ink',
  danger: 'text-danger hover:bg-tint',
} as const

export interface ButtonProps extends ComponentProps<'button'> {
  look?: keyof typeof LOOKS
}

export function Button({ look = 'quiet', className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={classes(
        'inline-flex h-8 shrink-0 items-center justify-center gap-1.5 rounded-md px-3 text-ui font-medium',
        'transition-colors duration-100 aria-disabled:opacity-40 pointer-coarse:h-11',
        LOOKS[look],
        className,
      )}
      {...rest}
    />
  )
}
