import type { ElementContent } from 'hast'
import { useId, useMemo, useState } from 'react'
import { parseDocument } from './parse-markdown.ts'
import { createBlockSplitter } from './split-blocks.ts'
import type { BlockSplit, SettledBlock, Tail } from './split-blocks.ts'

/** Blocks per group: React compares the few groups and the blocks of the last one, however long the answer is. */
const GROUP_SIZE = 24

export interface BlockGroup {
  /** The index of its first block in the document. */
  first: number
  blocks: readonly SettledBlock[]
  /** The block that is still being written stands after the last one. */
  tail?: Tail
}

export interface Blocks {
  /** A group keeps its identity while nothing in it changes. */
  groups: readonly BlockGroup[]
  /** Per block, what it shows where only the whole document tells: set once the text has come to its end. */
  elements: readonly (ElementContent[] | undefined)[] | undefined
}

/** The blocks of a text that grows; while it does, an update costs its last block. */
export function useBlocks(text: string, streaming: boolean): Blocks {
  const [grouper] = useState(createGrouper)
  const idPrefix = useId()
  const { groups, split } = grouper(text, streaming)
  const whole = !streaming && split.mayDefine ? text : undefined
  const elements = useMemo(() => {
    if (whole === undefined) return undefined
    const blocks = split.settled.map((block) => block.text)
    return parseDocument(blocks, idPrefix)
  }, [whole, split.settled, idPrefix])
  return { groups, elements }
}

function createGrouper() {
  const splitter = createBlockSplitter()
  let settled: readonly SettledBlock[] = []
  let full: BlockGroup[] = []

  return (text: string, streaming: boolean): { groups: BlockGroup[]; split: BlockSplit } => {
    const split = splitter.split(text, !streaming)
    if (split.settled !== settled) full = []
    settled = split.settled
    while ((full.length + 1) * GROUP_SIZE <= settled.length) {
      const first = full.length * GROUP_SIZE
      full = [...full, { first, blocks: settled.slice(first, first + GROUP_SIZE) }]
    }
    const first = full.length * GROUP_SIZE
    const last: BlockGroup = { first, blocks: settled.slice(first) }
    if (streaming) last.tail = split.tail
    return { groups: [...full, last], split }
  }
}
