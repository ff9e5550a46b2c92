import { useRef } from 'react'
import type { ComponentProps } from 'react'
import { CopyButton } from './copy-button.tsx'
import { markdownWords } from '../words/markdown-words.ts'
import { useListing } from './use-listing.ts'

export interface CodeBlockProps extends ComponentProps<'pre'> {
  'data-language'?: string | undefined
  /** The code is still being written. */
  'data-open'?: boolean | undefined
}

/** Its header is there from the first token on, so that nothing moves when the code follows. */
export function CodeBlock({ 'data-language': language = '', 'data-open': open = false, children }: CodeBlockProps) {
  const code = typeof children === 'string' ? children : ''
  const host = useRef<HTMLElement>(null)
  useListing(host, { language, code, open })
  return (
    <figure className="md-code" data-open={open || undefined}>
      <figcaption className="md-code-head">
        <span>{language || 'text'}</span>
        <CopyButton text={() => code} />
      </figcaption>
      <pre role="group" aria-label={language ? markdownWords.codeIn(language) : markdownWords.code} tabIndex={0}>
        <code ref={host} />
      </pre>
    </figure>
  )
}
