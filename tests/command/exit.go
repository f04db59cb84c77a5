package command

// Exit codes of the command line contract. They are written down here once
// more, beside those of package report: who judges the command by its own
// numbers does not see them change.
const (
	ExitOK          = 0  // nothing wrong, or all repaired and verified
	ExitError       = 1  // unreadable input
	ExitUsage       = 2  // the command line
	ExitRepairable  = 10 // findings that can be repaired
	ExitPerson      = 11 // findings that need a person, refusals
	ExitNotWritten  = 12 // verification or a precondition failed
	ExitInterrupted = 13 // a commit was interrupted, its journal is open
	ExitInUse       = 14 // the disk is in use
)
