// Package report puts what was found and done into words: text for a person at
// a console of 80 columns, and one JSON object for programs. The JSON is
// versioned (schema.json); fields are added and never renamed.
//
// # Wording
//
// Everything that a person reads, wherever it is written (conditions, steps, plans,
// errors, process 1), keeps to this:
//
//   - It names the thing as Windows names it, and where it is: "the SYSTEM hive
//     (\WINDOWS\system32\config\SYSTEM) on sda partition 1", not "the file".
//   - It says what was seen, then what it means, then what to do, in this order. What
//     was seen is evidence: value found, value expected, place.
//   - What is not known is called not known, with the reason. An error is never "not
//     there".
//   - It says what was written and what was not. "Nothing was written" only where that
//     is so.
//   - A finding's summary is one or a few whole sentences, begins with a capital letter
//     or with a name as it is spelled, and ends with a full stop. Step texts and
//     errors, which stand inside sentences, do neither.
//   - A symptom is what stands on the person's screen, in the words that stand there.
//   - No stack traces, addresses of memory, names of Go types, lone "EOF": an error
//     says where (volume, path, offset), what was expected, and what was there.
//   - No exclamation marks, no "please", no blame, no "error:" in front.
//   - One name for one thing: disk, partition, volume, boot sector, boot loader, boot
//     configuration (BCD), hive, control set, driver, driver package, undo bundle.
//   - Plain ASCII where it is our own words: consoles have old fonts.
//
// tests/reporttest checks what of it a program can check.
package report
