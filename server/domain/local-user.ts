/** The one user of an installation without accounts. */
export const LOCAL_USER_ID = 'local'
