// Package ntfslog writes $LogFile as Windows leaves it when the power fails:
// restart pages of version 1.1 with the client in use, a ring of record pages
// of which the newest has only its copy in page 2, a checkpoint with its
// tables, and transactions behind it. It works on volumes of mkntfs, knows
// nothing of the engine, and leaves it to ntfsrecover to say whether what it
// wrote is a log.
//
// A Log is filled by stories (Touch, Grow, Create), which read from the volume
// what a change would change and log it operation by operation. Nothing is
// carried out: Install puts the log onto the volume, and the volume is then one
// whose pages were all lost. The same log, ended after k operations, lets
// ntfsrecover write those k: the LSNs are the same.
//
// Sources of the layout: logfile.h, ntfsrecover.h and playlog.c of ntfs-3g for
// names and offsets; logs that Windows 7 and 10 wrote for the order of the
// operations of a transaction, their flags and the form of the tables.
package ntfslog
