package engine

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/bootmend/bootmend/tests/guests"
)

// TestMenuThatIsNoText: a boot.ini in UTF-16, or with zeros in it, is told and
// never edited; what follows its end is nobody's business.
func TestMenuThatIsNoText(t *testing.T) {
	const text = "[boot loader]\r\ntimeout=3\r\ndefault=multi(0)disk(0)rdisk(0)partition(3)\\WINDOWS\r\n[operating systems]\r\nmulti(0)disk(0)rdisk(0)partition(3)\\WINDOWS=\"XP\"\r\n"
	wide := append([]uint16{0xFEFF}, utf16.Encode([]rune(text))...)
	little, _ := binary.Append(nil, binary.LittleEndian, wide)
	big, _ := binary.Append(nil, binary.BigEndian, wide)
	sound := strings.ReplaceAll(text, "partition(3)", "partition(1)")
	for name, tt := range map[string]struct {
		data   []byte
		result string // "" for none
	}{
		"little endian":        {little, "present"},
		"big endian":           {big, "present"},
		"without a mark":       {little[2:], "unknown"},
		"zeros":                {[]byte(text + "\x00\x00;"), "unknown"},
		"zeros behind the end": {[]byte(sound + "\x1a\x00\x00"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			image := guests.MustLoad(t, "winxp-sources").With(1, guests.Entry{Kind: guests.File, Path: `\boot.ini`, Data: tt.data}).Build(t)
			before := hash(t, image)
			for _, args := range [][]string{{}, {"--only", "bootini-missing"}, {"--only", "bootini-wrong-partition"}} {
				args = append([]string{"repair", "--yes", "--json", "--machine", onSilicon, image}, args...)
				d := decode(t, bootmend(t, args...))
				found := menuFindings(d)
				if tt.result == "" && len(found) == 0 {
					continue
				}
				if len(found) != 1 || found[0].ID != "bootini-missing" || found[0].Result != tt.result || found[0].Fixable || !strings.Contains(found[0].Advice, "encoding") {
					t.Errorf("findings %+v", found)
				}
			}
			untouched(t, image, before, "repair")
		})
	}
}
