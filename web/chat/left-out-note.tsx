import { words } from '../words/words.ts'

/** Says which of the wishes that came with a question did not reach the model. */
export function LeftOutNote({ parameters }: { parameters: readonly string[] | undefined }) {
  if (!parameters?.length) return null
  const names = parameters.map((parameter) => words.parameterNames[parameter] ?? parameter)
  return (
    <p data-testid="left-out" className="pt-3 text-voice text-pretty text-ink-faint">
      {words.answer.leftOut(names.join(', '))}
    </p>
  )
}
