package winsxs

import "strings"

// HeadSize is how much of a file Packed wants to see, in bytes.
const HeadSize = 16

// Packed says how a file of the store is stored that is not stored whole; "" for
// others. head is its beginning, HeadSize bytes or the whole file.
//
// A difference begins with "PA30" or "PA31", behind four bytes of a checksum where it
// is of an update; what the store packs itself begins with three letters and 1.
func Packed(head []byte) string {
	text := string(head[:min(len(head), HeadSize)])
	for _, mark := range []string{"PA30", "PA31"} {
		if strings.HasPrefix(text, mark) || len(text) >= 8 && text[4:8] == mark {
			return "as a difference to another version (" + mark + ")"
		}
	}
	if len(text) < 4 || text[3] != 1 {
		return ""
	}
	switch mark := text[:3]; mark {
	case "DCM", "DCD":
		return "as a difference to another version (" + mark + ")"
	case "DCN", "DCS", "DCH":
		return "packed (" + mark + ")"
	}
	return ""
}
