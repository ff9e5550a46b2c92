import { ArrowUp, Brain, Square } from 'lucide-react'
import { useEffect } from 'react'
import { useStore } from 'zustand'
import { ModelPicker } from '../models/model-picker.tsx'
import { useApp } from '../store/use-app.ts'
import { classes } from '../ui/classes.ts'
import { words } from '../words/words.ts'
import { AsideDraft } from './aside-draft.tsx'
import { useComposer } from './use-composer.ts'

export interface ComposerProps {
  draftKey: string
  /** Stands in the empty field. */
  placeholder: string
  onSend: (text: string) => void
  /** Present while an answer is being written: what is sent meanwhile waits its turn. */
  onStop: (() => void) | undefined
  onEditLast?: (() => void) | undefined
}

export function Composer({ draftKey, placeholder, onSend, onStop, onEditLast }: ComposerProps) {
  const { field, text, canSend, change, submit, onKeyDown } = useComposer({ draftKey, onSend, onEditLast })
  useFocusOnArrival(field, draftKey)
  return (
    <form
      aria-label={words.composer.label}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
      className="composer rounded-lg border border-line-strong bg-raised transition-colors duration-100"
    >
      <AsideDraft draftKey={draftKey} />
      <textarea
        ref={field}
        data-composer
        data-testid="composer"
        value={text}
        rows={1}
        placeholder={placeholder}
        aria-label={words.composer.label}
        enterKeyHint="send"
        onChange={(event) => change(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        className="block max-h-[40dvh] w-full resize-none bg-transparent px-3 pt-3 sm:px-4 pb-1 pointer-coarse:pb-2 text-body leading-6 text-ink caret-accent outline-none placeholder:text-ink-faint"
      />
      <div className="flex items-center gap-1 p-2">
        <ModelPicker />
        <ThinkingToggle />
        <div className="ml-auto flex gap-2">
          {onStop && (
            <RoundButton
              label={words.composer.stopHint}
              testId="stop"
              look={canSend ? 'outline' : 'accent'}
              onClick={onStop}
            >
              <Square className="size-3 fill-current" />
            </RoundButton>
          )}
          {(canSend || !onStop) && (
            <RoundButton
              label={onStop ? words.composer.queue : words.composer.send}
              testId="send"
              disabled={!canSend}
              onClick={submit}
            >
              <ArrowUp className="size-4" strokeWidth={2.25} />
            </RoundButton>
          )}
        </div>
      </div>
    </form>
  )
}

function ThinkingToggle() {
  const { preferences } = useApp()
  const thinking = useStore(preferences, (state) => state.thinking)
  return (
    <button
      type="button"
      aria-pressed={thinking}
      title={thinking ? words.composer.thinkingOn : words.composer.thinkingOff}
      onClick={() => preferences.setState({ thinking: !thinking })}
      className={classes(
        'inline-flex h-8 items-center gap-1.5 rounded-md px-2 text-ui transition-colors duration-100 pointer-coarse:h-11',
        thinking ? 'bg-accent-wash text-accent' : 'text-ink-faint hover:bg-tint hover:text-ink',
      )}
    >
      <Brain className="size-3.5" />
      {words.composer.thinking}
    </button>
  )
}

interface RoundButtonProps {
  label: string
  testId: string
  look?: 'accent' | 'outline'
  disabled?: boolean
  onClick: () => void
  children: React.ReactNode
}

function RoundButton({ label, testId, look = 'accent', disabled = false, onClick, children }: RoundButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      data-testid={testId}
      disabled={disabled}
      onClick={onClick}
      className={classes(
        'flex size-8 items-center justify-center rounded-full transition-colors duration-100 pointer-coarse:size-11',
        look === 'accent'
          ? 'bg-accent text-on-accent disabled:bg-line disabled:text-ink-faint'
          : 'border border-line-strong text-ink-soft hover:border-ink-faint hover:text-ink',
      )}
    >
      {children}
    </button>
  )
}

/** A keyboard is at hand on a desktop: one can type at once. On touch it would cover half the page. */
function useFocusOnArrival(field: React.RefObject<HTMLTextAreaElement | null>, draftKey: string): void {
  useEffect(() => {
    if (window.matchMedia?.('(pointer: fine)').matches) field.current?.focus({ preventScroll: true })
  }, [field, draftKey])
}
