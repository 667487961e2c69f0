// Read before everything else in each process and thread of a test run: TypeScript that was stripped once is not
// stripped again in each thread that a service starts, which takes longer than all else that a thread begins with.
const { join } = process.getBuiltinModule('node:path');
process.getBuiltinModule('node:module').enableCompileCache(join(__dirname, '../../.cache/test-node'));
