// Package edition says what this build of bootmend has. The whole program has
// everything; the one on the self-contained floppy (build tag nt5) knows Windows NT 4
// to Server 2003 and leaves out what only later ones need.
//
// These are constants: what is behind "if !edition.NT6" is not compiled in. Where a
// part is left out, the person is told; nothing is taken to be sound because it cannot
// be looked at.
package edition
