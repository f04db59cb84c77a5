// Package regtext reads and writes registry text, the .reg files of regedit,
// and applies it to an offline hive.
//
// Two formats are known: "REGEDIT4" (text and the bytes of hex(1), hex(2) and
// hex(7) in an ANSI code page) and "Windows Registry Editor Version 5.00" (text
// in UTF-16 of either byte order or UTF-8, told by the byte order mark; strings
// in hex are UTF-16LE). A Reader streams entries, so that a file of any size
// costs the memory of its longest value. It is strict where regedit skips a
// line silently: what cannot be understood is a *SyntaxError with the line's
// number, because half of an import may be worse than none.
//
// A Writer writes what regedit writes, lines folded at the same columns. Data
// that a quoted string would not carry unchanged (no final NUL, line breaks,
// odd length) is written as hex(1), so that an export read back is the same
// data; regedit itself writes such strings in quotes and loses what follows the
// first NUL.
//
// A Mount says which keys of a hive the paths of a file mean. In an offline
// hive CurrentControlSet does not exist: it stands for every control set. See
// NewMount.
//
// Sources: the files that regedit of Windows XP to 11 exports, as found in
// public repositories; [MS KB 310516]; the behaviour of hivexregedit, which the
// tests compare with.
//
// [MS KB 310516]: https://support.microsoft.com/kb/310516
package regtext
