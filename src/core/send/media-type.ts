const TYPES: ReadonlyMap<string, string> = new Map([
  ['pdf', 'application/pdf'], ['txt', 'text/plain'], ['csv', 'text/csv'], ['html', 'text/html'], ['ics', 'text/calendar'],
  ['png', 'image/png'], ['jpg', 'image/jpeg'], ['jpeg', 'image/jpeg'], ['gif', 'image/gif'], ['webp', 'image/webp'], ['svg', 'image/svg+xml'],
  ['zip', 'application/zip'], ['json', 'application/json'], ['xml', 'application/xml'],
  ['docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
])

/** What nothing is said of. */
export const UNKNOWN_TYPE = 'application/octet-stream'

/** What a file is, by the end of its name: what programs attach most. `UNKNOWN_TYPE` for all others. */
export function mediaTypeOf(filename: string): string {
  return TYPES.get(filename.slice(filename.lastIndexOf('.') + 1).toLowerCase()) ?? UNKNOWN_TYPE
}
