import { useEffect } from 'react'
import { useStore } from 'zustand'
import type { Theme } from '../store/preferences.ts'
import { useApp } from '../store/use-app.ts'

const NEXT: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' }

/** The chosen appearance, put on the root element, and how to step to the next choice. */
export function useTheme(): { theme: Theme; next: () => void } {
  const { preferences } = useApp()
  const theme = useStore(preferences, (state) => state.theme)
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
  }, [theme])
  return { theme, next: () => preferences.setState({ theme: NEXT[theme] }) }
}
