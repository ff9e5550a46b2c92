import { Fragment, memo, useRef } from 'react'
import type { ReactNode } from 'react'
import { draw } from './draw.tsx'
import { drawItem, drawList, parseItem, parseLastItems } from './list-item.ts'
import type { ListItem } from './list-item.ts'
import { addCaret, repairTail } from './repair-tail.ts'

export interface ListBlockProps {
  /** The items that nothing can change any more. */
  items: readonly string[]
  /** The rest of the list. */
  lastItem: string
  writing?: boolean | undefined
  /** Drawn instead when the items are not what they seemed. */
  otherwise: () => ReactNode
}

/** A list that grows: its finished items are parsed and drawn once. */
export function ListBlock({ items, lastItem, writing = false, otherwise }: ListBlockProps): ReactNode {
  const finished = useParsedItems(items)
  const last = parseLastItems(writing ? repairTail(withoutHalfItem(lastItem)) : lastItem)
  if (!finished || !last) return otherwise()
  const all = [...finished, ...last.items]
  const loose = all.some((item) => item.loose)
  const { tagName, properties } = drawList(all)
  const List = tagName as 'ol' | 'ul'
  const rest = writing && last.rest.length > 0 ? addCaret(last.rest) : last.rest
  const caretAt = writing && rest.length === 0 ? all.length - 1 : -1
  return (
    <>
      <List start={properties.start as number | undefined} className={properties.className?.toString()}>
        {all.map((item, index) => (
          <Item key={index} item={item} loose={loose} writing={index === caretAt} />
        ))}
      </List>
      {rest.map((element, index) => (
        <Fragment key={index}>{draw(element)}</Fragment>
      ))}
    </>
  )
}

const Item = memo(function Item({ item, loose, writing }: { item: ListItem; loose: boolean; writing: boolean }) {
  const element = drawItem(item, loose)
  if (writing) addCaret([element])
  return draw(element)
})

/** `undefined` when one of the texts is no item. */
function useParsedItems(items: readonly string[]): ListItem[] | undefined {
  const known = useRef<{ text: string; item: ListItem }[]>([])
  for (const [index, text] of items.entries()) {
    if (known.current[index]?.text === text) continue
    const item = parseItem(text)
    if (!item) return undefined
    known.current[index] = { text, item }
  }
  return known.current.slice(0, items.length).map(({ item }) => item)
}

/** The marker of the next item comes in pieces, which would be a paragraph or a heading for a moment. */
function withoutHalfItem(text: string): string {
  return text.replace(/[\r\n][ \t]*(?:[-+*]|\d{1,9}[.)]?)[ \t]*$/, '\n')
}
