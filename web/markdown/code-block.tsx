import { memo, useRef } from 'react'
import type { ComponentProps } from 'react'
import { chunkLines } from './chunk-lines.ts'
import type { LineChunks } from './chunk-lines.ts'
import { CopyButton } from './copy-button.tsx'
import { markdownWords } from './markdown-words.ts'
import { useHighlight } from './use-highlight.ts'

export interface CodeBlockProps extends ComponentProps<'pre'> {
  'data-language'?: string | undefined
  /** The code is still being written. */
  'data-open'?: boolean | undefined
}

/** Its header is there from the first token on, so that nothing moves when the code follows. */
export function CodeBlock({ 'data-language': language = '', 'data-open': open = false, children }: CodeBlockProps) {
  const code = typeof children === 'string' ? children : ''
  const element = useRef<HTMLElement>(null)
  const last = useRef<LineChunks>(undefined)
  const { chunks } = (last.current = chunkLines(code, last.current))
  useHighlight(element, { language, code, chunks, open })
  return (
    <figure className="md-code" data-open={open || undefined}>
      <figcaption className="md-code-head">
        <span>{language || 'text'}</span>
        <CopyButton text={() => code} />
      </figcaption>
      <pre role="group" aria-label={language ? markdownWords.codeIn(language) : markdownWords.code} tabIndex={0}>
        <code ref={element}>
          {chunks.map((chunk, index) => (
            <CodeLines key={index} text={chunk} />
          ))}
        </code>
      </pre>
    </figure>
  )
}

/** The text is drawn here, its colours are painted over it by `useHighlight`; new text starts without them. */
const CodeLines = memo(function CodeLines({ text }: { text: string }) {
  return <span className="md-code-lines">{text}</span>
})
