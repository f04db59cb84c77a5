package guests

import (
	"encoding/binary"
	"os"
)

// dropSecurity takes the security cells out of a hive file: every key (nk, field
// 2C) names none, and the cells (sk) are free. ReactOS' set-up makes such hives;
// hivex can read them and add nothing to them, so it comes after the merge.
func dropSecurity(path string) error {
	h, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	const firstBin, binHeader = 0x1000, 0x20
	for bin := firstBin; bin+binHeader < len(h) && string(h[bin:bin+4]) == "hbin"; {
		size := int(binary.LittleEndian.Uint32(h[bin+8:]))
		for at := bin + binHeader; at+8 < bin+size; {
			n := int32(binary.LittleEndian.Uint32(h[at:]))
			if n < 0 {
				switch string(h[at+4 : at+6]) {
				case "nk":
					binary.LittleEndian.PutUint32(h[at+4+0x2C:], 0xFFFFFFFF)
				case "sk":
					binary.LittleEndian.PutUint32(h[at:], uint32(-n))
				}
				n = -n
			}
			if n == 0 {
				break
			}
			at += int(n)
		}
		bin += size
	}
	return os.WriteFile(path, h, 0o600)
}
