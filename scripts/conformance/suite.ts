/** What became of a published suite. */
export interface SuiteResult {
  readonly passed: number
  /** Tests that want something else than we do, for a reason that stands in the suite's file. */
  readonly onPurpose: number
  /** A line for each test that failed: its name, what was wanted, what came. */
  readonly failed: readonly string[]
}

/** A published suite: where its files lie below the folder of vectors, and how it is run. */
export interface Suite {
  readonly name: string
  /** The folder below `MERPATI_VECTORS`. */
  readonly folder: string
  readonly run: (folder: string) => Promise<SuiteResult>
}

/** Compares what came with what was wanted, test by test. */
export class Tally {
  #passed = 0
  #onPurpose = 0
  readonly #failed: string[] = []

  /** Counts a test. `wrong` is null when it passed, else what is the matter. */
  count(name: string, wrong: string | null): void {
    if (wrong === null) this.#passed += 1
    else this.#failed.push(`${name}: ${wrong}`)
  }

  /** Counts a test that wants something else than we do. */
  differ(): void {
    this.#onPurpose += 1
  }

  result(): SuiteResult {
    return { passed: this.#passed, onPurpose: this.#onPurpose, failed: this.#failed }
  }
}
