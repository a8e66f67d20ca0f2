/** The scope of who runs this system: it reaches beyond one organization, so `*` does not hold it. docs/decision/010-operator-keys.md. */
export const OPERATOR = 'operator'
