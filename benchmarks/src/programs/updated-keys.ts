/** Rows of the table whose updates are measured. */
export const updatedKeys = 200_000
