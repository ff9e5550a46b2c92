/** Selects what lies above the page and has the keyboard while it is there: dialogs, menus, lists to choose from. */
export const ABOVE_THE_PAGE = '[role=dialog], [role=menu], [role=listbox]'
