import { memo } from 'react'
import { Block } from './block.tsx'
import { useBlocks } from './use-blocks.ts'
import type { BlockGroup, Blocks } from './use-blocks.ts'
import './markdown.css'

export interface MarkdownProps {
  /** The whole text so far. While it streams each text should continue the last one; another is drawn anew. */
  text: string
  streaming: boolean
}

/** Markdown that a model writes: drawn block by block as it comes, harmless whatever it says. */
export const Markdown = memo(function Markdown({ text, streaming }: MarkdownProps) {
  const { groups, elements } = useBlocks(text, streaming)
  return (
    <div className="md">
      {groups.map((group) => (
        <Group key={group.first} group={group} elements={elements} />
      ))}
    </div>
  )
})

/**
 * One list, in which the last block keeps its place, and so its elements on the page, when it settles. It has an element
 * of its own so that the browser, too, lays out and paints few siblings at an update and not hundreds.
 */
const Group = memo(function Group({ group: { first, blocks, tail }, elements }: GroupProps) {
  const drawn = blocks.map(({ text, list }, index) => (
    <Block key={index} text={text} list={list} elements={elements?.[first + index]} />
  ))
  if (tail) drawn.push(<Block key={blocks.length} {...tail} writing />)
  return <div className="md-group">{drawn}</div>
})

interface GroupProps {
  group: BlockGroup
  elements: Blocks['elements']
}
