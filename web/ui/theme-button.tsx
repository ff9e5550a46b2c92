import { Monitor, Moon, Sun } from 'lucide-react'
import { words } from '../words/words.ts'
import { IconButton } from './icon-button.tsx'
import { useTheme } from './use-theme.ts'

const ICONS = { system: Monitor, light: Sun, dark: Moon }

export function ThemeButton() {
  const { theme, next } = useTheme()
  const Icon = ICONS[theme]
  return (
    <IconButton label={words.theme.label(words.theme[theme])} onClick={next}>
      <Icon className="size-4" />
    </IconButton>
  )
}
