// Package crash cuts the power while a repair is being written and asks
// foreign tools and a second repair about what is left.
//
// A repair of single sectors, each of which the disk writes whole or not at
// all, is flushed once. So the states a cut can leave are exactly the subsets of
// these sectors: every one of them is tried.
//
// A repair that changes more goes through the journal, here with volumes made
// by mkntfs and the NTFS writer of the engine: every write is a place to cut,
// and every flush one for random subsets; recovery must end with every byte as
// before or as after. Whole disk images are cut after all writes in a campaign,
// else after a part of those beside the flushes. Between cut and recovery
// ntfs-3g writes to the volume in a part of the runs.
//
// A disk does not have to lose its power to fail: with sectors that can be
// neither read nor written a scan reads around them, a repair that needs one is
// refused before it writes, and an error in the middle of a commit is taken back
// or completed at the next start.
package crash
