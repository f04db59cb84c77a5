package main

import "strings"

// Shapes of words, by hand: regular expressions would cost the lean program more than
// some of its conditions do.

// only reports whether s has nothing but the characters of set, and something.
func only(s, set string) bool { return s != "" && strings.Trim(s, set) == "" }

const (
	digits     = "0123456789"
	hexDigits  = digits + "abcdef"
	anyHex     = hexDigits + "ABCDEF"
	nameLetter = digits + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-"
)

// bundleShape: YYYYMMDD-HHMMSS-8 hexadecimal digits.
func bundleShape(s string) bool {
	return len(s) == 24 && s[8] == '-' && s[15] == '-' && only(s[:8], digits) && only(s[9:15], digits) && only(s[16:], hexDigits)
}

// windowsPlace takes w1:PATH apart.
func windowsPlace(s string) (windows, path string, ok bool) {
	windows, path, ok = strings.Cut(s, ":")
	return windows, path, ok && len(windows) > 1 && windows[0] == 'w' && only(windows[1:], digits)
}

// diskPlace takes DISK:PARTITION:PATH apart. The path of the disk may hold colons and
// digits itself: the last colon that has a number and a colon before it counts.
func diskPlace(s string) (disk, partition, path string, ok bool) {
	for end := len(s); ; {
		second := strings.LastIndexByte(s[:end], ':')
		if second < 0 {
			return "", "", "", false
		}
		first := strings.LastIndexByte(s[:second], ':')
		if first > 0 && only(s[first+1:second], digits) {
			return s[:first], s[first+1 : second], s[second+1:], true
		}
		end = second
	}
}

// pciParts takes PCI\VEN_vvvv&DEV_dddd[&SUBSYS_ssssssss][&REV_rr][&CC_ccsspp] apart;
// class is "" where there is none.
func pciParts(id string) (vendor, device, class string, ok bool) {
	if len(id) < 4 || !strings.EqualFold(id[:3], "PCI") || id[3] != '\\' && id[3] != '#' {
		return "", "", "", false
	}
	rest := strings.Split(id[4:], "&")
	take := func(prefix string, n int) (string, bool) {
		if len(rest) == 0 || len(rest[0]) != len(prefix)+n || !strings.EqualFold(rest[0][:len(prefix)], prefix) || !only(rest[0][len(prefix):], anyHex) {
			return "", false
		}
		value := rest[0][len(prefix):]
		rest = rest[1:]
		return value, true
	}
	vendor, ok = take("VEN_", 4)
	if !ok {
		return "", "", "", false
	}
	if device, ok = take("DEV_", 4); !ok {
		return "", "", "", false
	}
	take("SUBSYS_", 8)
	take("REV_", 2)
	class, _ = take("CC_", 6)
	return vendor, device, class, len(rest) == 0
}
