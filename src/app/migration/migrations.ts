import type { Migration } from '../../infra/db/migrate.ts'
import { migration0001 } from './sql-0001.ts'
import { migration0002 } from './sql-0002.ts'
import { migration0003 } from './sql-0003.ts'
import { migration0004 } from './sql-0004.ts'
import { migration0005 } from './sql-0005.ts'
import { migration0006 } from './sql-0006.ts'
import { migration0007 } from './sql-0007.ts'
import { migration0008 } from './sql-0008.ts'
import { migration0009 } from './sql-0009.ts'
import { migration0010 } from './sql-0010.ts'
import { migration0011 } from './sql-0011.ts'
import { migration0012 } from './sql-0012.ts'
import { migration0013 } from './sql-0013.ts'
import { migration0014 } from './sql-0014.ts'
import { migration0015 } from './sql-0015.ts'
import { migration0016 } from './sql-0016.ts'
import { migration0017 } from './sql-0017.ts'
import { migration0018 } from './sql-0018.ts'
import { migration0019 } from './sql-0019.ts'
import { migration0020 } from './sql-0020.ts'
import { migration0021 } from './sql-0021.ts'
import { migration0022 } from './sql-0022.ts'
import { migration0023 } from './sql-0023.ts'
import { migration0024 } from './sql-0024.ts'
import { migration0025 } from './sql-0025.ts'
import { migration0026 } from './sql-0026.ts'
import { migration0027 } from './sql-0027.ts'
import { migration0028 } from './sql-0028.ts'
import { migration0029 } from './sql-0029.ts'
import { migration0030 } from './sql-0030.ts'
import { migration0031 } from './sql-0031.ts'
import { migration0032 } from './sql-0032.ts'
import { migration0033 } from './sql-0033.ts'
import { migration0034 } from './sql-0034.ts'
import { migration0037 } from './sql-0037.ts'
import { migration0038 } from './sql-0038.ts'
import { migration0039 } from './sql-0039.ts'
import { migration0040 } from './sql-0040.ts'
import { migration0041 } from './sql-0041.ts'
import { migration0042 } from './sql-0042.ts'
import { migration0043 } from './sql-0043.ts'
import { migration0044 } from './sql-0044.ts'
import { migration0045 } from './sql-0045.ts'
import { migration0046 } from './sql-0046.ts'
import { migration0047 } from './sql-0047.ts'
import { migration0048 } from './sql-0048.ts'

/** Every step of the schema, oldest first. A released step never changes; the next one is added. */
export const migrations: readonly Migration[] = [
  migration0001, migration0002, migration0003, migration0004, migration0005, migration0006,
  migration0007, migration0008, migration0009, migration0010, migration0011, migration0012,
  migration0013, migration0014, migration0015, migration0016, migration0017, migration0018,
  migration0019, migration0020, migration0021, migration0022, migration0023, migration0024,
  migration0025, migration0026, migration0027, migration0028, migration0029, migration0030,
  migration0031, migration0032, migration0033, migration0034, migration0037, migration0038, migration0039, migration0040,
  migration0041, migration0042, migration0043, migration0044, migration0045, migration0046, migration0047, migration0048,
]
