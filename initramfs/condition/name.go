package condition

import "strings"

// subjectMark stands between the ID of a condition and the subject of one of its
// findings, in what a person names.
const subjectMark = ":"

// ByName returns the condition that a person means by its ID, or by its ID with a
// subject ("boot-driver-file-missing:oldav"), which only conditions with several
// findings for a place take.
func ByName(name string) (Condition, bool) {
	id, subject, one := strings.Cut(name, subjectMark)
	c, ok := ByID(id)
	return c, ok && (!one || c.Subject != "" && subject != "")
}

// Name is the shortest that means no other finding of the same place: the ID, where
// there are several with the subject.
func (f Finding) Name() string {
	if f.Subject == "" {
		return f.ID
	}
	return f.ID + subjectMark + f.Subject
}

// IsNamed reports whether one of the names means the finding: its ID, or that with its
// subject.
func (f Finding) IsNamed(names []string) bool {
	for _, name := range names {
		if name == f.ID || strings.EqualFold(name, f.Name()) {
			return true
		}
	}
	return false
}

// Only is the option by which a person asks for the repair of this finding.
func (f Finding) Only() string {
	switch name := f.Name(); {
	case strings.ContainsAny(name, "\",'"): // the option is a list with commas and quotes
		return "--only " + f.ID
	case strings.ContainsAny(name, " &|<>()^;$`*?[]{}!#~\\"):
		return "--only '" + name + "'"
	default:
		return "--only " + name
	}
}
