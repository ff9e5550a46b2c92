import { createContext, use } from 'react'
import type { App } from './app.ts'

const AppContext = createContext<App | undefined>(undefined)
export const AppProvider = AppContext.Provider

export function useApp(): App {
  const app = use(AppContext)
  if (!app) throw new Error('useApp needs an AppProvider above it')
  return app
}
