// Runs before the first paint, so that a chosen appearance does not flash. The page keeps it up to date from then on.
try {
  const { theme } = JSON.parse(localStorage.getItem('millrace.preferences') ?? '{}')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Without a readable preference the system decides.
}
