// Package regfcheck finds every inconsistency of a registry hive and mends what
// can be mended without guessing.
//
// Check follows the hbins and their cells, then the keys with all that they
// refer to, then looks for cells that nothing refers to. Each inconsistency is
// a Finding: kind, place, expected, actual, key. What Windows itself leaves
// behind is marked as harmless. In the hives that Windows XP, 7, 8.1 and 10
// closed in order this was:
//
//   - allocated cells that nothing uses (Windows 10, after logs were replayed),
//   - fields for the longest name or data of a key that are too large after
//     something was removed, and too small in control sets that were copied,
//   - bytes behind the hbins, names behind NULs, a name of the root key,
//     counts of volatile subkeys.
//
// Everything else does not occur in them, and is damage.
//
// Repair uses only what the rest of the hive proves: sizes that make cells and
// hbins follow each other without a gap, the one root key, parents that list
// their keys, keys that name their parents, names that give hashes and order,
// uses that give reference counts. What refers to nothing is cut off. Then Check
// must be content. Not mended, since it would be a guess: two subkeys with one
// name, names that cannot be, keys of a lost list where there are more than the
// parent counted (some were deleted), a security descriptor of the root key that
// is lost, a file that is too short.
//
// The package parses the bytes by itself, because package regf stops at the
// first damage. It opens no file and writes nothing.
//
// Format: https://github.com/msuhanov/regf. Versions 1.3 to 1.6.
package regfcheck
