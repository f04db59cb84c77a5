package condition

import "slices"

// Sign is what people see when Windows does not start, and the conditions that
// make it. It is the one list of these: package explain ranks by it, and tests
// hold it against what findings say of themselves (Finding.Symptom).
type Sign struct {
	// Shown is the message or stop code as the screen has it. Others are further
	// wordings of the same: other versions, what people write of it.
	Shown  string
	Others []string
	// Causes, most likely first. The order is that of facts that were collected
	// from makers' articles, repair tools and users, not a measured frequency.
	Causes []Cause
}

// Cause is a condition that makes a sign.
type Cause struct {
	ID string
	// When says in what circumstances it is likely, without a full stop; "" where
	// the condition's title says all.
	When string
}

// Signs lists what people see: stop codes first, then messages in the order of
// the start.
func Signs() []Sign {
	return slices.Concat(deviceSigns(), registrySigns(), fileSystemSigns(), firmwareSigns(), nt5Signs(), bootManagerSigns(), lateSigns())
}

// Unseen are the conditions that show nothing by themselves: states that explain
// what else is found, and what nobody sees until something else happens.
func Unseen() []string {
	return []string{journalOpen.ID, journalOvertaken.ID, hiveLogPending.ID, ntfsLogUnclean.ID, bitlockerUnlocked.ID, raidMember.ID}
}
