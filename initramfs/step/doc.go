// Package step holds the changes that a repair consists of, as data: what is
// changed, where, what must be there before and what is there after. A step
// changes nothing by itself; package repair carries steps out on an overlay,
// verifies the result, and writes it.
//
// What must be there before is part of every step, so that a step is refused
// where somebody was faster; and because of it every step but a few has an
// inverse, which is what an undo bundle keeps.
//
//	SetValue       gives a value of a registry hive other data
//	MakeKey        creates a key of a hive
//	RemoveKey      deletes an empty key of a hive
//	WriteFile      creates or replaces a file
//	Remove         deletes a file or an empty directory
//	Mkdir          creates a directory
//	Rename         moves a file or directory on its volume
//	SetAttributes  sets read-only, hidden, system and archive
//	Patch          replaces bytes of the disk itself: MBR, boot sectors, metadata
//	SetVariable    gives a variable of the UEFI firmware another value, or deletes it
//	ReplayLog      does to an NTFS log what Windows would do at the next mount
//	DiscardLog     empties an NTFS log that cannot be replayed
package step
