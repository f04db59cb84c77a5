// Package matrix runs every machine profile against every Windows: a guest of
// that Windows, with all controllers of the machine foreign to it, is repaired by
// the command as people call it, without and with driver packages at hand. Each
// cell has to end in one of two ways. Either the repair says that it is done, and
// package judge, which shares no code with the engine, agrees that this Windows
// reaches its boot volume through that controller. Or the repair refuses, the
// judge agrees that it does not boot, and the refusal names the driver package
// that has to be provided.
//
// The result is the support table of README.md. "make test" runs a sample of the
// cells and compares them with the table, "make campaign" all of them, and
// "make matrix" writes the table anew.
package matrix
