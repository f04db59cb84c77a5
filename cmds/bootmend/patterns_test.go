package main

import (
	"regexp"
	"testing"
)

// TestPatterns compares the shapes with regular expressions that say the same.
func TestPatterns(t *testing.T) {
	words := []string{"", "w1:", "w12:\\x", "w:\\x", "x1:y", "w1", "a:1:b", "a:1:2:c", "/dev/x:y:3:\\W:4", ":1:b", "a::b", "a:1", "a:x:1:", "1:2:3:4:5",
		"20240102-030405-00aaff99", "20240102-030405-00AAFF99", "20240102-03040-00aaff991", "20240102x030405-00aaff99", "SYSTEM", "a b", "a.b-c_D", "ä",
		`PCI\VEN_8086&DEV_7010`, `pci#ven_8086&dev_7010&cc_010180`, `PCI\VEN_8086&DEV_7010&SUBSYS_00000000&REV_01&CC_010180`, `PCI\VEN_8086&DEV_7010&SUBSYS_00000000&REV_01`,
		`PCI\VEN_8086`, `PCI\VEN_80G6&DEV_7010`, `PCI\VEN_8086&DEV_7010&CC_0101`, `PCI\VEN_8086&DEV_7010&X`, `PCI\VEN_8086&DEV_7010&CC_010180&REV_01`, `USB\VEN_8086&DEV_7010`, "PCI"}
	checked := 0
	check := func(word, pattern string, got ...string) {
		t.Helper()
		want := regexp.MustCompile(pattern).FindStringSubmatch(word)
		if len(want) > 0 {
			want = want[1:]
		} else {
			want = nil
		}
		if len(got) != len(want) {
			t.Errorf("%q: %q; want %q", word, got, want)
			return
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%q: %q; want %q", word, got, want)
			}
		}
		checked++
	}
	for _, word := range words {
		if w, p, ok := windowsPlace(word); ok {
			check(word, `^(w[0-9]+):(.*)$`, w, p)
		} else {
			check(word, `^(w[0-9]+):(.*)$`)
		}
		if d, n, p, ok := diskPlace(word); ok {
			check(word, `^(.+):([0-9]+):(.*)$`, d, n, p)
		} else {
			check(word, `^(.+):([0-9]+):(.*)$`)
		}
		const id = `^(?i)PCI[\\#]VEN_([0-9A-F]{4})&DEV_([0-9A-F]{4})(?:&SUBSYS_[0-9A-F]{8})?(?:&REV_[0-9A-F]{2})?(?:&CC_([0-9A-F]{6}))?$`
		if v, d, c, ok := pciParts(word); ok {
			check(word, id, v, d, c)
		} else {
			check(word, id)
		}
		for pattern, got := range map[string]bool{`^([0-9]{8}-[0-9]{6}-[0-9a-f]{8})$`: bundleShape(word), `^([A-Za-z0-9._-]+)$`: only(word, nameLetter)} {
			if got {
				check(word, pattern, word)
			} else {
				check(word, pattern)
			}
		}
	}
	if checked != 5*len(words) {
		t.Errorf("%d of %d compared", checked, 5*len(words))
	}
}
