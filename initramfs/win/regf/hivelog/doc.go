// Package hivelog finds out whether a registry hive needs its transaction logs
// and lays over it, in memory, what Windows would take from them. Whoever reads
// or edits a hive without this reads or edits stale data: since Windows 8.1 up
// to an hour of changes is in the logs only.
//
// The rules are those of the public specification by Maxim Suhanov,
// https://github.com/msuhanov/regf, and were checked against what Windows 7 and
// Windows 10 made of dirty hives.
//
// # What Windows does
//
// A hive with a valid base block and equal sequence numbers is clean: logs do
// not count, whatever they hold. Any other hive needs its logs:
//
//   - DIRT (up to Windows 8; .LOG, or .LOG1 and .LOG2 since Vista): a bitmap of
//     512-byte sectors and the sectors. The log must be complete and have the
//     time stamp of the hive's base block, or of the first hbin if that is bad.
//     The first log goes first. Windows 8, and 7 since 2016, takes the second
//     one if it is the newer of the two and the first does not fit.
//   - HvLE (since 8.1): entries with two Marvin32 hashes. They count while their
//     numbers rise by one, starting with the log's own, which must not be below
//     the hive's second sequence number. The log with the lower number goes
//     first, and the other where it continues. A bad hash, a gap or an impossible
//     size ends it, and what came before stands. With a bad base block only the
//     log with the highest numbers counts, and the base block is taken from it.
//   - .ALT (Windows NT 4 and 2000): a copy of the SYSTEM hive, written after it.
//
// A damaged bit in a log makes Windows drop whole entries without a word: those
// behind a bad entry of the first log, those of the other log after it, or, when
// the base block of the first log is bad, those of the first log alone. Which
// entries Windows takes is kept as it is; Unused names the others, so that
// nobody writes the hive, and with that a number above theirs, unasked.
//
// Not done as Windows does it: where pages of a log are no valid hbins, Windows
// puts empty bins in their place and loses keys; here such a hive is Lost, so
// that a person decides. A DIRT log that is newer than the hive but is neither
// its own nor the newer second one is not used, and Reasons says so.
//
// # Writing the replayed hive
//
// EachPatch gives the changes in an order that any power cut leaves harmless.
// The new base block is clean and has NextSeq, a number above that of every
// entry in the logs, wherever it came from: otherwise the entries that Windows
// writes next could by chance be continued by one that was left from before.
//
// # What the logs must be after a write
//
// Nothing: a writer leaves .LOG, .LOG1 and .LOG2 as they are. Windows does not
// look at them when the hive is clean, and when it next writes the hive it
// begins a new log. This holds if the writer keeps three rules:
//
//   - The hive is clean before and after; in between, a hive that is not clean
//     must still be completed by its logs, as EachPatch does it.
//   - Both sequence numbers become NextSeq or higher.
//   - A writer that wants to leave the hive not clean while it edits must not
//     do so with the time stamp that a DIRT log has: since Vista the log of the
//     last completed write has the hive's own, and Windows would lay its stale
//     pages over half an edit.
//
// The copy in .ALT must become a copy of the edited hive, or be removed: the
// boot loader falls back to it; see StaleCopy.
package hivelog
